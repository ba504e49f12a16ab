//! The hooks of a project.

use super::GitLab;
use super::api::{page, project_path};
use crate::Error;
use crate::forge::{Asked, Hook, HookTarget, Hooks};
use crate::limits::PAGE_SIZE;
use crate::path::number;
use crate::rest::Pages;
use domain::hook_secret::{gitlab_signing_token, gitlab_token};
use domain::{RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// Every kind of event has a switch of its own; these are what pipelines start from.
pub(super) const OURS: [&str; 3] = ["push_events", "tag_push_events", "merge_requests_events"];

/// Switched off again where somebody edited the hook: none of them starts anything.
const OTHERS: [&str; 6] = [
    "issues_events",
    "note_events",
    "job_events",
    "pipeline_events",
    "wiki_page_events",
    "releases_events",
];

#[derive(Deserialize)]
struct HookAnswer {
    id: u64,
    url: String,
    /// `executable`, or `disabled` and `temporarily_disabled` after failures. Older ones and
    /// those where hooks are never disabled say nothing.
    alert_status: Option<String>,
    #[serde(default)]
    signing_token_present: bool,
    #[serde(flatten)]
    switches: serde_json::Map<String, Value>,
}

impl From<HookAnswer> for Hook {
    fn from(it: HookAnswer) -> Self {
        let on = |(name, value): (&String, &Value)| {
            (name.ends_with("_events") && *value == json!(true)).then(|| name.clone())
        };
        Self {
            id: it.id.to_string(),
            url: it.url,
            active: it.alert_status.is_none_or(|status| status == "executable"),
            events: it.switches.iter().filter_map(on).collect(),
            signs: it.signing_token_present,
        }
    }
}

#[async_trait::async_trait]
impl Hooks for GitLab {
    fn hook_events(&self) -> &'static [&'static str] {
        &OURS
    }

    async fn hooks(&self, token: &Secret, repository: &RepositoryName) -> Result<Vec<Hook>, Error> {
        let what = format!("the hooks of {repository}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let first = format!("{}/hooks?per_page={PAGE_SIZE}&page=1", project_path(repository)?);
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

    /// GitLab sends an example of a push, the last commit of the default branch. It answers 422
    /// where the hook does not take it, or the project has no commit yet.
    async fn ping_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<Asked, Error> {
        let what = format!("hook {id} of {repository}");
        let path = format!("{}/test/push_events", hook_path(repository, id)?);
        self.rest.call(token, Method::POST, &path, None, &what).await?;
        Ok(Asked::Taken)
    }
}

impl GitLab {
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
            None => (Method::POST, format!("{}/hooks", project_path(repository)?)),
        };
        let body = Some(body(target));
        let hook: HookAnswer = self.rest.ask(token, method, &path, body, &what).await?;
        Ok(hook.into())
    }
}

/// Token and signing token go with every change: a new URL makes GitLab forget them.
fn body(target: &HookTarget) -> Value {
    let mut body = json!({
        "url": target.url.as_str(),
        "token": gitlab_token(&target.secret).expose(),
        "signing_token": gitlab_signing_token(&target.secret).expose(),
        "enable_ssl_verification": true,
        "branch_filter_strategy": "all_branches",
        "push_events_branch_filter": "",
    });
    for name in OURS {
        body[name] = json!(true);
    }
    for name in OTHERS {
        body[name] = json!(false);
    }
    body
}

pub(super) fn hook_path(repository: &RepositoryName, id: &str) -> Result<String, Error> {
    Ok(format!("{}/hooks/{}", project_path(repository)?, number(id, "hook")?))
}
