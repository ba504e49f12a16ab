//! An explanation in sentences, for a terminal and for the console.

use std::fmt;

use super::message::name;
use super::{Explanation, FalseCondition, Look, PolicyLook, StatementLook};
use crate::policy::decision::{Citation, Decision};
use crate::policy::statement::Effect;

/// Names of a list that are shown; the rest is counted.
const NAMES_SHOWN_MAX: usize = 5;

impl Explanation {
    /// The decision in a sentence, then one for each statement that was looked at.
    pub fn say(&self) -> Vec<String> {
        let mut said = vec![self.verdict()];
        for policy in &self.policies {
            said.extend(policy.statements.iter().map(|statement| sentence(policy, statement)));
            let silent = policy.statements.is_empty();
            said.extend(silent.then(|| format!("{} has no statement.", policy.name)));
        }
        said
    }

    fn verdict(&self) -> String {
        let Self { caller, action, resource, decision, .. } = self;
        let asked = format!("{action} on {resource}");
        match decision {
            Decision::Allowed(Some(by)) => {
                format!("{caller} may {asked}: {} allows it.", cited(by))
            }
            Decision::Allowed(None) => {
                format!("{caller} may {asked}: it is the root of its account.")
            }
            Decision::Denied(by) => format!("{caller} may not {asked}: {} denies it.", cited(by)),
            Decision::NotAllowed(layer) => {
                format!("{caller} may not {asked}: no {} allows it.", name(*layer))
            }
        }
    }
}

fn cited(by: &Citation) -> String {
    let Citation { layer, policy, sid, line, .. } = by;
    format!("{} of the {} {policy}", statement(sid.as_deref(), *line), name(*layer))
}

fn statement(sid: Option<&str>, line: u32) -> String {
    match sid {
        Some(sid) => format!("statement {sid} (line {line})"),
        None => format!("the statement in line {line}"),
    }
}

fn sentence(policy: &PolicyLook, seen: &StatementLook) -> String {
    let where_ = format!("{}, {}", policy.name, statement(seen.sid.as_deref(), seen.line));
    let verb = match seen.effect {
        Effect::Allow => "allows",
        Effect::Deny => "denies",
    };
    match &seen.look {
        Look::Applies => format!("{where_}: {verb} it."),
        Look::OtherPrincipal => format!("{where_}: is about other principals."),
        Look::OtherAction { named, all_but } => {
            format!("{where_}: is about {}.", about("actions", named, *all_but))
        }
        Look::OtherResource { named, all_but } => {
            format!("{where_}: is about {}.", about("resources", named, *all_but))
        }
        Look::Token(why) => format!("{}: {why}.", policy.name),
        Look::FalseConditions(conditions) => {
            let said: Vec<String> = conditions.iter().map(ToString::to_string).collect();
            format!("{where_}: {verb} it only if {}.", said.join(", and "))
        }
    }
}

fn about(what: &str, named: &[String], all_but: bool) -> String {
    match all_but {
        true => format!("all {what} but {}", list(named)),
        false => format!("the {what} {}", list(named)),
    }
}

fn list(texts: &[String]) -> String {
    let shown = &texts[..texts.len().min(NAMES_SHOWN_MAX)];
    match texts.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A text in quotes, with nothing in it that would steer a terminal.
pub(super) fn quoted(texts: &[String]) -> String {
    list(&texts.iter().map(|text| format!("\"{}\"", text.escape_debug())).collect::<Vec<_>>())
}

impl fmt::Display for FalseCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operator, key, line, wanted, found } = self;
        write!(f, "{key} {operator} {} (line {line}), but ", quoted(wanted))?;
        match found.is_empty() {
            true => f.write_str("the request has no such key"),
            false => write!(f, "it is {}", quoted(found)),
        }
    }
}
