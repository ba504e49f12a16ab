//! Reasons and statuses of the domain, as the phrases and looks of a page.

use crate::href::Href;
use crate::moment::Moment;
use crate::view::{Phrase, Status, Tone, Why};
use domain::reason::{Failure, Wait};
use domain::reason::{Reason, Said, Span, say};
use engine::{Attempt, AttemptEnd, AttemptState, Execution, ExecutionStatus, StageRun};

/// A reason in the page's phrases.
pub fn why(reason: Reason<'_>) -> Why {
    said(&say(reason))
}

fn said(said: &Said) -> Why {
    let phrases = |spans: &[Span]| spans.iter().flat_map(phrases).collect();
    let next = said.next_step.as_deref().map(phrases).unwrap_or_default();
    Why { code: said.code.to_owned(), sentence: phrases(&said.sentence), next }
}

/// A reason whose sentence is made here.
pub fn plain(code: &str, sentence: Vec<Phrase>) -> Why {
    Why { code: code.to_owned(), sentence, next: Vec::new() }
}

fn phrases(span: &Span) -> Vec<Phrase> {
    match span {
        Span::Text(text) => vec![Phrase::plain(text.as_ref())],
        Span::Time(at) => vec![Phrase::plain(Moment(*at).short())],
        Span::Pipeline(name) => link(name.as_str(), Href::inside(&["pipelines", name.as_str()])),
        Span::Execution(id) => {
            let short: String = id.as_str().chars().take(8).collect();
            link(&short, Href::inside(&["executions", id.as_str()]))
        }
        Span::Delivery(id) => link(id.as_str(), Href::inside(&["deliveries", id.as_str()])),
        Span::Ref(name) => {
            vec![Phrase::plain(format!("{} ", name.kind.as_str())), Phrase::code(&name.name)]
        }
        Span::Commit(commit) => vec![Phrase::code(commit.short())],
        named => vec![Phrase::code(named.to_string())],
    }
}

/// A name that leads to its page.
pub fn link(text: &str, href: Href) -> Vec<Phrase> {
    vec![Phrase::Link { text: text.to_owned(), href }]
}

/// The look of one of the API's words.
pub fn tone(word: &str) -> Tone {
    match word {
        "Succeeded" => Tone::Succeeded,
        "Failed" => Tone::Failed,
        "InProgress" | "Stopping" => Tone::Running,
        "Stopped" | "Superseded" | "Cancelled" | "Abandoned" => Tone::Stopped,
        _ => Tone::Idle,
    }
}

/// One of the API's words as a status.
pub fn status(word: &str) -> Status {
    Status::new(tone(word), word)
}

fn waiting(word: &str) -> Status {
    Status { tone: Tone::Waiting, code: "InProgress".to_owned(), word: word.to_owned() }
}

const FOR_APPROVAL: &str = "Waiting for approval";

/// How an execution stands; `attempts` are its own.
pub fn of_execution(execution: &Execution, attempts: &[&Attempt]) -> Status {
    match (&execution.status, execution.stop.is_some()) {
        (ExecutionStatus::Waiting(_), false) => waiting("Waiting"),
        (ExecutionStatus::InStage(_), false) if attempts.iter().any(|it| asks(it)) => {
            waiting(FOR_APPROVAL)
        }
        _ => status(execution.status_word()),
    }
}

/// How a stage stands for an execution; `None` for one that it has not entered.
pub fn of_stage(execution: &Execution, run: Option<&StageRun>, attempts: &[&Attempt]) -> Status {
    let Some(run) = run else { return status("NotStarted") };
    let asks = |it: &&Attempt| it.of.stage == run.name && asks(it);
    match execution.stage_status_word(run) {
        "InProgress" if attempts.iter().any(asks) => waiting(FOR_APPROVAL),
        word => status(word),
    }
}

/// How an attempt stands.
pub fn of_attempt(attempt: Option<&Attempt>) -> Status {
    let Some(attempt) = attempt else { return status("NotStarted") };
    let worded = |word: &str| {
        let plain = status(attempt.status_word());
        Status { word: word.to_owned(), ..plain }
    };
    match &attempt.state {
        AttemptState::Waiting(Wait::Approval { .. }) => waiting(FOR_APPROVAL),
        AttemptState::Waiting(_) => waiting("Handed out"),
        AttemptState::Running { .. } => status("InProgress"),
        AttemptState::Ended { end, .. } => match end {
            AttemptEnd::Approved { .. } => worded("Approved"),
            AttemptEnd::Failed(Failure::Rejected { .. }) => worded("Rejected"),
            AttemptEnd::Failed(Failure::TimedOut { .. }) => worded("Timed out"),
            AttemptEnd::Lost => worded("Lost"),
            AttemptEnd::Succeeded(_) | AttemptEnd::Failed(_) | AttemptEnd::Abandoned(_) => {
                status(attempt.status_word())
            }
        },
    }
}

/// Whether the attempt is a question to a person.
pub fn asks(attempt: &Attempt) -> bool {
    matches!(attempt.state, AttemptState::Waiting(Wait::Approval { .. }))
}

/// Why an attempt waits, or why it ended as it did; nothing where the status says it all.
pub fn why_of_attempt(attempt: &Attempt) -> Option<Why> {
    match &attempt.state {
        AttemptState::Waiting(wait) => Some(why(Reason::Wait(wait))),
        AttemptState::Running { .. } => None,
        AttemptState::Ended { end, .. } => why_of_end(end),
    }
}

/// The reason in an attempt's end.
pub fn why_of_end(end: &AttemptEnd) -> Option<Why> {
    match end {
        AttemptEnd::Succeeded(_) => None,
        AttemptEnd::Approved { by, summary } => {
            let mut sentence = vec![Phrase::plain("Approved by "), Phrase::code(by)];
            if !summary.is_empty() {
                sentence.push(Phrase::plain(format!(": {summary}")));
            }
            Some(plain("approved", sentence))
        }
        AttemptEnd::Failed(failure) => Some(why(Reason::Failure(failure))),
        AttemptEnd::Lost => {
            let sentence = "The process that performed it is gone; what it had done is not known.";
            Some(plain("lost", vec![Phrase::plain(sentence)]))
        }
        AttemptEnd::Abandoned(given_up) => Some(why(Reason::Abandonment(given_up))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reason::End;

    #[test]
    fn a_reason_keeps_its_code_and_links_what_it_names() {
        let end = End::Superseded { by: "17e0b3aa-c4d2".into(), stage: "Deploy".into() };
        let shown = why(Reason::End(&end));
        assert_eq!(shown.code, "superseded");
        let href = Href::inside(&["executions", "17e0b3aa-c4d2"]);
        assert!(shown.sentence.contains(&Phrase::Link { text: "17e0b3aa".into(), href }));
        assert!(shown.sentence.contains(&Phrase::code("Deploy")));
    }
}
