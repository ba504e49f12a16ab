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
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 11] = [
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
    ];
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
