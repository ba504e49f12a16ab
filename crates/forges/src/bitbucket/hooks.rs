//! The hooks of a repository.

use super::Bitbucket;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Hook, HookTarget, Hooks};
use crate::limits::PAGE_SIZE;
use crate::path::segment;
use crate::rest::Pages;
use domain::{RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// The last two tell a rename and a move. `pullrequest:updated` comes for a new title, too.
pub(super) const EVENTS: [&str; 7] = [
    "repo:push",
    "pullrequest:created",
    "pullrequest:updated",
    "pullrequest:fulfilled",
    "pullrequest:rejected",
    "repo:updated",
    "repo:transfer",
];

/// What people see in the repository's settings.
const DESCRIPTION: &str = "Towpath";

#[derive(Deserialize)]
struct HookAnswer {
    uuid: String,
    url: String,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    secret_set: bool,
}

impl From<HookAnswer> for Hook {
    fn from(it: HookAnswer) -> Self {
        let signs = it.secret_set;
        Self { id: it.uuid, url: it.url, active: it.active, events: it.events, signs }
    }
}

#[async_trait::async_trait]
impl Hooks for Bitbucket {
    fn hook_events(&self) -> &'static [&'static str] {
        &EVENTS
    }

    async fn hooks(&self, token: &Secret, repository: &RepositoryName) -> Result<Vec<Hook>, Error> {
        let what = format!("the hooks of {repository}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let first = format!("{}/hooks?pagelen={PAGE_SIZE}", repository_path(repository)?);
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
}

impl Bitbucket {
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
            None => (Method::POST, format!("{}/hooks", repository_path(repository)?)),
        };
        let body = Some(body(target));
        let hook: HookAnswer = self.rest.ask(token, method, &path, body, &what).await?;
        Ok(hook.into())
    }
}

fn body(target: &HookTarget) -> Value {
    json!({
        "description": DESCRIPTION,
        "url": target.url.as_str(),
        "active": true,
        "secret": target.secret.expose(),
        "events": EVENTS,
    })
}

/// Hooks have UUIDs in braces, which a path holds only as `%7B…%7D`.
fn hook_path(repository: &RepositoryName, id: &str) -> Result<String, Error> {
    let plain = id.trim_start_matches('{').trim_end_matches('}');
    let is_uuid = plain.len() == 36 && plain.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if !is_uuid {
        return Err(Error::NotFound { what: format!("hook {id:?}") });
    }
    Ok(format!("{}/hooks/{}", repository_path(repository)?, segment(&format!("{{{plain}}}"))))
}
