//! The hooks of a repository as every forge's REST API has them: a list of many pages, and below it
//! each hook by its id. What a hook looks like, and how it is tried out, each driver says itself.

use crate::Error;
use crate::forge::{Asked, Hook, HookTarget, Hooks, RepositoryAccess};
use crate::path::number;
use crate::rest::{OverRest, Pages, ReadPage};
use domain::RepositoryName;
use egress::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What one forge's hooks have of their own; [`Hooks`] follows from it.
#[async_trait::async_trait]
pub(crate) trait RestHooks: OverRest {
    /// A hook as the forge shows it.
    type Shown: DeserializeOwned + Into<Hook> + Send;

    /// The events that concern pipelines, in the forge's names.
    const EVENTS: &'static [&'static str];

    /// Changes a hook.
    const CHANGE: Method;

    /// Reads a page of the list.
    const PAGE: ReadPage<Self::Shown>;

    /// The path of the list.
    fn hooks_path(repository: &RepositoryName) -> Result<String, Error>;

    /// The query of the list's first page.
    fn first_page() -> String;

    /// What a hook with this target is described by.
    fn body(target: &HookTarget) -> Value;

    /// What a new one is described by.
    fn new_body(target: &HookTarget) -> Value {
        Self::body(target)
    }

    /// A hook's id as a segment of a path, if it could be one of the forge's.
    fn id_segment(id: &str) -> Result<String, Error> {
        Ok(number(id, "hook")?.to_string())
    }

    /// The path of one hook.
    fn hook_path(repository: &RepositoryName, id: &str) -> Result<String, Error> {
        Ok(format!("{}/{}", Self::hooks_path(repository)?, Self::id_segment(id)?))
    }

    /// [`Hooks::ping_hook`].
    async fn ping(&self, _access: RepositoryAccess<'_>, _id: &str) -> Result<Asked, Error> {
        Ok(Asked::NotOffered)
    }
}

#[async_trait::async_trait]
impl<F: RestHooks> Hooks for F {
    fn hook_events(&self) -> &'static [&'static str] {
        F::EVENTS
    }

    async fn hooks(&self, access: RepositoryAccess<'_>) -> Result<Vec<Hook>, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the hooks of {repository}");
        let pages = Pages { rest: self.rest(), token, what: &what };
        let first = format!("{}?{}", F::hooks_path(repository)?, F::first_page());
        Ok(pages.all(first, F::PAGE).await?.into_iter().map(Into::into).collect())
    }

    async fn create_hook(
        &self,
        access: RepositoryAccess<'_>,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        let RepositoryAccess { token, repository } = access;
        let (path, what) = (F::hooks_path(repository)?, format!("the hook of {repository}"));
        let body = Some(F::new_body(target));
        let made = self.rest().ask::<F::Shown>(token, Method::POST, &path, body, &what).await?;
        Ok(made.into())
    }

    async fn update_hook(
        &self,
        access: RepositoryAccess<'_>,
        id: &str,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        let RepositoryAccess { token, repository } = access;
        let (path, what) = (F::hook_path(repository, id)?, hook(id, repository));
        let body = Some(F::body(target));
        let changed = self.rest().ask::<F::Shown>(token, F::CHANGE, &path, body, &what).await?;
        Ok(changed.into())
    }

    async fn delete_hook(&self, access: RepositoryAccess<'_>, id: &str) -> Result<(), Error> {
        let RepositoryAccess { token, repository } = access;
        let (path, what) = (F::hook_path(repository, id)?, hook(id, repository));
        self.rest().remove(token, &path, &what).await
    }

    async fn ping_hook(&self, access: RepositoryAccess<'_>, id: &str) -> Result<Asked, Error> {
        self.ping(access, id).await
    }
}

/// A hook as errors name it.
pub(crate) fn hook(id: &str, repository: &RepositoryName) -> String {
    format!("hook {id} of {repository}")
}
