//! The words for every reason: a code for programs, a sentence, and what to do next.

mod disposition;
mod end;
mod hook;
mod pending;
mod rule;
mod span;
mod wait;

pub use span::Span;

use super::{Abandonment, Cancellation};
use super::{Disposition, End, Failure, HoldRule, HookGap, Pending, StartRule, Wait};

/// Any reason that can be asked for.
#[derive(Clone, Copy, Debug)]
pub enum Reason<'a> {
    /// What something waits for.
    Wait(&'a Wait),
    /// What a delivery waits for that is not decided yet.
    Pending(&'a Pending),
    /// What is not as it should be with a webhook.
    Hook(&'a HookGap),
    /// How an execution ended.
    End(&'a End),
    /// Why an attempt failed.
    Failure(&'a Failure),
    /// Why an attempt was given up.
    Abandonment(&'a Abandonment),
    /// Why an execution was cancelled.
    Cancellation(&'a Cancellation),
    /// What became of a change.
    Disposition(&'a Disposition),
    /// Why a pipeline started.
    Start(&'a StartRule),
    /// Why a pipeline did not start.
    Hold(&'a HoldRule),
}

/// A reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// For programs: lower case with hyphens, never changed once released.
    pub code: &'static str,
    /// One sentence for people, the named things apart from the text.
    pub sentence: Vec<Span>,
    /// What they can do about it; `None` where there is nothing to do.
    pub next_step: Option<Vec<Span>>,
}

impl Said {
    /// The sentence as plain text.
    pub fn text(&self) -> String {
        span::text(&self.sentence)
    }

    /// The next step as plain text.
    pub fn next_text(&self) -> Option<String> {
        self.next_step.as_deref().map(span::text)
    }

    fn of(code: &'static str, sentence: Vec<Span>) -> Self {
        Self { code, sentence, next_step: None }
    }

    fn then(mut self, next_step: Vec<Span>) -> Self {
        self.next_step = Some(next_step);
        self
    }
}

/// Says a reason. Every variant of every reason has its words here or it does not compile.
pub fn say(reason: Reason<'_>) -> Said {
    match reason {
        Reason::Wait(wait) => wait::say(wait),
        Reason::Pending(pending) => pending::say(pending),
        Reason::Hook(gap) => hook::say(gap),
        Reason::End(end) => end::say(end),
        Reason::Failure(failure) => end::failure(failure),
        Reason::Abandonment(why) => end::abandonment(why),
        Reason::Cancellation(why) => end::cancellation(why),
        Reason::Disposition(disposition) => disposition::say(disposition),
        Reason::Start(rule) => rule::start(rule),
        Reason::Hold(rule) => rule::hold(rule),
    }
}

#[cfg(test)]
mod tests;
