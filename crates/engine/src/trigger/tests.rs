//! News against declarations.

use super::*;
use crate::story;
use domain::connection::ProviderType;
use domain::forge_event::{FilesUnknown, PullRequestAction};
use domain::pipeline::PullRequestEventType::{Closed, Open, Updated};
use domain::reason::{FilterList, FilterPlace, FilterRule, HoldRule, Reason, StartRule, say};
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

/// The code of the rule that decides, `files` where it depends on them.
fn decided(
    declaration: &PipelineDeclaration,
    what: What<'_>,
    files: Option<&ChangedFiles>,
) -> &'static str {
    let connection =
        ConnectionArn::new(story::CONNECTION.replace("codeconnections", "codestar-connections"));
    let repository = RepositoryName::new("o/r");
    let news = News { connection: &connection, repository: &repository, what, files };
    match match_news(declaration, news) {
        Match::Start { source_action, rule } => {
            assert_eq!(source_action.as_str(), "Fetch");
            say(Reason::Start(&rule)).code
        }
        Match::NeedsFiles => "files",
        Match::Not(rule) => say(Reason::Hold(&rule)).code,
    }
}

fn pushed(declaration: &PipelineDeclaration, git_ref: &GitRef) -> Match {
    let (connection, repository) = (ConnectionArn::new(story::CONNECTION), "o/r".into());
    let what = What::Push(git_ref);
    match_news(
        declaration,
        News { connection: &connection, repository: &repository, what, files: None },
    )
}

#[test]
fn without_triggers_the_source_branch_starts() {
    fn check(source: Value, git_ref: GitRef, expect: &str) {
        let declaration = declared(source, Value::Null);
        assert_eq!(decided(&declaration, What::Push(&git_ref), None), expect);
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
        assert_eq!(decided(&declaration, What::Push(&git_ref), None), expect);
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
    let rule = StartRule::SourceBranch { action: "FetchNext".into(), branch: "next".into() };
    let expect = Match::Start { source_action: "FetchNext".into(), rule };
    assert_eq!(pushed(&declaration, &GitRef::branch("next")), expect);
    assert_eq!(watches(&declaration).len(), 2);
}

#[test]
fn a_hook_is_needed_only_where_a_push_could_start_something() {
    fn check(source: Value, triggers: Value, expect: bool) {
        let watches = watches(&declared(source, triggers));
        let listens = |it: &Watch| matches!(it.by, ReachedBy::Connection { listens: true, .. });
        assert_eq!(watches.iter().map(listens).collect::<Vec<_>>(), [expect]);
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
    let rule = HoldRule::VariableWithoutDefault { variable: "Greeting".into() };
    assert_eq!(pushed(&declaration, &GitRef::branch("main")), Match::Not(rule));
}

#[test]
fn the_files_that_changed_are_asked_for_only_where_they_decide() {
    let main = GitRef::branch("main");
    fn check(filters: Value, git_ref: &GitRef, files: Option<&[&str]>, expect: &str) {
        let known = |names: &[&str]| {
            ChangedFiles::Known(names.iter().map(|name| (*name).to_owned()).collect())
        };
        let declaration = declared(json!({}), json!({"push": filters}));
        let said = decided(&declaration, What::Push(git_ref), files.map(known).as_ref());
        assert_eq!(said, expect, "{filters} {files:?}");
    }
    let on = |paths: Value| json!([{"branches": {"includes": ["main"]}, "filePaths": paths}]);
    let docs = on(json!({"includes": ["docs/**"]}));
    check(docs.clone(), &main, None, "files");
    check(docs.clone(), &GitRef::branch("next"), None, "not-included");
    check(docs.clone(), &GitRef::tag("v1"), None, "kind-not-named");
    check(docs.clone(), &main, Some(&["src/a.rs", "docs/a.md"]), "file-included");
    check(docs.clone(), &main, Some(&["src/a.rs", "docs"]), "no-file-included");
    check(docs, &main, Some(&[]), "no-file-included");
    // Each file is judged alone, and exclusion wins.
    let but = on(json!({"includes": ["docs/**"], "excludes": ["**/*.md"]}));
    check(but.clone(), &main, Some(&["docs/a.md", "src/a.rs"]), "no-file-included");
    check(but, &main, Some(&["docs/a.md", "docs/a.png"]), "file-included");
    let excludes = on(json!({"excludes": ["**/*.md"]}));
    check(excludes.clone(), &main, Some(&["a.md"]), "no-file-included");
    check(excludes.clone(), &main, Some(&["a.md", "a"]), "file-included");
    check(excludes, &main, Some(&[]), "no-file-included");
    // A filter that is satisfied without files asks for none.
    let either = json!([
        {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["docs/**"]}},
        {"branches": {"includes": ["m*"]}},
    ]);
    check(either, &main, None, "included");
}

#[test]
fn unknown_files_start_and_it_is_said_why() {
    let filters =
        json!([{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["docs/**"]}}]);
    let declaration = declared(json!({}), json!({"push": filters}));
    let (connection, repository) = (ConnectionArn::new(story::CONNECTION), "o/r".into());
    let (git_ref, why) = (GitRef::branch("main"), FilesUnknown::TooMany { files_max: 7 });
    let files = ChangedFiles::Unknown(why.clone());
    let (what, files) = (What::Push(&git_ref), Some(&files));
    let news = News { connection: &connection, repository: &repository, what, files };
    let filter = FilterPlace { action: "Fetch".into(), list: FilterList::Push, index: 0 };
    let rule = StartRule::FilesUnknown { filter, pattern: "main".into(), why };
    let expect = Match::Start { source_action: "Fetch".into(), rule };
    assert_eq!(match_news(&declaration, news), expect);
}

