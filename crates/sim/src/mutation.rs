//! Rules that can be broken on purpose, one at a time: a check that never fails proves nothing.

use std::fmt;

/// One broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The head rule believes every change that does not follow from the known head.
    HeadRuleIgnoresBefore,
    /// A replay's bytes are not recognised.
    ReplayNotRecognised,
    /// A hook is made first, and the repository's heads are read after it.
    HeadsReadAfterHook,
    /// A delivery is done without its disposition.
    DispositionForgotten,
    /// A commit that failed counts as done.
    FailedCommitBelieved,
    /// An attempt is handed to two performers.
    HandedOutTwice,
    /// A performer of an earlier life is believed.
    FenceIgnored,
    /// Nobody says that an attempt died with its process.
    LossNotReported,
    /// A committed effect is never performed.
    EffectDropped,
    /// An effect stays when its result is committed.
    EffectKept,
    /// A client that heard nothing asks again as if for something new.
    RequestTokenForgotten,
    /// A commit does not check that what was looked at is still so.
    ReadsNotChecked,
    /// A closed way into a stage is passed.
    DisabledTransitionPassed,
    /// A stage is entered while another execution is in it.
    OccupiedStageEntered,
    /// An execution that a newer one supersedes goes on.
    SupersededGoesOn,
    /// A lost attempt is tried again without being ended first.
    LostAttemptStaysAlive,
    /// What an abandoned execution was doing goes on.
    AbandonedAttemptStaysAlive,
    /// An approval takes the token of another attempt.
    OtherAttemptsTokenAccepted,
    /// What is overdue is waited for.
    DeadlineIgnored,
    /// All actions of a stage begin at once.
    RunOrderIgnored,
    /// What a performer says has failed counts as done.
    FailureIgnored,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::HeadRuleIgnoresBefore,
        Self::ReplayNotRecognised,
        Self::HeadsReadAfterHook,
        Self::DispositionForgotten,
        Self::FailedCommitBelieved,
        Self::HandedOutTwice,
        Self::FenceIgnored,
        Self::LossNotReported,
        Self::EffectDropped,
        Self::EffectKept,
        Self::RequestTokenForgotten,
        Self::ReadsNotChecked,
        Self::DisabledTransitionPassed,
        Self::OccupiedStageEntered,
        Self::SupersededGoesOn,
        Self::LostAttemptStaysAlive,
        Self::AbandonedAttemptStaysAlive,
        Self::OtherAttemptsTokenAccepted,
        Self::DeadlineIgnored,
        Self::RunOrderIgnored,
        Self::FailureIgnored,
    ];
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
