//! What an execution does: stages, run orders, variables, artifacts, approvals, statuses.

use crate::story::{Story, commit, pipeline, push, start};
use crate::*;
use domain::forge_event::GitRef;
use domain::reason::{End, Failure, Wait};
use domain::revision::{RevisionType, SourceRevisionOverride};

#[test]
fn a_push_goes_through_every_stage_to_its_end() {
    let mut story = Story::of(pipeline());
    story.must(push("e1", "b"));
    assert_eq!(story.handed_out(), ["Fetch#1"]);
    assert_eq!(story.reported(), [(CommitState::Pending, "b".repeat(40))]);

    story.succeed("e1", "Source", "Fetch");
    assert_eq!(story.handed_out(), ["Compile#1", "Test#1"]);
    assert_eq!(story.reported(), [], "the pushed commit was reported at the start");
    story.succeed("e1", "Build", "Compile");
    assert_eq!(story.handed_out(), [""; 0], "Test still runs, Package comes after both");
    story.succeed("e1", "Build", "Test");
    assert_eq!(story.handed_out(), ["Package#1"]);

    story.succeed("e1", "Build", "Package");
    assert_eq!(story.handed_out(), [""; 0], "an approval is nobody's to perform");
    assert!(matches!(story.waits("e1")[..], [Wait::Approval { .. }]));
    story.answer("e1", true).expect("it is approved");
    assert_eq!(story.handed_out(), ["Put#1"]);

    story.succeed("e1", "Deploy", "Put");
    assert_eq!(story.end("e1"), &End::Succeeded);
    assert_eq!(story.reported(), [(CommitState::Success, "b".repeat(40))]);
    assert_eq!(story.line.wake_at(), None);
    assert_eq!(story.replayed(), story.line);
}

#[test]
fn variables_and_artifacts_come_from_what_ran_before() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    assert_eq!(story.reported(), [(CommitState::Pending, "a".repeat(40))]);
    let compile = &story.attempt("e1", "Build", "Compile").work;
    assert_eq!(compile.commands, [format!("make {}", "a".repeat(40))]);
    assert_eq!(compile.inputs[0].name.as_str(), "source");
    assert_eq!(story.attempt("e1", "Build", "Test").work.commands, ["echo hello"]);
    story.succeed("e1", "Build", "Compile");
    story.succeed("e1", "Build", "Test");
    assert_eq!(story.attempt("e1", "Build", "Package").work.commands, ["echo e1"]);
}

#[test]
fn a_variable_without_a_value_fails_the_action_and_hands_nothing_out() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    let attempt = story.attempt("e1", "Source", "Fetch").clone();
    let AttemptResult::Succeeded(mut produced) = crate::story::success(&attempt) else {
        unreachable!("a success is one")
    };
    produced.variables.clear();
    let result = AttemptResult::Succeeded(produced);
    story.must(EventKind::AttemptEnded { attempt: attempt.of, result });
    assert_eq!(story.handed_out(), ["Test#1"], "the other action of the order runs");
    story.succeed("e1", "Build", "Test");
    let End::Failed { action, failure: Failure::VariableMissing { setting, .. }, .. } =
        story.end("e1")
    else {
        panic!("{:?}", story.end("e1"))
    };
    assert_eq!((action.as_str(), setting.as_str()), ("Compile", "commands[0]"));
}

#[test]
fn an_action_that_ends_without_its_artifact_has_failed() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    let attempt = story.attempt("e1", "Source", "Fetch").of.clone();
    let result = AttemptResult::Succeeded(Box::default());
    story.must(EventKind::AttemptEnded { attempt, result });
    let failure = Failure::OutputMissing { artifact: "source".into() };
    assert!(matches!(story.end("e1"), End::Failed { failure: it, .. } if *it == failure));
}

#[test]
fn values_are_given_for_declared_variables_only() {
    fn check(name: &str, value: &str, expect: &str) {
        let mut declaration = pipeline();
        let mut required = declaration.variables()[0].clone();
        (required.name, required.default_value) = ("Required".into(), None);
        declaration.variables.as_mut().expect("there are variables").push(required);
        let EventKind::Start(mut start) = start("e1") else { unreachable!("a start is one") };
        start.variables.insert(name.into(), value.into());
        let happened = Story::of(declaration).happens(EventKind::Start(start));
        let said = happened.map_or_else(|refused| refused.to_string(), |_| "started".to_owned());
        assert!(said.contains(expect), "{said}");
    }
    check("Required", "x", "started");
    check("Greeting", "x", "Required has no default");
    check("Other", "x", "declares no variable Other");
    check("Required", "", "has 0 characters");
    check("Required", &"x".repeat(1001), "has 1001 characters");
}

