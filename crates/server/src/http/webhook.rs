//! Whose a delivery is that comes to one of CodePipeline's webhooks, which people put: by signature,
//! by address, or nobody's.

use std::net::IpAddr;

use domain::webhook::{Proof, WebhookAuthentication};
use ipnet::IpNet;
use store::{HookRow, WebhookRow};

use super::webhooks::{Refusal, shown};
use crate::limits::{UNPROVEN_WEBHOOK_BYTES_MAX, WEBHOOK_BYTES_MAX};
use crate::shared::Shared;

/// The webhook whose URL a hook's is; `None` for the hook of a connection.
pub(super) async fn find(shared: &Shared, hook: &HookRow) -> Result<Option<WebhookRow>, Refusal> {
    if !hook.connection.is_source_action() {
        return Ok(None);
    }
    match shared.desk.store.list::<WebhookRow>(WebhookRow::by_hook(&hook.id)).await {
        Ok(rows) => rows.into_iter().next().map(Some).ok_or(Refusal::UnknownHook),
        Err(cause) => Err(Refusal::not_written(cause, "a webhook could not be looked up")),
    }
}

/// What anybody may send is small: nothing in it is used.
pub(super) fn bytes_max(webhook: &WebhookRow) -> usize {
    match webhook.authentication {
        WebhookAuthentication::GithubHmac => WEBHOOK_BYTES_MAX,
        _ => UNPROVEN_WEBHOOK_BYTES_MAX,
    }
}

/// Has a delivery show what its webhook asks for; gives what is written of it.
pub(super) fn prove(
    webhook: &WebhookRow,
    from: Option<IpAddr>,
    signed: impl FnOnce() -> Result<&'static str, webhooks::SignatureRefusal>,
) -> Result<&'static str, Refusal> {
    let proof = match &webhook.authentication {
        WebhookAuthentication::GithubHmac => signed().map(|_| Proof::Signature)?,
        WebhookAuthentication::Ip { range } => {
            let range: Option<IpNet> = range.parse().ok();
            let allowed = from.zip(range).is_some_and(|(from, range)| range.contains(&from));
            allowed.then_some(Proof::Address).ok_or_else(|| Refusal::Address(shown(from)))?
        }
        WebhookAuthentication::Unauthenticated => Proof::Nothing,
    };
    Ok(proof.verdict())
}