#[test]
fn the_filter_that_came_closest_says_why() {
    let filters = json!([
        {"tags": {"includes": ["v*"]}},
        {"branches": {"includes": ["main"]}},
        {"branches": {"excludes": ["next"]}},
    ]);
    let declaration = declared(json!({}), json!({"push": filters}));
    let Match::Not(HoldRule::Filtered { filter, rule }) =
        pushed(&declaration, &GitRef::branch("next"))
    else {
        panic!("it is held back by a filter");
    };
    assert_eq!(filter.to_string(), "push[1]");
    assert!(matches!(rule, FilterRule::NotIncluded { .. }), "{rule:?}");
}

#[test]
fn pull_requests_start_by_event_target_and_files() {
    let request = |event, target| PullRequestNews { event, target, origin: RequestOrigin::Own };
    let check = |git: Value, news: PullRequestNews<'_>, expect: &str| {
        let declaration = declared(json!({}), git.clone());
        assert_eq!(decided(&declaration, What::PullRequest(news), None), expect, "{git} {news:?}");
    };
    let filters = |filters: Value| json!({"pullRequest": filters});
    let main = json!({"includes": ["main"]});
    let all = filters(json!([{"branches": main}]));
    for event in [Open, Updated, Closed] {
        check(all.clone(), request(Some(event), "main"), "included");
    }
    check(all.clone(), request(Some(Open), "next"), "not-included");
    check(all.clone(), request(None, "main"), "declined-only");
    let opened = filters(json!([{"branches": main, "events": ["OPEN", "CLOSED"]}]));
    check(opened.clone(), request(Some(Open), "main"), "included");
    check(opened, request(Some(Updated), "main"), "event-not-named");
    let docs = filters(json!([{"branches": main, "filePaths": {"includes": ["docs/**"]}}]));
    check(docs.clone(), request(Some(Open), "main"), "files");
    check(docs.clone(), request(Some(Open), "next"), "not-included");
    let fork = PullRequestNews { origin: RequestOrigin::Fork, ..request(Some(Open), "main") };
    check(all.clone(), fork, "from-fork");
    check(docs.clone(), fork, "from-fork");
    let let_in = |git: Value, origin, expect: &str| {
        let declaration = declared(json!({"ForkPullRequests": "WithoutIdentity"}), git);
        let news = PullRequestNews { origin, ..fork };
        assert_eq!(decided(&declaration, What::PullRequest(news), None), expect);
    };
    let_in(all.clone(), RequestOrigin::Fork, "included");
    let_in(docs, RequestOrigin::Fork, "files");
    let_in(all.clone(), RequestOrigin::Elsewhere, "fork-elsewhere");
    let_in(
        filters(json!([{"branches": {"includes": ["next"]}}])),
        RequestOrigin::Fork,
        "not-included",
    );
    check(all, PullRequestNews { target: "next", ..fork }, "not-included");
    check(json!({"push": [{"branches": main}]}), request(Some(Open), "main"), "pushes-only");
    check(Value::Null, request(Some(Open), "main"), "pull-requests-need-trigger");
}

#[test]
fn actions_of_pull_requests_are_three_events() {
    use PullRequestAction::{Closed as Shut, Merged, Opened, Ready, Reopened, Updated as Pushed};
    for (action, event) in [(Opened, Open), (Reopened, Open), (Ready, Open), (Pushed, Updated)] {
        assert_eq!(pull_request_event(ProviderType::GitHub, action), Some(event));
    }
    assert_eq!(pull_request_event(ProviderType::GitLab, Shut), Some(Closed));
    assert_eq!(pull_request_event(ProviderType::Bitbucket, Shut), None);
    assert_eq!(pull_request_event(ProviderType::Bitbucket, Merged), Some(Closed));
    assert_eq!(pull_request_event(ProviderType::BitbucketServer, Shut), Some(Closed));
}
