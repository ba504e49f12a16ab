//! Whether a branch is protected: by a rule of its own or by a ruleset, which one member tells.

use super::GitHub;
use super::api::repository_path;
use crate::Error;
use crate::path::segment;
use crate::protection::RestProtection;
use crate::rest::{ReadPage, only};
use domain::RepositoryName;
use domain::forge_event::{GitRef, RefKind};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct BranchAnswer {
    protected: Option<bool>,
}

impl RestProtection for GitHub {
    type Shown = BranchAnswer;
    const PAGE: ReadPage<BranchAnswer> = only;

    /// No one question tells it of a tag: rulesets for tags would have to be read and judged here.
    fn shown_at(repository: &RepositoryName, git_ref: &GitRef) -> Result<Option<String>, Error> {
        if git_ref.kind == RefKind::Tag {
            return Ok(None);
        }
        let (repository, branch) = (repository_path(repository)?, segment(&git_ref.name));
        Ok(Some(format!("repos/{repository}/branches/{branch}")))
    }

    fn protects(branch: &BranchAnswer, _: &GitRef) -> Option<bool> {
        branch.protected
    }
}
