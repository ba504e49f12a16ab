//! Whether a statement is for everyone: it names nobody, and no condition says who it is.

use super::width::is_of_anyone;
use super::{claim_key, holds_without_claim};
use crate::policy::{Condition, Named, Statement};

/// The keys that tell who calls, or from where; beside them tags of the caller and claims of a token.
const CALLER_KEYS: [&str; 13] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:userid",
    "aws:federatedprovider",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "sts:externalid",
];

pub(super) fn is_for_everyone(statement: &Statement) -> bool {
    let principals = statement.principals.as_ref();
    let names_nobody =
        principals.is_some_and(|it| it.negated || it.named.contains(&Named::Everyone));
    names_nobody && !statement.conditions.iter().any(|condition| closes(condition, statement))
}

/// Whether nobody gets by this condition but whom its values name.
fn closes(condition: &Condition, statement: &Statement) -> bool {
    let key = &*condition.folded_key;
    let of_caller = CALLER_KEYS.contains(&key)
        || key.starts_with("aws:principaltag/")
        || claim_key(condition).is_some();
    let row = condition.operator.row;
    let kind = ["String", "Arn", "IpAddress"].iter().any(|kind| row.name.starts_with(kind));
    let literal = row.name.starts_with("StringEquals");
    let named = |value: &str| (literal || !is_of_anyone(value)) && !value.ends_with("/0");
    of_caller
        && kind
        && !row.negated
        && !holds_without_claim(condition, statement)
        && condition.wanted.iter().all(|wanted| named(&wanted.text))
}
