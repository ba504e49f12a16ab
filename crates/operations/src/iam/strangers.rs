//! A trust policy that lets strangers in is saved only by who insists, by a tag of the role: every
//! client can set one, policies can forbid it (`aws:RequestTag`), and it stays visible.

use std::collections::BTreeMap;

use identity::lint::lint;
use identity::policy::Policy;
use identity::trust::Provider;
use store::{View, Want};
use wire::AwsError;

use super::providers::{all, is_own, wants_all};
use crate::caller::Caller;
use crate::refusal::Refused;

/// The tag, and its value, of a role that is meant to be open.
pub const INSISTED: (&str, &str) = ("towpath:trust", "open");

/// What [`keep_out`] looks at.
pub(super) fn wants(caller: &Caller) -> Vec<Want> {
    wants_all(caller)
}

/// Refuses a trust policy by which strangers could come in, unless the role's tags insist.
///
/// # Errors
/// `MalformedPolicyDocument`: every open door, where it is, and the narrowest change that shuts it.
pub(super) fn keep_out(
    caller: &Caller,
    trust: &Policy,
    tags: &BTreeMap<String, String>,
    view: &View,
) -> Result<(), Refused> {
    let (tag, value) = INSISTED;
    if tags.get(tag).is_some_and(|it| it == value) {
        return Ok(());
    }
    let providers = all(caller, view).into_iter().map(|row| Provider {
        arn: row.arn(),
        ours: is_own(caller, &row),
        issuer: row.url,
        client_ids: row.client_ids,
    });
    let lints = lint(trust, &providers.collect::<Vec<_>>());
    let open: Vec<String> = lints
        .iter()
        .filter(|lint| lint.rule.is_open())
        .map(|lint| lint.finding.to_string())
        .collect();
    match open.is_empty() {
        true => Ok(()),
        false => Err(AwsError::refused(
            "MalformedPolicyDocumentException",
            format!(
                "This trust policy lets strangers in. {}. Where that is meant, tag the role {tag}={value} first.",
                open.join(". ")
            ),
        )),
    }
}
