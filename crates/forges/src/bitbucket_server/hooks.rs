//! The hooks of a repository, and the last of their deliveries: more is not remembered, and none
//! is sent again.

use super::BitbucketServer;
use super::api::{page, repository_path};
use crate::Error;
use crate::answer::read;
use crate::forge::{Asked, Deliveries, Delivery, Hook, HookTarget, Redelivery, RepositoryAccess};
use crate::hooks::{RestHooks, hook};
use crate::limits::PAGE_SIZE;
use crate::path::segment;
use crate::rest::ReadPage;
use domain::{RepositoryName, Timestamp};
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// What people see in the repository's settings.
const NAME: &str = "Towpath";

#[derive(Deserialize)]
pub(crate) struct HookAnswer {
    id: u64,
    url: String,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    events: Vec<String>,
    /// Holds the secret itself, which administrators are shown.
    #[serde(default)]
    configuration: Value,
}

impl From<HookAnswer> for Hook {
    fn from(it: HookAnswer) -> Self {
        let signs = it.configuration["secret"].as_str().is_some_and(|secret| !secret.is_empty());
        Self { id: it.id.to_string(), url: it.url, active: it.active, events: it.events, signs }
    }
}

/// `result.description` is the status that was answered, or what went wrong.
#[derive(Deserialize)]
struct InvocationAnswer {
    id: u64,
    event: String,
    start: Option<i64>,
    #[serde(default)]
    result: Value,
}

impl From<InvocationAnswer> for Delivery {
    fn from(it: InvocationAnswer) -> Self {
        Self {
            id: it.id.to_string(),
            guid: None,
            event: it.event,
            at: it.start.map(Timestamp),
            again: false,
            status: it.result["description"].as_str().and_then(|text| text.parse().ok()),
        }
    }
}

#[async_trait::async_trait]
impl RestHooks for BitbucketServer {
    type Shown = HookAnswer;
    /// `repo:modified` tells a rename.
    const EVENTS: &'static [&'static str] = &[
        "repo:refs_changed",
        "pr:opened",
        "pr:from_ref_updated",
        "pr:modified",
        "pr:merged",
        "pr:declined",
        "pr:deleted",
        "repo:modified",
    ];
    const CHANGE: Method = Method::PUT;
    const PAGE: ReadPage<HookAnswer> = page;

    fn hooks_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("{}/webhooks", repository_path(repository)?))
    }

    fn first_page() -> String {
        format!("limit={PAGE_SIZE}")
    }

    /// An empty secret makes some versions fail; ours never is.
    fn body(target: &HookTarget) -> Value {
        json!({
            "name": NAME,
            "url": target.url.as_str(),
            "active": true,
            "events": Self::EVENTS,
            "configuration": {"secret": target.secret.expose()},
            "sslVerificationRequired": true,
        })
    }

    /// The test goes to a URL, so the hook's own is looked up first.
    async fn ping(&self, access: RepositoryAccess<'_>, id: &str) -> Result<Asked, Error> {
        let RepositoryAccess { token, repository } = access;
        let (path, what) = (Self::hook_path(repository, id)?, hook(id, repository));
        let found: HookAnswer = self.rest.get(token, &path, &what).await?;
        let (hooks, url) = (Self::hooks_path(repository)?, segment(&found.url));
        let path = format!("{hooks}/test?webhookId={}&url={url}", found.id);
        self.rest.call(token, Method::POST, &path, Some(json!({})), &what).await?;
        Ok(Asked::Taken)
    }
}

#[async_trait::async_trait]
impl Redelivery for BitbucketServer {
    async fn deliveries(
        &self,
        access: RepositoryAccess<'_>,
        id: &str,
        _since: Timestamp,
    ) -> Result<Deliveries, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the last delivery of {}", hook(id, repository));
        let path = format!("{}/latest", Self::hook_path(repository, id)?);
        let response = self.rest.call(token, Method::GET, &path, None, &what).await?;
        if response.status.as_u16() == 204 {
            return Ok(Deliveries::Last(None));
        }
        let found: InvocationAnswer = read(&response, &what)?;
        Ok(Deliveries::Last(Some(found.into())))
    }
}
