//! What GitLab delivered to a hook in the last seven days (since 17.3), and asking for it again
//! (since 17.4; five times a minute). It sends nothing again by itself.

use super::GitLab;
use super::api::page;
use crate::Error;
use crate::forge::{Asked, Deliveries, Delivery, Redelivery, RepositoryAccess};
use crate::hooks::{RestHooks, hook};
use crate::limits::DELIVERIES_PAGE_SIZE;
use crate::path::number;
use crate::rest::Pages;
use domain::Timestamp;
use egress::Method;
use serde::Deserialize;
use serde_json::Value;

/// Of a delivery's headers and bodies, only what tells it from others is kept.
#[derive(Deserialize)]
struct EventAnswer {
    id: u64,
    trigger: String,
    /// `200`, or `internal error` where no answer came; a text, or a number.
    response_status: Value,
    #[serde(default)]
    request_headers: Value,
}

impl From<EventAnswer> for Delivery {
    fn from(it: EventAnswer) -> Self {
        let number = it.response_status.as_u64().and_then(|it| u16::try_from(it).ok());
        let text = || it.response_status.as_str().and_then(|it| it.parse().ok());
        let header = |name: &str| it.request_headers[name].as_str().map(str::to_owned);
        Self {
            id: it.id.to_string(),
            guid: header("Idempotency-Key"),
            event: header("X-Gitlab-Event").unwrap_or(it.trigger),
            at: None,
            again: false,
            status: number.or_else(text),
        }
    }
}

#[async_trait::async_trait]
impl Redelivery for GitLab {
    /// GitLab does not tell when a delivery was sent, and keeps it for seven days. The page is a
    /// small one: each delivery comes with its whole body.
    async fn deliveries(
        &self,
        access: RepositoryAccess<'_>,
        hook_id: &str,
        _since: Timestamp,
    ) -> Result<Deliveries, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the deliveries of {}", hook(hook_id, repository));
        let path = Self::hook_path(repository, hook_id)?;
        let first = format!("{path}/events?per_page={DELIVERIES_PAGE_SIZE}&page=1");
        let pages = Pages { rest: &self.rest, token, what: &what };
        match pages.some(first, page::<EventAnswer>, |_| true).await {
            Ok((found, _)) => {
                Ok(Deliveries::Listed(found.into_iter().map(Delivery::from).collect()))
            }
            // Before 17.3 there is nothing at this path.
            Err(Error::NotFound { .. }) if self.has_hook(access, hook_id).await? => {
                Ok(Deliveries::NotOffered)
            }
            Err(error) => Err(error),
        }
    }

    async fn redeliver(
        &self,
        access: RepositoryAccess<'_>,
        hook_id: &str,
        delivery_id: &str,
    ) -> Result<Asked, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("delivery {delivery_id} of {}", hook(hook_id, repository));
        let delivery = number(delivery_id, "delivery")?;
        let path = format!("{}/events/{delivery}/resend", Self::hook_path(repository, hook_id)?);
        self.rest.call(token, Method::POST, &path, None, &what).await?;
        Ok(Asked::Taken)
    }
}

impl GitLab {
    async fn has_hook(&self, access: RepositoryAccess<'_>, id: &str) -> Result<bool, Error> {
        let RepositoryAccess { token, repository } = access;
        let (path, what) = (Self::hook_path(repository, id)?, hook(id, repository));
        self.rest.call(token, Method::GET, &path, None, &what).await.map(|_| true)
    }
}
