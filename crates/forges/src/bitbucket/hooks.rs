//! The hooks of a repository.

use super::Bitbucket;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Hook, HookTarget};
use crate::hooks::RestHooks;
use crate::limits::PAGE_SIZE;
use crate::path::segment;
use crate::rest::ReadPage;
use domain::RepositoryName;
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// What people see in the repository's settings.
const DESCRIPTION: &str = "Towpath";

#[derive(Deserialize)]
pub(crate) struct HookAnswer {
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

impl RestHooks for Bitbucket {
    type Shown = HookAnswer;
    /// The last two tell a rename and a move. `pullrequest:updated` comes for a new title, too.
    const EVENTS: &'static [&'static str] = &[
        "repo:push",
        "pullrequest:created",
        "pullrequest:updated",
        "pullrequest:fulfilled",
        "pullrequest:rejected",
        "repo:updated",
        "repo:transfer",
    ];
    const CHANGE: Method = Method::PUT;
    const PAGE: ReadPage<HookAnswer> = page;

    fn hooks_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("{}/hooks", repository_path(repository)?))
    }

    fn first_page() -> String {
        format!("pagelen={PAGE_SIZE}")
    }

    fn body(target: &HookTarget) -> Value {
        json!({
            "description": DESCRIPTION,
            "url": target.url.as_str(),
            "active": true,
            "secret": target.secret.expose(),
            "events": Self::EVENTS,
        })
    }

    /// Hooks have UUIDs in braces, which a path holds only as `%7B…%7D`.
    fn id_segment(id: &str) -> Result<String, Error> {
        let plain = id.trim_start_matches('{').trim_end_matches('}');
        let is_uuid =
            plain.len() == 36 && plain.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        if !is_uuid {
            return Err(Error::NotFound { what: format!("hook {id:?}") });
        }
        Ok(segment(&format!("{{{plain}}}")))
    }
}
