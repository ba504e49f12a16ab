//! Which declarations make sense.

use std::fmt;

/// Something in a declaration that does not make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which of the API's exceptions it is.
    pub class: ViolationClass,
    /// Where, as the declaration's members name it: `stages[1].actions[0].inputArtifacts`.
    pub path: String,
    /// What is wrong there and what would be right.
    pub problem: String,
}

/// The API's exceptions for declarations, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViolationClass {
    /// `InvalidStructureException`
    Structure,
    /// `InvalidStageDeclarationException`
    Stage,
    /// `InvalidActionDeclarationException`
    Action,
}

impl ViolationClass {
    /// The exception's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "InvalidStructureException",
            Self::Stage => "InvalidStageDeclarationException",
            Self::Action => "InvalidActionDeclarationException",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// All violations as one text, a semicolon between them.
pub fn sentence(violations: &[Violation]) -> String {
    violations.iter().map(Violation::to_string).collect::<Vec<_>>().join("; ")
}
