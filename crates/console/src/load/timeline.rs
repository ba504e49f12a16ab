//! An execution's facts as its timeline: what happened, why, and what it followed from.

use super::words::{link, plain, tone, why, why_of_end};
use crate::href::Href;
use crate::moment::{Moment, Span};
use crate::view::picture::Event;
use crate::view::{Phrase, Tone, Why};
use domain::Timestamp;
use domain::fork::Code;
use domain::pipeline::RetryMode;
use domain::reason::{Cause, End, Reason, Stop, Wait};
use domain::revision::{PushTrigger, Seen, Trigger};
use engine::{AttemptBegan, AttemptEnd, Fact, FactKind, StageEnd};

/// The facts in their order, those of the pipeline itself left out.
pub fn of_facts(facts: &[Fact], started: Timestamp) -> Vec<Event> {
    facts.iter().filter_map(|fact| event(fact, started)).collect()
}

fn event(fact: &Fact, started: Timestamp) -> Option<Event> {
    let Shown { tone, name, what, why } = shown(&fact.kind)?;
    let because = match &fact.because {
        Cause::Fact(earlier) => Some(earlier.0),
        _ => None,
    };
    Some(Event {
        id: fact.id.0,
        because,
        at: Moment(fact.at),
        after: Span::between(started, fact.at),
        tone,
        fact: name.to_owned(),
        what,
        why: why.or_else(|| cause(&fact.because)),
    })
}

struct Shown {
    tone: Tone,
    name: &'static str,
    what: Vec<Phrase>,
    why: Option<Why>,
}

impl Shown {
    fn new(tone: Tone, name: &'static str, what: Vec<Phrase>) -> Option<Self> {
        Some(Self { tone, name, what, why: None })
    }

    fn because(
        tone: Tone,
        name: &'static str,
        what: Vec<Phrase>,
        why: Option<Why>,
    ) -> Option<Self> {
        Some(Self { tone, name, what, why })
    }
}

fn shown(kind: &FactKind) -> Option<Shown> {
    match kind {
        FactKind::PipelineDeclared { .. }
        | FactKind::PipelineDeleted
        | FactKind::TransitionSet { .. } => None,
        FactKind::ExecutionStarted(it) => {
            let why = Some(of_trigger(&it.trigger));
            Shown::because(Tone::Running, "ExecutionStarted", words("Execution started"), why)
        }
        FactKind::ExecutionWaits { wait, .. } => execution_waits(wait),
        FactKind::ExecutionStopping { stop, .. } => {
            let why = Some(of_stop(stop));
            Shown::because(Tone::Stopped, "ExecutionStopping", words("Execution is to stop"), why)
        }
        FactKind::ExecutionEnded { end, .. } => execution_ended(end),
        FactKind::StageEntered { stage, .. } => {
            Shown::new(Tone::Running, "StageEntered", named("Entered stage ", stage, ""))
        }
        FactKind::StageEnded { stage, end, .. } => {
            let what = named("Stage ", stage, stage_ended(*end));
            Shown::new(tone(end.as_str()), "StageEnded", what)
        }
        FactKind::StageRetried { stage, mode, .. } => {
            let which = match mode {
                RetryMode::FailedActions => " is retried: its failed actions",
                RetryMode::AllActions => " is retried: all its actions",
            };
            Shown::new(Tone::Running, "StageRetried", named("Stage ", stage, which))
        }
        FactKind::AttemptBegan(it) => attempt_began(it),
        FactKind::AttemptTaken { attempt, holder, .. } => {
            let mut what = named("", &attempt.action, " began on ");
            what.push(Phrase::code(holder.to_string()));
            Shown::new(Tone::Running, "AttemptTaken", what)
        }
        FactKind::RevisionKnown { attempt, revision } => {
            let mut what = named("", &attempt.action, " was to fetch ");
            what.push(Phrase::code(revision.commit.short().to_string()));
            Shown::new(Tone::Running, "RevisionKnown", what)
        }
        FactKind::AttemptEnded { attempt, end } => {
            let (tone, verb) = attempt_ended(end);
            let what = named("", &attempt.action, verb);
            let what = numbered(what, attempt.attempt);
            Shown::because(tone, "AttemptEnded", what, why_of_end(end))
        }
    }
}

fn execution_waits(wait: &Wait) -> Option<Shown> {
    let why = Some(why(Reason::Wait(wait)));
    Shown::because(Tone::Waiting, "ExecutionWaits", words("Execution waits"), why)
}

fn execution_ended(end: &End) -> Option<Shown> {
    let (word, verb) = match end {
        End::Succeeded => ("Succeeded", "Execution succeeded"),
        End::Failed { .. } => ("Failed", "Execution failed"),
        End::Superseded { .. } => ("Superseded", "Execution was superseded"),
        End::Stopped(_) => ("Stopped", "Execution stopped"),
        End::Cancelled(_) => ("Cancelled", "Execution was cancelled"),
    };
    let why = Some(why(Reason::End(end)));
    Shown::because(tone(word), "ExecutionEnded", words(verb), why)
}

