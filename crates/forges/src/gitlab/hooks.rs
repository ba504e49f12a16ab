//! The hooks of a project.

use super::GitLab;
use super::api::{page, project_path};
use crate::Error;
use crate::forge::{Asked, Hook, HookTarget, RepositoryAccess};
use crate::hooks::{RestHooks, hook};
use crate::limits::PAGE_SIZE;
use crate::rest::ReadPage;
use domain::RepositoryName;
use domain::hook_secret::{gitlab_signing_token, gitlab_token};
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

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
pub(crate) struct HookAnswer {
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
impl RestHooks for GitLab {
    type Shown = HookAnswer;
    /// Every kind of event has a switch of its own; these are what pipelines start from.
    const EVENTS: &'static [&'static str] =
        &["push_events", "tag_push_events", "merge_requests_events"];
    const CHANGE: Method = Method::PUT;
    const PAGE: ReadPage<HookAnswer> = page;

    fn hooks_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("{}/hooks", project_path(repository)?))
    }

    fn first_page() -> String {
        format!("per_page={PAGE_SIZE}&page=1")
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
        let on = Self::EVENTS.iter().map(|name| (name, true));
        for (name, is_on) in on.chain(OTHERS.iter().map(|name| (name, false))) {
            body[*name] = json!(is_on);
        }
        body
    }

    /// GitLab sends an example of a push, the last commit of the default branch. It answers 422
    /// where the hook does not take it, or the project has no commit yet.
    async fn ping(&self, access: RepositoryAccess<'_>, id: &str) -> Result<Asked, Error> {
        let RepositoryAccess { token, repository } = access;
        let path = format!("{}/test/push_events", Self::hook_path(repository, id)?);
        self.rest.call(token, Method::POST, &path, None, &hook(id, repository)).await?;
        Ok(Asked::Taken)
    }
}
