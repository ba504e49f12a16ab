//! The hooks of a repository, and the last of their deliveries: more is not remembered, and none
//! is sent again.

use super::BitbucketServer;
use super::api::{page, repository_path};
use crate::Error;
use crate::answer::read;
use crate::forge::{Asked, Deliveries, Delivery, Hook, HookTarget, Hooks, Redelivery};
use crate::limits::PAGE_SIZE;
use crate::path::{number, segment};
use crate::rest::Pages;
use domain::{RepositoryName, Secret, Timestamp};
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// `repo:modified` tells a rename.
pub(super) const EVENTS: [&str; 8] = [
    "repo:refs_changed",
    "pr:opened",
    "pr:from_ref_updated",
    "pr:modified",
    "pr:merged",
    "pr:declined",
    "pr:deleted",
    "repo:modified",
];

/// What people see in the repository's settings.
const NAME: &str = "Towpath";

#[derive(Deserialize)]
struct HookAnswer {
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
impl Hooks for BitbucketServer {
    fn hook_events(&self) -> &'static [&'static str] {
        &EVENTS
    }

    async fn hooks(&self, token: &Secret, repository: &RepositoryName) -> Result<Vec<Hook>, Error> {
        let what = format!("the hooks of {repository}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let first = format!("{}/webhooks?limit={PAGE_SIZE}", repository_path(repository)?);
        let found = pages.all(first, page::<HookAnswer>).await?;
        Ok(found.into_iter().map(Hook::from).collect())
    }

    async fn create_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.write_hook(token, repository, None, target).await
    }

    async fn update_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.write_hook(token, repository, Some(id), target).await
    }

    async fn delete_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error> {
        let what = format!("hook {id} of {repository}");
        let path = hook_path(repository, id)?;
        self.rest.remove(token, &path, &what).await
    }

    /// The test goes to a URL, so the hook's own is looked up first.
    async fn ping_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<Asked, Error> {
        let what = format!("hook {id} of {repository}");
        let (path, hooks) = (hook_path(repository, id)?, repository_path(repository)?);
        let hook: HookAnswer = self.rest.ask(token, Method::GET, &path, None, &what).await?;
        let url = segment(&hook.url);
        let path = format!("{hooks}/webhooks/test?webhookId={}&url={url}", hook.id);
        self.rest.call(token, Method::POST, &path, Some(json!({})), &what).await?;
        Ok(Asked::Taken)
    }
}

#[async_trait::async_trait]
impl Redelivery for BitbucketServer {
    async fn deliveries(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
        _since: Timestamp,
    ) -> Result<Deliveries, Error> {
        let what = format!("the last delivery of hook {id} of {repository}");
        let path = format!("{}/latest", hook_path(repository, id)?);
        let response = self.rest.call(token, Method::GET, &path, None, &what).await?;
        if response.status.as_u16() == 204 {
            return Ok(Deliveries::Last(None));
        }
        let found: InvocationAnswer = read(&response, &what)?;
        Ok(Deliveries::Last(Some(found.into())))
    }
}

impl BitbucketServer {
    /// Creates a hook, or changes the one with this id.
    async fn write_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: Option<&str>,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        let what = format!("the hook of {repository}");
        let (method, path) = match id {
            Some(id) => (Method::PUT, hook_path(repository, id)?),
            None => (Method::POST, format!("{}/webhooks", repository_path(repository)?)),
        };
        let body = Some(body(target));
        let hook: HookAnswer = self.rest.ask(token, method, &path, body, &what).await?;
        Ok(hook.into())
    }
}

/// An empty secret makes some versions fail; ours never is.
fn body(target: &HookTarget) -> Value {
    json!({
        "name": NAME,
        "url": target.url.as_str(),
        "active": true,
        "events": EVENTS,
        "configuration": {"secret": target.secret.expose()},
        "sslVerificationRequired": true,
    })
}

fn hook_path(repository: &RepositoryName, id: &str) -> Result<String, Error> {
    Ok(format!("{}/webhooks/{}", repository_path(repository)?, number(id, "hook")?))
}