fn stage_ended(end: StageEnd) -> &'static str {
    match end {
        StageEnd::Succeeded => " succeeded",
        StageEnd::Failed => " failed",
        StageEnd::Stopped => " stopped",
        StageEnd::Cancelled => " was cancelled",
    }
}

fn attempt_began(began: &AttemptBegan) -> Option<Shown> {
    let action = &began.attempt.action;
    match &began.wait {
        Wait::Approval { .. } => {
            let why = Some(why(Reason::Wait(&began.wait)));
            let what = named("", action, " asks for an approval");
            Shown::because(Tone::Waiting, "AttemptBegan", what, why)
        }
        _ => {
            let what = numbered(named("", action, " handed out"), began.attempt.attempt);
            Shown::new(Tone::Idle, "AttemptBegan", what)
        }
    }
}

fn attempt_ended(end: &AttemptEnd) -> (Tone, &'static str) {
    match end {
        AttemptEnd::Succeeded(_) => (Tone::Succeeded, " succeeded"),
        AttemptEnd::Approved { .. } => (Tone::Succeeded, " was approved"),
        AttemptEnd::Failed(_) => (Tone::Failed, " failed"),
        AttemptEnd::Lost => (Tone::Failed, " was lost"),
        AttemptEnd::Abandoned(_) => (Tone::Stopped, " was given up"),
    }
}

fn words(text: &str) -> Vec<Phrase> {
    vec![Phrase::plain(text)]
}

fn named(before: &str, name: &impl ToString, after: &str) -> Vec<Phrase> {
    let around = |text: &str| (!text.is_empty()).then(|| Phrase::plain(text));
    let name = Phrase::code(name.to_string());
    around(before).into_iter().chain([name]).chain(around(after)).collect()
}

/// Only later attempts say their number.
fn numbered(mut what: Vec<Phrase>, attempt: u32) -> Vec<Phrase> {
    if attempt > 1 {
        what.push(Phrase::plain(format!(", attempt {attempt}")));
    }
    what
}

/// What started an execution.
pub fn of_trigger(trigger: &Trigger) -> Why {
    match trigger {
        Trigger::CreatePipeline { by } => {
            by_whom("create-pipeline", "The pipeline was created by ", by)
        }
        Trigger::StartPipelineExecution { by } => {
            by_whom("start-pipeline-execution", "Somebody asked for it: ", by)
        }
        Trigger::WebhookV2(push) => of_push(push),
    }
}

fn of_push(push: &PushTrigger) -> Why {
    let branch = Phrase::code(&push.git_ref.name);
    let mut sentence = match &push.pull_request {
        None => vec![Phrase::plain("A push to "), branch],
        Some(request) => {
            let (of, branch) = match &request.code {
                Code::Own => ("of", branch),
                Code::Fork { branch, .. } => ("of a fork's", Phrase::code(branch)),
            };
            vec![
                Phrase::plain(format!("Pull request {} ({}) {of} ", request.number, request.event)),
                branch,
                Phrase::plain(" to "),
                Phrase::code(&request.target),
            ]
        }
    };
    sentence.extend([Phrase::plain(" of "), Phrase::code(push.repository.as_str())]);
    if let Some(rule) = push.fork_rule() {
        sentence.push(Phrase::plain(", let in by ForkPullRequests "));
        sentence.push(Phrase::code(rule.as_str()));
    }
    match &push.seen {
        Seen::Delivery(id) => {
            sentence.push(Phrase::plain(", delivery "));
            sentence.extend(link(id.as_str(), Href::inside(&["deliveries", id.as_str()])));
        }
        Seen::Reconciled => {
            sentence.push(Phrase::plain(", found at the forge; no delivery told of it"))
        }
    }
    sentence.push(Phrase::plain("."));
    plain("push", sentence)
}

fn of_stop(stop: &Stop) -> Why {
    let remark =
        if stop.comment.is_empty() { String::new() } else { format!(": {}", stop.comment) };
    let sentence =
        vec![Phrase::plain("Asked for by "), Phrase::code(&stop.by), Phrase::plain(remark)];
    plain("stop", sentence)
}

fn by_whom(code: &str, before: &str, by: &str) -> Why {
    plain(code, vec![Phrase::plain(before), Phrase::code(by)])
}

/// A cause that is no earlier fact and not said by the fact itself.
fn cause(cause: &Cause) -> Option<Why> {
    match cause {
        Cause::Fact(_) | Cause::Reported(_) | Cause::Delivery(_) | Cause::Reconciled => None,
        Cause::Asked(by) => Some(by_whom("asked", "Asked for by ", by)),
        Cause::HolderGone(_) => {
            Some(plain("holder-gone", words("The process that held it is gone.")))
        }
        Cause::Time => Some(plain("time", words("Its time limit came."))),
    }
}
