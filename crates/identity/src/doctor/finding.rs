//! What the doctor finds: a condition beside the claim that it asks for, and the narrowest fix.

use serde::Serialize;

use super::cause::Cause;
use crate::policy::{Beside, FalseCondition};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It cannot be told from what was brought.
    Unknown,
    /// The token is accepted all the same; others may be too, or it will not be for long.
    Warning,
    /// The token is refused for this.
    Refused,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// Which of the known causes it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What is wrong.
    pub message: String,
    /// What was compared, where something was.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Box<Compared>>,
    /// What would be right.
    pub fix: String,
}

/// A condition and the claim that it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The condition: its operator and key, or the member of the configuration.
    pub condition: String,
    /// Its line in the text, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The claim.
    pub claim: String,
    /// What the condition takes.
    pub wanted: Vec<String>,
    /// What the token has.
    pub found: Vec<String>,
    /// Carets under what differs in the token's value, beside the nearest of the values wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
}

/// Two values, one above the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// The nearest of the values wanted.
    pub wanted: String,
    /// The token's.
    pub found: String,
    /// Spaces, and carets under what differs.
    pub carets: String,
}

impl Finding {
    /// Why the token is refused.
    pub(crate) fn refused(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Weight::Refused, message.into(), fix.into())
    }

    /// Why the token should not be accepted, or not for long.
    pub(crate) fn warning(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Weight::Warning, message.into(), fix.into())
    }

    /// What cannot be told, and what to bring.
    pub(crate) fn unknown(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Weight::Unknown, message.into(), fix.into())
    }

    fn new(weight: Weight, message: String, fix: String) -> Self {
        Self { weight, cause: None, message, compared: None, fix }
    }

    /// The same, of this cause.
    pub(crate) fn of(self, cause: impl Into<Option<Cause>>) -> Self {
        Self { cause: cause.into(), ..self }
    }

    /// The same, about these two.
    pub(crate) fn about(self, compared: Compared) -> Self {
        Self { compared: Some(Box::new(compared)), ..self }
    }
}

impl Compared {
    /// A condition beside a claim.
    pub(crate) fn new(condition: &str, claim: &str, wanted: &[String], found: &[String]) -> Self {
        let marks = Beside::closest(wanted, found).map(Marks::from);
        let (condition, claim) = (condition.to_owned(), claim.to_owned());
        Self { condition, line: None, claim, wanted: wanted.to_vec(), found: found.to_vec(), marks }
    }

    /// One value beside one value.
    pub(crate) fn one(condition: &str, claim: &str, wanted: &str, found: &str) -> Self {
        Self::new(condition, claim, &[wanted.to_owned()], &[found.to_owned()])
    }

    /// A condition of a policy.
    pub(crate) fn condition(wrong: &FalseCondition, claim: &str) -> Self {
        let condition = format!("{} {}", wrong.operator, wrong.key);
        let line = Some(wrong.line);
        Self { line, ..Self::new(&condition, claim, &wrong.wanted, &wrong.found) }
    }
}

impl From<Beside> for Marks {
    fn from(beside: Beside) -> Self {
        Self { wanted: beside.wanted, found: beside.found, carets: beside.marks }
    }
}
