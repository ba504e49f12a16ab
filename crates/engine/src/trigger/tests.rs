//! Pushes against declarations.

use super::*;
use crate::story;
use domain::reason::{HoldRule, Reason, StartRule, say};
use serde_json::{Value, json};

fn declared(source: Value, triggers: Value) -> PipelineDeclaration {
    let mut whole = serde_json::to_value(story::pipeline()).expect("it is written");
    let settings = &mut whole["stages"][0]["actions"][0]["configuration"];
    for (key, value) in source.as_object().expect("settings are an object") {
        settings[key] = value.clone();
    }
    if !triggers.is_null() {
        let mut git = triggers;
        git["sourceActionName"] = json!("Fetch");
        whole["triggers"] =
            json!([{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]);
    }
    serde_json::from_value(whole).expect("it is read")
}

/// The code of the rule that decides.
fn decided(declaration: &PipelineDeclaration, git_ref: &GitRef) -> &'static str {
    let connection =
        ConnectionArn::new(story::CONNECTION.replace("codeconnections", "codestar-connections"));
    let repository = RepositoryName::new("o/r");
    let push = Push { connection: &connection, repository: &repository, git_ref };
    match match_push(declaration, push) {
        Match::Start { source_action, rule } => {
            assert_eq!(source_action.as_str(), "Fetch");
            say(Reason::Start(&rule)).code
        }
        Match::Not(rule) => say(Reason::Hold(&rule)).code,
    }
}

#[test]
fn without_triggers_the_source_branch_starts() {
    fn check(source: Value, git_ref: GitRef, expect: &str) {
        assert_eq!(decided(&declared(source, Value::Null), &git_ref), expect);
    }
    check(json!({}), GitRef::branch("main"), "source-branch");
    check(json!({}), GitRef::branch("main2"), "other-branch");
    check(json!({}), GitRef::branch("Main"), "other-branch");
    check(json!({}), GitRef::tag("main"), "tags-need-trigger");
    check(json!({"DetectChanges": "false"}), GitRef::branch("main"), "detection-off");
    check(json!({"DetectChanges": "true"}), GitRef::branch("main"), "source-branch");
    check(json!({"BranchName": "feature/*"}), GitRef::branch("feature/x"), "source-branch");
    check(json!({"BranchName": "feature/*"}), GitRef::branch("feature/x/y"), "other-branch");
    check(json!({"BranchName": "#{variables.Greeting}"}), GitRef::branch("hello"), "source-branch");
    check(json!({"FullRepositoryId": "o/R"}), GitRef::branch("main"), "other-repository");
}

#[test]
fn with_triggers_only_their_filters_start() {
    fn check(git: Value, git_ref: GitRef, expect: &str) {
        let declaration = declared(json!({"DetectChanges": "false"}), git);
        assert_eq!(decided(&declaration, &git_ref), expect);
    }
    let branches = |criteria: Value| json!({"push": [{"branches": criteria}]});
    check(branches(json!({"includes": ["main"]})), GitRef::branch("main"), "included");
    check(branches(json!({"includes": ["feature/**"]})), GitRef::branch("feature/a/b"), "included");
    check(branches(json!({"includes": ["feature*"]})), GitRef::branch("feature/a"), "not-included");
    check(branches(json!({"includes": ["a", "m*"]})), GitRef::branch("main"), "included");
    check(branches(json!({"excludes": ["m*"]})), GitRef::branch("main"), "excluded");
    check(branches(json!({"excludes": ["m*"]})), GitRef::branch("next"), "included");
    let both = json!({"includes": ["main"], "excludes": ["main"]});
    check(branches(both), GitRef::branch("main"), "excluded");
    check(branches(json!({"includes": ["main"]})), GitRef::tag("main"), "kind-not-named");

    let tags = json!({"push": [{"branches": {"includes": ["x"]}}, {"tags": {"includes": ["v*"]}}]});
    check(tags.clone(), GitRef::tag("v1"), "included");
    check(tags.clone(), GitRef::tag("w1"), "not-included");
    check(tags, GitRef::branch("main"), "not-included");
    let files = json!({"branches": {"includes": ["main"]}, "filePaths": {"includes": ["docs/**"]}});
    check(json!({"push": [files]}), GitRef::branch("main"), "files-unknown");
    check(
        json!({"pullRequest": [{"events": ["OPEN"]}]}),
        GitRef::branch("main"),
        "pull-requests-only",
    );
}

#[test]
fn the_second_source_on_the_repository_may_be_the_one() {
    let mut declaration = declared(json!({}), Value::Null);
    let mut next = declaration.stages[0].actions[0].clone();
    next.name = "FetchNext".into();
    next.configuration.get_or_insert_default().insert("BranchName".into(), "next".into());
    declaration.stages[0].actions.push(next);
    let (connection, repository) = (ConnectionArn::new(story::CONNECTION), "o/r".into());
    let git_ref = GitRef::branch("next");
    let push = Push { connection: &connection, repository: &repository, git_ref: &git_ref };
    let rule = StartRule::SourceBranch { action: "FetchNext".into(), branch: "next".into() };
    let expect = Match::Start { source_action: "FetchNext".into(), rule };
    assert_eq!(match_push(&declaration, push), expect);
    assert_eq!(watches(&declaration).len(), 2);
}

#[test]
fn a_hook_is_needed_only_where_a_push_could_start_something() {
    fn check(source: Value, triggers: Value, expect: bool) {
        let watches = watches(&declared(source, triggers));
        assert_eq!(watches.iter().map(|it| it.listens).collect::<Vec<_>>(), [expect]);
    }
    check(json!({}), Value::Null, true);
    check(json!({"DetectChanges": "false"}), Value::Null, false);
    let tags = json!({"push": [{"tags": {"includes": ["v*"]}}]});
    check(json!({"DetectChanges": "false"}), tags, true);
}

#[test]
fn a_variable_branch_without_default_says_so() {
    let mut declaration = declared(json!({"BranchName": "#{variables.Greeting}"}), Value::Null);
    declaration.variables.as_mut().expect("there are variables")[0].default_value = None;
    let (connection, repository) = (ConnectionArn::new(story::CONNECTION), "o/r".into());
    let git_ref = GitRef::branch("main");
    let push = Push { connection: &connection, repository: &repository, git_ref: &git_ref };
    let rule = HoldRule::VariableWithoutDefault { variable: "Greeting".into() };
    assert_eq!(match_push(&declaration, push), Match::Not(rule));
}
