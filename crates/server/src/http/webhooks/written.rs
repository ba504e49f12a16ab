//! A delivery is written down, and the intake loop told of it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;

use axum::body::Bytes;
use axum::http::HeaderMap;
use domain::connection::ProviderType;
use domain::{AccountId, DeliveryId, HookId, Timestamp};
use store::{DeliveryBodyRow, DeliveryRow};

use super::Refusal;
use crate::shared::Shared;

/// What is written down of a delivery beside its body and its hook.
pub(super) struct Sent<'a> {
    pub(super) account: &'a AccountId,
    pub(super) provider: ProviderType,
    pub(super) verdict: &'a str,
    pub(super) received: Timestamp,
    pub(super) headers: &'a webhooks::Headers,
}

impl Sent<'_> {
    /// Writes it down; gives the delivery's id.
    pub(super) async fn write(
        &self,
        shared: &Shared,
        hook: HookId,
        body: Bytes,
    ) -> Result<DeliveryId, Refusal> {
        let Sent { provider, received, headers, .. } = *self;
        let id = DeliveryId::new(format!("dlv-{}", shared.entropy.uuid_of(received)));
        let row = DeliveryRow {
            account: self.account.clone(),
            id: id.clone(),
            hook,
            forge_delivery: webhooks::delivery_id(provider, headers).unwrap_or_default().to_owned(),
            received,
            state: store::NEW.to_owned(),
            digest: domain::Digest::of(&body).0,
            provider: provider.as_str().to_owned(),
            event: webhooks::event_name(provider, headers).unwrap_or_default().to_owned(),
            verdict: self.verdict.to_owned(),
        };
        let said = DeliveryBodyRow {
            account: row.account.clone(),
            delivery: id.clone(),
            received,
            body: body.into(),
            headers: kept(headers),
        };
        receive(shared, row, said).await?;
        Ok(id)
    }
}

async fn receive(shared: &Shared, row: DeliveryRow, said: DeliveryBodyRow) -> Result<(), Refusal> {
    let received = shared.desk.store.receive(row.clone(), said).await;
    received
        .map_err(|cause| Refusal::not_written(cause, "a delivery could not be written down"))?;
    tracing::debug!(delivery = %row.id, "delivery written");
    shared.counters.deliveries.fetch_add(1, Relaxed);
    // A lost message is found again: the loop also reads what is new in the inbox.
    let _ = shared.intake.send(row);
    Ok(())
}

/// The headers whose values are text.
pub(super) fn texts(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}

/// The headers that are kept: all but those by which a proxy, a client or a GitLab shows who it is.
fn kept(headers: &webhooks::Headers) -> BTreeMap<String, String> {
    let private = ["authorization", "cookie", "proxy-authorization", "x-gitlab-token"];
    let shown = headers.iter().filter(|(name, _)| !private.contains(name));
    shown.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_is_kept_that_shows_who_somebody_is() {
        let shown = ["Authorization", "Cookie", "X-Gitlab-Token", "X-Gitlab-Event"];
        let headers = webhooks::Headers::from_iter(shown.map(|name| (name, "x")));
        assert_eq!(kept(&headers).into_keys().collect::<Vec<_>>(), ["x-gitlab-event"]);
    }
}