#[test]
fn a_given_value_must_make_a_branch_where_it_is_one() {
    let mut declaration = pipeline();
    let source = &mut declaration.stages[0].actions[0];
    let branch = "#{variables.Greeting}".to_owned();
    source.configuration.get_or_insert_default().insert("BranchName".into(), branch);
    let check = |value: &str, expect: &str| {
        let EventKind::Start(mut start) = start("e1") else { unreachable!("a start is one") };
        start.variables.insert("Greeting".into(), value.into());
        let happened = Story::of(declaration.clone()).happens(EventKind::Start(start));
        let said = happened.map_or_else(|refused| refused.to_string(), |_| "started".to_owned());
        assert!(said.contains(expect), "{said}");
    };
    check("next", "started");
    check("refs/heads/next", "write the branch's own name, next,");
    check("a b", "the branch of source action Fetch is `a b`: no control characters or spaces");
    check("-evil", "begins with `-`");
}

#[test]
fn a_start_may_name_the_commit() {
    let asked = |action: &str, revision_type, value: &str| SourceRevisionOverride {
        action_name: action.into(),
        revision_type,
        revision_value: value.into(),
    };
    let begin = |revisions: Vec<SourceRevisionOverride>| {
        let mut story = Story::of(pipeline());
        let EventKind::Start(mut start) = start("e1") else { unreachable!("a start is one") };
        start.revisions = revisions;
        story.happens(EventKind::Start(start)).map(|_| story)
    };
    let (whole, id) = ("c".repeat(40), RevisionType::CommitId);
    let story = begin(vec![asked("Fetch", id, &whole)]).expect("it starts");
    let wanted = story.attempt("e1", "Source", "Fetch").work.revision.clone();
    let branch = Some(GitRef::branch("main"));
    assert_eq!(wanted.map(|it| (it.commit, it.git_ref)), Some((commit("c"), branch)));
    let check = |revisions: Vec<SourceRevisionOverride>, expect: &str| {
        let said = begin(revisions).err().map(|refused| refused.to_string()).unwrap_or_default();
        assert!(said.contains(expect), "{said}");
    };
    check(vec![asked("Fetch", id, "main")], "must be a whole commit id");
    check(vec![asked("Fetch", id, &whole[..12])], "must be a whole commit id");
    check(vec![asked("Compile", id, &whole)], "no source action of this name");
    check(vec![asked("Fetch", id, &whole), asked("Fetch", id, &whole)], "is named twice");
    check(vec![asked("Fetch", RevisionType::S3ObjectKey, "a.zip")], "takes revisionType COMMIT_ID");
}

#[test]
fn the_same_start_twice_is_one_execution() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    let again = story.happens(start("e1"));
    assert_eq!(again, Err(Refused::AlreadyStarted { execution: "e1".into() }));
}

#[test]
fn a_branch_pattern_needs_a_push_to_say_which_branch() {
    let mut declaration = pipeline();
    let source = &mut declaration.stages[0].actions[0];
    source.configuration.get_or_insert_default().insert("BranchName".into(), "feature/*".into());
    let mut story = Story::of(declaration);
    story.start("e1");
    let pattern = Failure::BranchIsPattern { pattern: "feature/*".into() };
    assert!(matches!(story.end("e1"), End::Failed { failure, .. } if *failure == pattern));
    story.must(push("e2", "b"));
    assert_eq!(story.handed_out(), ["Fetch#1"]);
}

#[test]
fn an_approval_counts_once_with_its_own_token_and_in_time() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.build("e1");
    let token = story.attempt("e1", "Approve", "Ask").token.clone().expect("it has a token");
    let wrong = story.happens(crate::story::answer("no-such-token", true));
    assert_eq!(wrong, Err(Refused::TokenWrong));
    story.answer("e1", false).expect("it is rejected");
    let rejected =
        Failure::Rejected { by: crate::story::BY.into(), summary: "looked at it".into() };
    assert!(matches!(story.end("e1"), End::Failed { failure, .. } if *failure == rejected));
    let late = story.happens(crate::story::answer(token.as_str(), true));
    assert_eq!(late, Err(Refused::ApprovalCompleted));
}

#[test]
fn nobody_but_a_person_speaks_for_an_approval() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.build("e1");
    let asked = story.attempt("e1", "Approve", "Ask").clone();
    let attempt = asked.of.clone();
    let result = crate::story::success(&asked);
    let said = story.happens(EventKind::AttemptEnded { attempt: attempt.clone(), result });
    assert!(matches!(said, Err(Refused::Stale { .. })));
    let lost = story.happens(EventKind::AttemptLost { attempt });
    assert!(matches!(lost, Err(Refused::Stale { .. })));
    assert_eq!(story.status("e1"), "InProgress");
}

#[test]
fn an_approval_of_a_stopped_execution_is_over_though_nobody_answered() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.build("e1");
    let token = story.attempt("e1", "Approve", "Ask").token.clone().expect("it has a token");
    story.stop("e1", true).expect("it is stopped");
    let late = story.happens(crate::story::answer(token.as_str(), true));
    assert_eq!(late, Err(Refused::ApprovalOver { why: ApprovalOver::Abandoned }));
}

