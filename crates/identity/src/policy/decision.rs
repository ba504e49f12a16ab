//! What policies come to: yes or no, and the statement or the kind of policy that it rests on.

use serde::{Deserialize, Serialize};

use super::policies::Layer;

/// One statement, cited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The kind of policy that it stands in.
    pub layer: Layer,
    /// That policy's name.
    pub policy: String,
    /// The statement's position, from 0.
    pub statement: usize,
    /// Its name, where it has one.
    pub sid: Option<String>,
    /// The line that it begins in.
    pub line: u32,
}

/// What the policies say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Yes, by this statement; by none where the caller is its account's root.
    Allowed(Option<Citation>),
    /// No: this statement denies it.
    Denied(Citation),
    /// No: no policy of this kind allows it.
    NotAllowed(Layer),
}

impl Decision {
    /// Whether it is a yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}
