//! Random stories: whatever happens, in whatever order, what must hold holds.
//!
//! [`Story::happens`] checks every event; here stand the events, and that everything comes to an
//! end once people and performers do their part.

use crate::story::{Story, answer, failure, pipeline, push, start, stop, success};
use crate::*;
use domain::pipeline::{PipelineDeclaration, RetryMode};
use proptest::prelude::*;
use std::sync::Arc;

const STAGES: [&str; 4] = ["Source", "Build", "Approve", "Deploy"];

/// Something that happens. Numbers choose among what is there, modulo how much there is.
#[derive(Clone, Debug)]
enum Step {
    Start,
    Push(u8),
    Succeed(usize),
    Fail(usize),
    Lose(usize),
    Take(usize, u8),
    Answer(usize, bool),
    Stop(usize, bool),
    Transition(usize, bool),
    Retry(usize, usize, bool),
    Update(bool),
    Pass(i64),
    DeleteAndCreate,
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<usize>;
    prop_oneof![
        4 => Just(Step::Start),
        2 => (0..4_u8).prop_map(Step::Push),
        16 => at().prop_map(Step::Succeed),
        3 => at().prop_map(Step::Fail),
        3 => at().prop_map(Step::Lose),
        3 => (at(), 0..3_u8).prop_map(|(at, holder)| Step::Take(at, holder)),
        5 => (at(), any::<bool>()).prop_map(|(at, yes)| Step::Answer(at, yes)),
        2 => (at(), any::<bool>()).prop_map(|(at, abandon)| Step::Stop(at, abandon)),
        3 => (0..4_usize, any::<bool>()).prop_map(|(stage, on)| Step::Transition(stage, on)),
        4 => (at(), 0..4_usize, any::<bool>()).prop_map(|(at, stage, all)| Step::Retry(at, stage, all)),
        1 => any::<bool>().prop_map(Step::Update),
        1 => (0..8000_i64).prop_map(Step::Pass),
        1 => Just(Step::DeleteAndCreate),
    ]
}

/// Lets a step happen; a refusal is as good as anything else.
fn take(story: &mut Story, step: &Step) {
    let by = || "ada".to_owned();
    match step {
        Step::Start => drop(story.happens(start(&new_id(story)))),
        Step::Push(commit) => drop(story.happens(push(&new_id(story), &commit.to_string()))),
        Step::DeleteAndCreate => {
            drop(story.happens(EventKind::Deleted { by: by() }));
            let declaration = Arc::new(pipeline());
            drop(story.happens(EventKind::Created { declaration, by: by() }));
        }
        Step::Update(structural) => {
            let mut declaration = pipeline();
            let version = story.line.head.version.to_string();
            let action = &mut declaration.stages[1].actions[1];
            match structural {
                true => action.commands = Some(vec![format!("echo {version}")]),
                false => {
                    declaration = PipelineDeclaration::clone(
                        story.line.head.declaration().expect("it is there"),
                    )
                }
            }
            let declaration = Arc::new(declaration);
            drop(story.happens(EventKind::Updated { declaration, by: by() }));
        }
        Step::Pass(seconds) => {
            story.at = story.at.plus_seconds(*seconds);
            drop(story.happens(EventKind::Tick));
        }
        Step::Transition(stage, enabled) => drop(story.transition(STAGES[*stage], *enabled)),
        of_one => drop(event_of_one(story, of_one).map(|event| story.happens(event))),
    }
}

fn new_id(story: &Story) -> String {
    format!("e{}", story.line.executions.len() + 1)
}

/// An event about one attempt or execution, live or over: late words are part of the game.
fn event_of_one(story: &Story, step: &Step) -> Option<EventKind> {
    let attempt = |at: &usize| pick(story.line.attempts.values(), *at);
    let run = |at: &usize| pick(story.line.executions.values(), *at);
    Some(match step {
        Step::Succeed(at) => {
            let live = pick(story.line.live_attempts(), *at).or_else(|| attempt(at))?;
            EventKind::AttemptEnded { attempt: live.of.clone(), result: success(live) }
        }
        Step::Fail(at) => {
            EventKind::AttemptEnded { attempt: attempt(at)?.of.clone(), result: failure() }
        }
        Step::Lose(at) => {
            EventKind::AttemptLost { attempt: pick(story.line.live_attempts(), *at)?.of.clone() }
        }
        Step::Take(at, holder) => EventKind::AttemptStarted {
            attempt: attempt(at)?.of.clone(),
            holder: format!("srv-{holder}").as_str().into(),
        },
        Step::Answer(at, approved) => {
            let asked = story.line.attempts.values().filter(|attempt| attempt.token.is_some());
            answer(pick(asked, *at)?.token.as_ref()?.as_str(), *approved)
        }
        Step::Stop(at, abandon) => stop(run(at)?.id.as_str(), *abandon),
        Step::Retry(at, stage, all) => EventKind::RetryStage {
            execution: run(at)?.id.clone(),
            stage: STAGES[*stage].into(),
            mode: if *all { RetryMode::AllActions } else { RetryMode::FailedActions },
            by: "ada".into(),
        },
        _ => return None,
    })
}

fn pick<'a, T>(all: impl Iterator<Item = &'a T>, at: usize) -> Option<&'a T> {
    let all: Vec<_> = all.collect();
    (!all.is_empty()).then(|| all[at % all.len()])
}

/// Every way opens, every performer succeeds, every approval is given: all comes to an end.
fn bring_to_an_end(story: &mut Story) {
    for stage in STAGES {
        story.transition(stage, true);
    }
    for _ in 0..1000 {
        let Some(attempt) = story.line.live_attempts().next().cloned() else { break };
        let event = match &attempt.token {
            Some(token) => answer(token.as_str(), true),
            None => EventKind::AttemptEnded { result: success(&attempt), attempt: attempt.of },
        };
        if story.happens(event).is_err() {
            story.at = attempt.deadline;
            story.must(EventKind::Tick);
        }
    }
    assert!(story.line.head.live.is_empty(), "{:?}", story.line.head);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_happens_what_must_hold_holds(steps in prop::collection::vec(step(), 1..60)) {
        let mut story = Story::of(pipeline());
        for step in &steps {
            take(&mut story, step);
        }
        bring_to_an_end(&mut story);
        prop_assert_eq!(story.replayed(), story.line);
    }
}
