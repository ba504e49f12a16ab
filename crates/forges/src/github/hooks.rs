//! The hooks of a repository.

use super::GitHub;
use super::api::{read, repository_path};
use crate::Error;
use crate::forge::{Hook, HookTarget};
use crate::limits::{PAGE_SIZE, PAGES_MAX};
use domain::{RepositoryName, Secret};
use egress::{Method, Response, header};
use serde::Deserialize;
use serde_json::{Value, json};

/// `create` and `delete` would tell the same as `push` a second time.
const EVENTS: [&str; 2] = ["push", "pull_request"];

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
}

impl From<HookAnswer> for Hook {
    fn from(it: HookAnswer) -> Self {
        let url = it.config.url.unwrap_or_default();
        Self { id: it.id.to_string(), url, active: it.active, events: it.events }
    }
}

impl GitHub {
    pub(super) async fn list_hooks(
        &self,
        token: &Secret,
        repository: &RepositoryName,
    ) -> Result<Vec<Hook>, Error> {
        let (path, what) = (hooks_path(repository)?, format!("the hooks of {repository}"));
        let mut hooks = Vec::new();
        for page in 1..=PAGES_MAX {
            let path = format!("{path}?per_page={PAGE_SIZE}&page={page}");
            let response = self.call(token, Method::GET, &path, None, &what).await?;
            let found: Vec<HookAnswer> = read(&response, &what)?;
            hooks.extend(found.into_iter().map(Hook::from));
            if !has_next(&response) {
                return Ok(hooks);
            }
        }
        Err(Error::Unexpected { what, why: format!("more than {PAGES_MAX} pages") })
    }

    /// Creates a hook, or changes the one with this id.
    pub(super) async fn write_hook(
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
                self.ask(token, Method::PATCH, &path, Some(body), &what).await?
            }
            None => {
                body["name"] = json!("web");
                self.ask(token, Method::POST, &path, Some(body), &what).await?
            }
        };
        Ok(hook.into())
    }

    pub(super) async fn remove_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error> {
        let path = format!("{}/{}", hooks_path(repository)?, checked(id)?);
        let what = format!("hook {id} of {repository}");
        match self.call(token, Method::DELETE, &path, None, &what).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn ask_for_ping(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error> {
        let path = format!("{}/{}/pings", hooks_path(repository)?, checked(id)?);
        let what = format!("hook {id} of {repository}");
        self.call(token, Method::POST, &path, None, &what).await.map(drop)
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

fn hooks_path(repository: &RepositoryName) -> Result<String, Error> {
    Ok(format!("repos/{}/hooks", repository_path(repository)?))
}

/// GitHub's ids are numbers; anything else would be a path of its own.
fn checked(id: &str) -> Result<u64, Error> {
    id.parse().map_err(|_| Error::NotFound { what: format!("hook {id:?}") })
}

/// Whether the `Link` header names a next page. The page is asked for by number, so that no URL
/// of the answer is ever followed.
fn has_next(response: &Response) -> bool {
    let link = response.headers.get(header::LINK).and_then(|it| it.to_str().ok());
    link.is_some_and(|link| link.contains(r#"rel="next""#))
}
