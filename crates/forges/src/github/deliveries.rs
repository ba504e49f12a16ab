//! What GitHub delivered to a hook, and asking for it again. It keeps deliveries for some days and
//! sends none of them again by itself.

use super::GitHub;
use crate::Error;
use crate::forge::{Asked, Deliveries, Delivery, Redelivery, RepositoryAccess};
use crate::hooks::{RestHooks, hook};
use crate::limits::PAGE_SIZE;
use crate::path::number;
use crate::rest::{Pages, linked};
use domain::{Secret, Timestamp};
use egress::Method;
use serde::Deserialize;

/// `status_code` is 0 where no answer came.
#[derive(Deserialize)]
struct DeliveryAnswer {
    id: u64,
    guid: String,
    delivered_at: String,
    event: String,
    status_code: u16,
    #[serde(default)]
    redelivery: bool,
}

impl From<DeliveryAnswer> for Delivery {
    fn from(it: DeliveryAnswer) -> Self {
        Self {
            id: it.id.to_string(),
            guid: Some(it.guid),
            event: it.event,
            at: Timestamp::from_rfc3339(&it.delivered_at),
            again: it.redelivery,
            status: (it.status_code != 0).then_some(it.status_code),
        }
    }
}

#[async_trait::async_trait]
impl Redelivery for GitHub {
    async fn deliveries(
        &self,
        access: RepositoryAccess<'_>,
        hook_id: &str,
        since: Timestamp,
    ) -> Result<Deliveries, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the deliveries of {}", hook(hook_id, repository));
        let path = format!("{}/deliveries", Self::hook_path(repository, hook_id)?);
        self.read_deliveries(token, &path, &what, since).await
    }

    async fn redeliver(
        &self,
        access: RepositoryAccess<'_>,
        hook_id: &str,
        delivery_id: &str,
    ) -> Result<Asked, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("delivery {delivery_id} of {}", hook(hook_id, repository));
        let hook = Self::hook_path(repository, hook_id)?;
        let path = format!("{hook}/deliveries/{}/attempts", number(delivery_id, "delivery")?);
        self.rest.call(token, Method::POST, &path, None, &what).await?;
        Ok(Asked::Taken)
    }
}

impl GitHub {
    /// The newest come first, so that reading stops at the first page that is old enough.
    pub(super) async fn read_deliveries(
        &self,
        token: &Secret,
        path: &str,
        what: &str,
        since: Timestamp,
    ) -> Result<Deliveries, Error> {
        let pages = Pages { rest: &self.rest, token, what };
        let first = format!("{path}?per_page={PAGE_SIZE}");
        let is_new = |it: &DeliveryAnswer| {
            Timestamp::from_rfc3339(&it.delivered_at).is_none_or(|at| at >= since)
        };
        let (found, _) = pages.some(first, linked, is_new).await?;
        Ok(Deliveries::Listed(found.into_iter().filter(is_new).map(Delivery::from).collect()))
    }
}