#[test]
fn an_approval_that_nobody_gives_expires() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.build("e1");
    let wake_at = story.line.wake_at().expect("there is a deadline");
    assert_eq!(wake_at.millis_since(story.at), 3_600_000);
    story.at = wake_at.plus_seconds(-2);
    assert_eq!(story.must(EventKind::Tick), [], "not early");
    let late = story.answer("e1", true);
    let expired = Err(Refused::ApprovalOver { why: ApprovalOver::Expired });
    assert_eq!(late, expired, "time is up, noticed or not");
    story.must(EventKind::Tick);
    assert!(matches!(
        story.end("e1"),
        End::Failed { failure: Failure::ApprovalExpired { seconds: 3600 }, .. }
    ));
    let later = story.answer("e1", true);
    assert_eq!(later, Err(Refused::ApprovalOver { why: ApprovalOver::Expired }));
    assert_eq!(story.given_up(), [""; 0], "no process performs an approval");
}

#[test]
fn variables_have_their_limits() {
    let give = |name: &str, length: usize| {
        let mut declaration = pipeline();
        let text = format!("#{{SourceVariables.{name}}}");
        let compile = &mut declaration.stages[1].actions[0];
        compile.configuration = Some([("ComputeType".to_owned(), text)].into());
        let mut story = Story::of(declaration);
        story.start("e1");
        let attempt = story.attempt("e1", "Source", "Fetch").clone();
        let AttemptResult::Succeeded(mut produced) = crate::story::success(&attempt) else {
            unreachable!("a success is one")
        };
        produced.variables.insert(name.to_owned(), "x".repeat(length));
        let result = AttemptResult::Succeeded(produced);
        story.must(EventKind::AttemptEnded { attempt: attempt.of, result });
        story
    };
    let big = give("CommitMessage", 110_000);
    let compile = big.attempt("e1", "Build", "Compile");
    let AttemptState::Ended { end: AttemptEnd::Failed(failure), .. } = &compile.state else {
        panic!("{:?}", compile.state)
    };
    assert!(
        matches!(failure, Failure::ConfigurationTooLarge { bytes: 110_011, .. }),
        "{failure:?}"
    );
    let too_big = give("CommitMessage", limits::OUTPUT_VARIABLES_BYTES_MAX);
    let End::Failed { failure: Failure::VariablesTooLarge { .. }, .. } = too_big.end("e1") else {
        panic!("{:?}", too_big.end("e1"))
    };
}

#[test]
fn the_forge_hears_how_it_ended() {
    fn check(end: fn(&mut Story), expect: CommitState) {
        let mut story = Story::of(pipeline());
        story.must(push("e1", "b"));
        story.must(push("e2", "c"));
        end(&mut story);
        let states: Vec<_> = story.reported().into_iter().map(|(state, _)| state).collect();
        assert!(states.contains(&expect), "{states:?}");
    }
    check(|story| drop(story.fail("e1", "Source", "Fetch")), CommitState::Failure);
    check(|story| drop(story.stop("e1", true)), CommitState::Error);
    check(|story| drop(story.must(push("e3", "d"))), CommitState::Error);
}

#[test]
fn what_the_forge_hears_may_stand_in_public() {
    let mut story = Story::of(pipeline());
    story.must(push("e1", "b"));
    story.fail("e1", "Source", "Fetch");
    let [Effect::ReportStatus(report)] = &story.effects[..] else { panic!("{:?}", story.effects) };
    assert_eq!(report.description, "Action Fetch of stage Source failed: job-failed.");
    assert_eq!(report.context, "towpath/p");
}

#[test]
fn an_action_that_asks_for_it_has_a_status_of_its_own() {
    let mut declaration = pipeline();
    for action in &mut declaration.stages[1].actions[..1] {
        let configuration = action.configuration.get_or_insert_default();
        configuration.insert("ReportBuildStatus".into(), "true".into());
    }
    let mut story = Story::of(declaration);
    story.must(push("e1", "b"));
    let of_actions = |story: &Story| -> Vec<(String, CommitState, String)> {
        let told = story.effects.iter().filter_map(|effect| match effect {
            Effect::ReportStatus(report) if report.attempt.is_some() => Some(report),
            _ => None,
        });
        told.map(|it| (it.context.clone(), it.state, it.description.clone())).collect()
    };
    assert_eq!(of_actions(&story), []);
    let row = |state, how: &str| {
        let text = format!("Action Compile of stage Build {how}.");
        ("towpath/p/Build/Compile".to_owned(), state, text)
    };
    story.succeed("e1", "Source", "Fetch");
    assert_eq!(of_actions(&story), [row(CommitState::Pending, "is in progress")]);
    story.fail("e1", "Build", "Compile");
    assert_eq!(of_actions(&story), [row(CommitState::Failure, "failed: job-failed")]);
}

#[test]
fn a_status_holds_until_things_stand_otherwise() {
    let mut story = Story::of(pipeline());
    story.must(push("e1", "b"));
    let report = story.effects.iter().find_map(|effect| match effect {
        Effect::ReportStatus(report) => Some(report.clone()),
        _ => None,
    });
    let report = report.expect("the start is reported");
    assert!(still_holds(&report, story.run("e1"), None));
    story.fail("e1", "Source", "Fetch");
    assert!(!still_holds(&report, story.run("e1"), None), "it has ended");
}
