//! Whether a branch or a tag is protected, which both say of themselves.

use super::GitLab;
use super::repositories::ref_path;
use crate::Error;
use crate::answer::if_told;
use crate::forge::Protection;
use crate::path::check_ref;
use domain::forge_event::GitRef;
use domain::{RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;

/// Older versions do not say it of tags.
#[derive(Deserialize)]
struct RefAnswer {
    protected: Option<bool>,
}

#[async_trait::async_trait]
impl Protection for GitLab {
    async fn is_protected(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error> {
        let what = format!("the protection of {git_ref} of {repository}");
        check_ref(git_ref, &what)?;
        let path = ref_path(repository, git_ref)?;
        let found = self.rest.ask::<RefAnswer>(token, Method::GET, &path, None, &what).await;
        Ok(if_told(found)?.and_then(|found| found.protected))
    }
}
