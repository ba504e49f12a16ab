//! Whose code an execution runs: whoever may push to the repository, or whoever can fork it.
//!
//! A stranger's code must not get what the pipeline may do (threat model, T28: poisoned pipeline
//! execution). What it gets is said by the source action, and kept with the execution's trigger.

use crate::pipeline::ActionDeclaration;
use serde::{Deserialize, Serialize};

/// The key of a source action by connection that says it.
pub const SETTING: &str = "ForkPullRequests";

/// Whose code a pull request brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// That of somebody who may push to the repository.
    #[default]
    Own,
    /// That of whoever could fork it.
    Fork {
        /// What its execution may have.
        rule: ForkRule,
        /// The branch's short name, there: any text at all.
        branch: String,
    },
}

/// What the execution of a pull request from a fork may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForkRule {
    /// No token, no secret, no variable of its repository, no deployment.
    WithoutIdentity,
    /// What any other execution has.
    WithIdentity,
}

impl ForkRule {
    /// What a source action says; `None` where such pull requests are held back, as they are where
    /// nothing is said.
    pub fn of(source: &ActionDeclaration) -> Option<Self> {
        Self::read(source.setting(SETTING)?).ok()?
    }

    /// What a setting says; `None` for `Hold`.
    ///
    /// # Errors
    /// What would be right.
    pub fn read(setting: &str) -> Result<Option<Self>, String> {
        let mut rules = [Self::WithoutIdentity, Self::WithIdentity].into_iter();
        match rules.find(|rule| rule.as_str() == setting) {
            None if setting != "Hold" => {
                Err("write Hold, WithoutIdentity or WithIdentity".to_owned())
            }
            rule => Ok(rule),
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithoutIdentity => "WithoutIdentity",
            Self::WithIdentity => "WithIdentity",
        }
    }
}

impl Code {
    /// Whether it is of somebody who may push.
    pub fn is_own(&self) -> bool {
        *self == Self::Own
    }

    /// What a fork's may have.
    pub fn rule(&self) -> Option<ForkRule> {
        match self {
            Self::Own => None,
            Self::Fork { rule, .. } => Some(*rule),
        }
    }
}
