//! The hooks of a repository.

use super::GitHub;
use super::api::repository_path;
use crate::Error;
use crate::forge::{Asked, Hook, HookTarget, RepositoryAccess};
use crate::hooks::{RestHooks, hook};
use crate::limits::PAGE_SIZE;
use crate::rest::{ReadPage, linked};
use domain::RepositoryName;
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(crate) struct HookAnswer {
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
impl RestHooks for GitHub {
    type Shown = HookAnswer;
    /// `create` and `delete` would tell the same as `push` a second time.
    const EVENTS: &'static [&'static str] = &["push", "pull_request"];
    const CHANGE: Method = Method::PATCH;
    const PAGE: ReadPage<HookAnswer> = linked;

    fn hooks_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("repos/{}/hooks", repository_path(repository)?))
    }

    fn first_page() -> String {
        format!("per_page={PAGE_SIZE}")
    }

    fn body(target: &HookTarget) -> Value {
        json!({"active": true, "events": Self::EVENTS, "config": config(target)})
    }

    fn new_body(target: &HookTarget) -> Value {
        let mut body = Self::body(target);
        body["name"] = json!("web");
        body
    }

    async fn ping(&self, access: RepositoryAccess<'_>, id: &str) -> Result<Asked, Error> {
        let RepositoryAccess { token, repository } = access;
        let path = format!("{}/pings", Self::hook_path(repository, id)?);
        self.rest.call(token, Method::POST, &path, None, &hook(id, repository)).await?;
        Ok(Asked::Taken)
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
