//! How things end before their time: stops, losses, time-outs; and how they go on: retries.

use crate::story::{Story, failure, pipeline, success};
use crate::*;
use domain::pipeline::RetryMode::{AllActions, FailedActions};
use domain::reason::{End, Failure, Wait};

#[test]
fn a_stop_waits_for_what_runs_and_begins_nothing_more() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    story.stop("e1", false).expect("it is stopped");
    assert_eq!(story.status("e1"), "Stopping");
    assert_eq!(story.stop("e1", false), Err(Refused::StopRepeated { execution: "e1".into() }));
    story.succeed("e1", "Build", "Compile");
    story.succeed("e1", "Build", "Test");
    assert_eq!(story.handed_out(), [""; 0], "Package does not begin");
    assert!(matches!(story.end("e1"), End::Stopped(stop) if !stop.abandon));
    let ended = Refused::NotStoppable { execution: "e1".into(), status: "Stopped" };
    assert_eq!(story.stop("e1", false), Err(ended));
    let unknown = Refused::ExecutionUnknown { execution: "e9".into() };
    assert_eq!(story.stop("e9", false), Err(unknown));
}

#[test]
fn an_abandoning_stop_ends_at_once_even_after_a_waiting_one() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    story.start("e2");
    story.succeed("e2", "Source", "Fetch");
    story.stop("e1", false).expect("it is stopped");
    story.stop("e1", true).expect("it is abandoned");
    assert_eq!(story.status("e1"), "Stopped");
    assert_eq!(story.given_up(), ["Compile", "Test"]);
    assert_eq!(story.attempt("e1", "Build", "Test").status_word(), "Abandoned");
    assert_eq!(story.stage("Build").occupant, Some("e2".into()), "the stage is free");
}

#[test]
fn a_stop_at_a_door_ends_at_once() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.start("e2");
    story.stop("e2", false).expect("it is stopped");
    assert_eq!(story.status("e2"), "Stopped");
    assert_eq!(story.stage("Source").waiting, None);
}

#[test]
fn a_lost_attempt_is_followed_by_another_twice() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    for next in ["Fetch#2", "Fetch#3"] {
        let lost = story.attempt("e1", "Source", "Fetch").clone();
        story.lose("e1", "Source", "Fetch");
        assert_eq!(story.handed_out(), [next]);
        let attempt = lost.of.clone();
        let late = story.happens(EventKind::AttemptEnded { attempt, result: success(&lost) });
        assert_eq!(late, Err(Refused::Stale { attempt: Box::new(lost.of) }));
    }
    story.lose("e1", "Source", "Fetch");
    assert!(matches!(
        story.end("e1"),
        End::Failed { failure: Failure::LostTooOften { times: 3 }, attempt: 3, .. }
    ));
    assert_eq!(story.replayed(), story.line);
}

#[test]
fn losses_count_only_in_a_row() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.lose("e1", "Source", "Fetch");
    story.fail("e1", "Source", "Fetch");
    story.retry("e1", "Source", FailedActions).expect("it is retried");
    assert_eq!(story.attempt("e1", "Source", "Fetch").losses, 0);
    assert_eq!(story.handed_out(), ["Fetch#3"]);
}

#[test]
fn what_is_lost_while_stopping_is_not_begun_again() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.stop("e1", false).expect("it is stopped");
    story.lose("e1", "Source", "Fetch");
    assert_eq!(story.handed_out(), [""; 0]);
    assert_eq!(story.status("e1"), "Stopped");
}

#[test]
fn an_attempt_is_named_by_who_performs_it() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    assert!(matches!(story.waits("e1")[..], [Wait::ActionNotTaken { .. }]));
    let attempt = story.attempt("e1", "Source", "Fetch").of.clone();
    let holder = domain::HolderId::from("srv-1");
    let taken = EventKind::AttemptStarted { attempt: attempt.clone(), holder: holder.clone() };
    story.must(taken.clone());
    assert!(
        matches!(&story.waits("e1")[..], [Wait::ActionRunning { holder: it, .. }] if *it == holder)
    );
    assert_eq!(story.must(taken), [], "a repeat changes nothing");
    story.fail("e1", "Source", "Fetch");
    let late = story.happens(EventKind::AttemptEnded { attempt, result: failure() });
    assert!(matches!(late, Err(Refused::Stale { .. })));
}

#[test]
fn a_performer_that_says_nothing_is_given_up_after_its_time() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    let wake_at = story.line.wake_at().expect("there is a deadline");
    let seconds = limits::STEP_SECONDS_MAX_DEFAULT + limits::STEP_GRACE_SECONDS;
    assert_eq!(wake_at.millis_since(story.at), i64::from(seconds) * 1000);
    story.at = wake_at;
    story.must(EventKind::Tick);
    assert_eq!(story.given_up(), ["Fetch"]);
    assert!(matches!(
        story.end("e1"),
        End::Failed { failure: Failure::TimedOut { seconds: 3300 }, .. }
    ));
}

#[test]
fn a_retry_runs_the_failed_actions_or_all_of_them() {
    for (mode, again) in [(FailedActions, &["Test#2"][..]), (AllActions, &["Compile#2", "Test#2"])]
    {
        let mut story = Story::of(pipeline());
        story.start("e1");
        story.succeed("e1", "Source", "Fetch");
        story.fail("e1", "Build", "Test");
        story.succeed("e1", "Build", "Compile");
        assert_eq!(story.status("e1"), "Failed");
        story.retry("e1", "Build", mode).expect("it is retried");
        assert_eq!(story.handed_out(), again);
        assert_eq!((story.status("e1"), story.run("e1").attempt), ("InProgress", 2));
        assert_eq!(story.reported(), [(CommitState::Pending, "a".repeat(40))]);
    }
}

