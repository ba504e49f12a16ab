//! Whether a branch is protected: by a rule of its own or by a ruleset, which one member tells.

use super::GitHub;
use super::api::repository_path;
use crate::Error;
use crate::answer::if_told;
use crate::forge::Protection;
use crate::path::{check_ref, segment};
use domain::forge_event::{GitRef, RefKind};
use domain::{RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;

#[derive(Deserialize)]
struct BranchAnswer {
    protected: Option<bool>,
}

#[async_trait::async_trait]
impl Protection for GitHub {
    /// No one question tells it of a tag: rulesets for tags would have to be read and judged here.
    async fn is_protected(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error> {
        let what = format!("the protection of {git_ref} of {repository}");
        check_ref(git_ref, &what)?;
        if git_ref.kind == RefKind::Tag {
            return Ok(None);
        }
        let (repository, branch) = (repository_path(repository)?, segment(&git_ref.name));
        let path = format!("repos/{repository}/branches/{branch}");
        let found = self.rest.ask::<BranchAnswer>(token, Method::GET, &path, None, &what).await;
        Ok(if_told(found)?.and_then(|branch| branch.protected))
    }
}
