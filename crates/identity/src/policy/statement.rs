//! A statement, ready to be judged by.

use super::condition::Condition;
use super::glob::Glob;
use super::pattern::Pattern;
use super::principal::Principals;
use crate::finding::Place;
use serde::{Deserialize, Serialize};

/// A statement of a policy.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Where it begins in the policy's text.
    pub place: Place,
    /// Behind its brace and behind its end: how the simulator tells where it stands.
    pub extent: (Place, Place),
    /// Its name, where it has one.
    pub sid: Option<String>,
    /// What it does where all else of it fits.
    pub effect: Effect,
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Named<Glob>,
    /// `None` in a trust policy: the role is the resource.
    pub(crate) resources: Option<Named<Pattern>>,
    pub(crate) conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// Patterns of which one must match, or, negated, none.
#[derive(Clone, Debug)]
pub(crate) struct Named<P> {
    pub negated: bool,
    /// Each as it is written and as it is matched.
    pub patterns: Vec<(String, P)>,
}

impl<P> Named<P> {
    /// Whether the statement is about what `matches` finds.
    pub fn names(&self, matches: impl Fn(&P) -> bool) -> bool {
        self.patterns.iter().any(|(_, pattern)| matches(pattern)) != self.negated
    }

    /// The patterns as they are written.
    pub fn written(&self) -> Vec<String> {
        self.patterns.iter().map(|(text, _)| text.clone()).collect()
    }
}
