//! A policy's text, read: JSON in, statements ready to be judged by out, or all that is wrong
//! with it.
//!
//! "Grammar of the IAM JSON policy language" (IAM user guide). Where IAM's `MalformedPolicyDocument`
//! has words for a mistake they come first; the place and what would be right are ours. What
//! statements mean is left to `evaluate`.

mod condition;
mod statement;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::index::Index;
use super::json::{Member, Node};
use super::statement::Statement;
use crate::finding::Finding;
use crate::limits;

/// A policy, read.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its version: variables mean something in the newer one only.
    pub version: Version,
    /// Its `Id`, where it has one.
    pub id: Option<String>,
    /// Its statements, in their order.
    pub statements: Vec<Statement>,
    pub(crate) index: Index,
}

/// The version of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// What a policy without `Version` is in.
    #[serde(rename = "2008-10-17")]
    Old,
    /// With policy variables.
    #[serde(rename = "2012-10-17")]
    Variables,
}

/// Where a policy will stand: what it must and must not contain, and how long it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A managed policy, a boundary too.
    Managed,
    /// An inline policy of a user, group or role.
    Inline,
    /// A session policy.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// A policy on a resource.
    Resource,
    /// A role's trust policy.
    Trust,
}

impl Kind {
    /// The most characters that a policy of this kind may have, white space not counted.
    pub fn chars_max(self) -> usize {
        match self {
            Self::Managed => limits::MANAGED_POLICY_CHARS_MAX,
            Self::Inline => limits::ROLE_INLINE_CHARS_MAX,
            Self::Session => limits::SESSION_POLICY_CHARS_MAX,
            Self::ServiceControl | Self::ResourceControl => limits::ORGANISATION_POLICY_CHARS_MAX,
            Self::Resource => limits::RESOURCE_POLICY_CHARS_MAX,
            Self::Trust => limits::TRUST_POLICY_CHARS_MAX,
        }
    }

    /// Whether its statements say whom they are about.
    pub(crate) fn names_principals(self) -> bool {
        matches!(self, Self::Resource | Self::Trust | Self::ResourceControl)
    }
}

/// Everything that is wrong with a policy's text, in the order of the text: at least one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            write!(f, "{}{finding}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Malformed {}

impl Policy {
    /// Reads a policy that is to stand as this kind.
    pub fn read(text: &str, kind: Kind) -> Result<Self, Malformed> {
        let mut reader = Reader { kind, version: Version::Old, findings: Vec::new() };
        let policy = reader.read(text).unwrap_or_else(|finding| {
            reader.findings.push(finding);
            None
        });
        let mut findings = reader.findings;
        findings.sort_by_key(|finding| finding.place);
        policy.filter(|_| findings.is_empty()).ok_or(Malformed { findings })
    }
}

/// How many characters IAM counts in a policy's text: all but white space. Inline policies of one
/// user, group or role are counted together.
pub fn chars(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}

/// What is found while reading; a mistake in one statement does not hide those in the next.
struct Reader {
    kind: Kind,
    version: Version,
    findings: Vec<Finding>,
}

impl Reader {
    /// Keeps what is wrong and goes on without it.
    fn note<T>(&mut self, result: Result<T, Finding>) -> Option<T> {
        result.map_err(|finding| self.findings.push(finding)).ok()
    }

    fn read(&mut self, text: &str) -> Result<Option<Policy>, Finding> {
        check_size(text, self.kind)?;
        let root = Node::read(text)?;
        let (mut id, mut statements) = (None, None);
        let members = root.members()?;
        // The version first, wherever it stands: the rest is read by its rules.
        if let Some(member) = members.iter().find(|member| member.name == "Version") {
            let version = version(member.value);
            self.version = self.note(version).unwrap_or(Version::Variables);
        }
        for member in &members {
            match member.name.as_str() {
                "Version" => {}
                "Id" => id = self.note(member.value.text()),
                "Statement" => {
                    let found = member.value.elements().and_then(|found| match found.is_empty() {
                        true => {
                            Err(member.value.wrong("Syntax errors in policy.", "write a statement"))
                        }
                        false => Ok(found),
                    });
                    statements = self.note(found);
                }
                _ => self.findings.push(unknown(member, &["Version", "Id", "Statement"])),
            }
        }
        if !members.iter().any(|member| member.name == "Statement") {
            return Err(root.wrong("Syntax errors in policy.", "add a \"Statement\""));
        }
        let read = |node| self.statement(node);
        let statements: Vec<Statement> =
            statements.unwrap_or_default().into_iter().filter_map(read).collect();
        self.check_sids(&statements);
        let index = Index::of(&statements);
        Ok(Some(Policy { version: self.version, id, statements, index }))
    }

    fn check_sids(&mut self, statements: &[Statement]) {
        for (position, statement) in statements.iter().enumerate() {
            let earlier = statements[..position].iter().any(|other| other.sid == statement.sid);
            if statement.sid.is_some() && earlier {
                let message = "Statement IDs (SID) in a single policy must be unique.".to_owned();
                let fix = Some("give this statement another Sid, or none".to_owned());
                self.findings.push(Finding { place: statement.place, message, fix });
            }
        }
    }
}

fn check_size(text: &str, kind: Kind) -> Result<(), Finding> {
    let (count, max) = (chars(text), kind.chars_max());
    if text.len() > limits::POLICY_TEXT_BYTES_MAX || count > max {
        let whole = Finding {
            place: crate::finding::Place { line: 1, column: 1 },
            message: format!("Cannot exceed quota for PolicySize: {max}"),
            fix: Some(format!("it has {count} characters without white space: split it")),
        };
        return Err(whole);
    }
    Ok(())
}

fn version(node: Node) -> Result<Version, Finding> {
    match node.text()?.as_str() {
        "2012-10-17" => Ok(Version::Variables),
        "2008-10-17" => Ok(Version::Old),
        _ => Err(node.wrong("Syntax errors in policy.", "write \"2012-10-17\"")),
    }
}

/// A member that the grammar does not have, and the one that was probably meant.
fn unknown(member: &Member, known: &[&str]) -> Finding {
    let name = &member.name;
    let meant = known.iter().find(|known| {
        let plural = format!("{known}s");
        known.eq_ignore_ascii_case(name) || plural.eq_ignore_ascii_case(name)
    });
    let fix = match meant {
        Some(meant) => format!("write `{meant}`"),
        None => format!("only {} can stand here", known.join(", ")),
    };
    member.at.wrong(format!("Syntax errors in policy. Unknown field {name}"), fix)
}
