//! How executions share a pipeline: one in a stage, the newest at the door.

use crate::story::{Story, commit, pipeline, push};
use crate::*;
use domain::reason::{End, Wait};

#[test]
fn the_newest_waits_and_supersedes_only_who_waits() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.start("e2");
    let occupied = Wait::StageOccupied { stage: "Source".into(), by: "e1".into() };
    assert_eq!(story.waits("e2"), [occupied]);
    story.start("e3");
    let superseded = End::Superseded { by: "e3".into(), stage: "Source".into() };
    assert_eq!(story.end("e2"), &superseded);
    assert_eq!(story.status("e1"), "InProgress", "who is inside a stage stays");

    story.succeed("e1", "Source", "Fetch");
    assert_eq!(story.stage("Source").occupant, Some("e3".into()), "the stage is free for e3");
    assert_eq!(story.stage("Build").occupant, Some("e1".into()));
    story.succeed("e3", "Source", "Fetch");
    assert_eq!(story.stage("Build").waiting, Some("e3".into()));
    assert_eq!(story.stage("Source").occupant, None);
}

#[test]
fn who_gives_way_before_its_source_ran_is_of_the_commit_that_was_pushed() {
    let mut story = Story::of(pipeline());
    for (id, digit) in [("e1", "1"), ("e2", "2"), ("e3", "3")] {
        story.must(push(id, digit));
    }
    assert_eq!(story.status("e2"), "Superseded");
    let known = story.run("e2").known_revisions();
    assert_eq!((known.len(), &known[0].commit), (1, &commit("2")));
    // What the source brought takes its place.
    story.succeed("e1", "Source", "Fetch");
    let run = story.run("e1");
    assert_eq!(run.known_revisions(), run.revisions);
}

#[test]
fn a_failure_frees_the_stage_for_who_waits() {
    let mut story = Story::of(pipeline());
    for id in ["e1", "e2"] {
        story.start(id);
        story.succeed(id, "Source", "Fetch");
    }
    story.fail("e1", "Build", "Compile");
    assert_eq!(story.status("e1"), "InProgress", "Test, of the same order, finishes first");
    story.succeed("e1", "Build", "Test");
    assert_eq!(story.status("e1"), "Failed");
    assert_eq!(story.stage("Build").occupant, Some("e2".into()));
    assert_eq!(story.handed_out(), ["Compile#1", "Test#1"]);
}

#[test]
fn a_closed_way_holds_the_newest_and_opens_for_it() {
    let mut story = Story::of(pipeline());
    story.transition("Build", false);
    for id in ["e1", "e2"] {
        story.start(id);
        story.succeed(id, "Source", "Fetch");
    }
    assert_eq!(story.status("e1"), "Superseded");
    let [Wait::TransitionDisabled { stage, comment, .. }] = &story.waits("e2")[..] else {
        panic!("{:?}", story.waits("e2"))
    };
    assert_eq!((stage.as_str(), comment.as_str()), ("Build", "freeze"));
    story.transition("Build", true);
    assert_eq!(story.stage("Build").occupant, Some("e2".into()));
    assert_eq!(story.handed_out(), ["Compile#1", "Test#1"]);
}

#[test]
fn the_reason_for_waiting_changes_with_what_is_in_the_way() {
    let mut story = Story::of(pipeline());
    for id in ["e1", "e2"] {
        story.start(id);
        story.succeed(id, "Source", "Fetch");
    }
    assert!(matches!(story.waits("e2")[..], [Wait::StageOccupied { .. }]));
    story.transition("Build", false);
    assert!(matches!(story.waits("e2")[..], [Wait::TransitionDisabled { .. }]));
    story.transition("Build", true);
    assert!(matches!(story.waits("e2")[..], [Wait::StageOccupied { .. }]));
    let unknown = story.happens(EventKind::SetTransition {
        stage: "Nowhere".into(),
        enabled: true,
        comment: String::new(),
        by: "ada".into(),
    });
    assert_eq!(unknown, Err(Refused::StageUnknown { stage: "Nowhere".into() }));
}

#[test]
fn changed_stages_cancel_what_runs_and_other_changes_do_not() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.succeed("e1", "Source", "Fetch");
    story.start("e2");

    let mut renamed = pipeline();
    renamed.variables = None;
    renamed.stages[1].actions[1].commands = Some(vec!["echo".into()]);
    let mut only_variables = pipeline();
    only_variables.variables.as_mut().expect("there are variables")[0].default_value =
        Some("moin".into());
    story.update(only_variables);
    assert_eq!((story.status("e1"), story.run("e1").version), ("InProgress", 1));
    assert_eq!(story.line.head.version, 2);
    assert!(story.line.head.declarations.contains_key(&1), "e1 still runs it");

    story.update(renamed);
    assert_eq!((story.status("e1"), story.status("e2")), ("Cancelled", "Cancelled"));
    let mut given_up = story.given_up();
    given_up.sort();
    assert_eq!(given_up, ["Compile", "Fetch", "Test"]);
    story.start("e3");
    assert_eq!(story.run("e3").version, 3);
}

#[test]
fn a_deleted_pipeline_cancels_what_runs_and_may_come_again() {
    let mut story = Story::of(pipeline());
    story.start("e1");
    story.must(EventKind::Deleted { by: "ada".into() });
    assert_eq!(story.status("e1"), "Cancelled");
    assert_eq!(story.happens(crate::story::start("e2")), Err(Refused::PipelineUnknown));
    let declaration = std::sync::Arc::new(pipeline());
    story.must(EventKind::Created { declaration: declaration.clone(), by: "ada".into() });
    assert_eq!(story.line.head.version, 1);
    story.start("e2");
    assert_eq!(story.run("e2").order, 2, "facts and orders go on");
    let again = story.happens(EventKind::Created { declaration, by: "ada".into() });
    assert_eq!(again, Err(Refused::PipelineExists));
}
