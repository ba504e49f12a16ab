//! The hooks of a repository.

use super::GitHub;
use super::api::repository_path;
use crate::Error;
use crate::forge::{Asked, Hook, HookTarget, Hooks};
use crate::limits::PAGE_SIZE;
use crate::path::number;
use crate::rest::{Pages, linked};
use domain::{RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// `create` and `delete` would tell the same as `push` a second time.
pub(super) const EVENTS: [&str; 2] = ["push", "pull_request"];

#[derive(Deserialize)]
struct HookAnswer {
    id: u64,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    config: HookConfig,
}

#[derive(Default, Deserialize)]
struct HookConfig {
    url: Option<String>,
    /// Stars, where there is one.
    secret: Option<String>,
}

impl From<HookAnswer> for Hook {
    fn from(it: HookAnswer) -> Self {
        let url = it.config.url.unwrap_or_default();
        let signs = it.config.secret.is_some();
        Self { id: it.id.to_string(), url, active: it.active, events: it.events, signs }
    }
}

#[async_trait::async_trait]
impl Hooks for GitHub {
    fn hook_events(&self) -> &'static [&'static str] {
        &EVENTS
    }

    async fn hooks(&self, token: &Secret, repository: &RepositoryName) -> Result<Vec<Hook>, Error> {
        let what = format!("the hooks of {repository}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let first = format!("{}?per_page={PAGE_SIZE}", hooks_path(repository)?);
        let found = pages.all(first, linked::<HookAnswer>).await?;
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
        let path = format!("{}/{}", hooks_path(repository)?, checked(id)?);
        let what = format!("hook {id} of {repository}");
        self.rest.remove(token, &path, &what).await
    }

    async fn ping_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<Asked, Error> {
        let path = format!("{}/{}/pings", hooks_path(repository)?, checked(id)?);
        let what = format!("hook {id} of {repository}");
        self.rest.call(token, Method::POST, &path, None, &what).await?;
        Ok(Asked::Taken)
    }
}

impl GitHub {
    /// Creates a hook, or changes the one with this id.
    async fn write_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: Option<&str>,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        let path = hooks_path(repository)?;
        let what = format!("the hook of {repository}");
        let mut body = json!({"active": true, "events": EVENTS, "config": config(target)});
        let hook: HookAnswer = match id {
            Some(id) => {
                let path = format!("{path}/{}", checked(id)?);
                self.rest.ask(token, Method::PATCH, &path, Some(body), &what).await?
            }
            None => {
                body["name"] = json!("web");
                self.rest.ask(token, Method::POST, &path, Some(body), &what).await?
            }
        };
        Ok(hook.into())
    }
}

/// GitHub's own default for `content_type` is a form.
fn config(target: &HookTarget) -> Value {
    json!({
        "url": target.url.as_str(),
        "content_type": "json",
        "secret": target.secret.expose(),
        "insecure_ssl": "0",
    })
}

pub(super) fn hooks_path(repository: &RepositoryName) -> Result<String, Error> {
    Ok(format!("repos/{}/hooks", repository_path(repository)?))
}

pub(super) fn checked(id: &str) -> Result<u64, Error> {
    number(id, "hook")
}