#[test]
fn a_failed_action_is_retried_while_others_of_its_stage_still_run() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    story.fail("e1", "Build", "Test");
    let all = story.retry("e1", "Build", AllActions);
    let why = NotRetryable::StillRunning;
    assert_eq!(all, Err(Refused::NotRetryable { stage: "Build".into(), why }));
    story.retry("e1", "Build", FailedActions).expect("it is retried");
    assert_eq!(story.handed_out(), ["Test#2"], "Compile goes on");
    assert_eq!((story.status("e1"), story.run("e1").attempt), ("InProgress", 2));
    let again = story.retry("e1", "Build", FailedActions);
    let why = NotRetryable::NotFailed;
    assert_eq!(again, Err(Refused::NotRetryable { stage: "Build".into(), why }), "it runs again");
    story.succeed("e1", "Build", "Compile");
    story.succeed("e1", "Build", "Test");
    assert_eq!(story.handed_out(), ["Package#1"], "the stage goes on as if nothing had failed");
    assert_eq!(story.replayed(), story.line);
}

#[test]
fn nothing_is_retried_while_its_execution_stops() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    story.fail("e1", "Build", "Test");
    story.stop("e1", false).expect("it is stopped");
    let why = NotRetryable::Stopping;
    let refused = Err(Refused::NotRetryable { stage: "Build".into(), why });
    assert_eq!(story.retry("e1", "Build", FailedActions), refused);
}

#[test]
fn a_stage_in_which_an_execution_was_stopped_is_retried() {
    for (abandon, mode, again) in [
        (false, FailedActions, &["Package#1"][..]),
        (false, AllActions, &["Compile#2", "Test#2"]),
        (true, FailedActions, &["Compile#2", "Test#2"]),
        (true, AllActions, &["Compile#2", "Test#2"]),
    ] {
        let mut story = Story::of(pipeline());
        story.start("e1");
        story.succeed("e1", "Source", "Fetch");
        story.stop("e1", abandon).expect("it is stopped");
        if !abandon {
            story.succeed("e1", "Build", "Compile");
            story.succeed("e1", "Build", "Test");
        }
        assert_eq!(story.status("e1"), "Stopped");
        story.retry("e1", "Build", mode).expect("it is retried");
        assert_eq!(story.handed_out(), again, "{abandon} {mode}");
        assert_eq!(story.status("e1"), "InProgress", "the stop is over");
        assert_eq!(story.replayed(), story.line);
    }
}

#[test]
fn only_the_latest_that_failed_there_is_retried_and_only_as_it_was() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    let refuse = |why| Err(Refused::NotRetryable { stage: "Source".into(), why });
    let early = story.retry("e1", "Source", FailedActions);
    assert_eq!(early, refuse(NotRetryable::NotFailed));
    story.fail("e1", "Source", "Fetch");
    story.start("e2");
    let late = story.retry("e1", "Source", FailedActions);
    assert!(matches!(late, Err(Refused::NotLatest { latest, .. }) if latest.as_str() == "e2"));
    story.fail("e2", "Source", "Fetch");
    let mut changed = pipeline();
    changed.stages[3].name = "Ship".into();
    story.update(changed);
    let changed = story.retry("e2", "Source", FailedActions);
    assert_eq!(changed, refuse(NotRetryable::StructureChanged));
}

#[test]
fn a_retry_goes_before_who_waits_at_a_closed_way() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    story.transition("Build", false);
    story.start("e2");
    story.succeed("e2", "Source", "Fetch");
    story.fail("e1", "Build", "Test");
    story.succeed("e1", "Build", "Compile");
    story.retry("e1", "Build", FailedActions).expect("it is retried");
    story.transition("Build", true);
    assert!(matches!(story.waits("e2")[..], [Wait::StageOccupied { .. }]));
}

#[test]
fn what_a_deleted_pipeline_ran_is_not_retried_in_the_next_of_its_name() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.fail("e1", "Source", "Fetch");
    story.must(EventKind::Deleted { by: "ada".into() });
    let declaration = std::sync::Arc::new(pipeline());
    story.must(EventKind::Created { declaration, by: "ada".into() });
    let why = NotRetryable::StructureChanged;
    let refused = Err(Refused::NotRetryable { stage: "Source".into(), why });
    assert_eq!(story.retry("e1", "Source", FailedActions), refused);
}

#[test]
fn a_source_that_runs_again_brings_its_revision_anew() {
    let mut declaration = pipeline();
    let mut other = declaration.stages[0].actions[0].clone();
    (other.name, other.namespace) = ("FetchToo".into(), None);
    other.output_artifacts.as_mut().expect("it has one")[0].name = "other".into();
    declaration.stages[0].actions.push(other);
    let mut story = Story::of(declaration);
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    story.fail("e1", "Source", "FetchToo");
    story.retry("e1", "Source", AllActions).expect("it is retried");
    story.succeed("e1", "Source", "Fetch");
    story.succeed("e1", "Source", "FetchToo");
    let brought: Vec<_> = story.run("e1").revisions.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(brought, ["Fetch", "FetchToo"]);
}
