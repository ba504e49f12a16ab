//! Whether a branch or a tag is protected, which both say of themselves.

use super::GitLab;
use super::api::project_path;
use crate::Error;
use crate::path::segment;
use crate::protection::RestProtection;
use crate::rest::{ReadPage, only};
use domain::RepositoryName;
use domain::forge_event::{GitRef, RefKind};
use serde::Deserialize;

/// Older versions do not say it of tags.
#[derive(Deserialize)]
pub(crate) struct RefAnswer {
    protected: Option<bool>,
}

impl RestProtection for GitLab {
    type Shown = RefAnswer;
    const PAGE: ReadPage<RefAnswer> = only;

    fn shown_at(repository: &RepositoryName, git_ref: &GitRef) -> Result<Option<String>, Error> {
        let kind = match git_ref.kind {
            RefKind::Branch => "branches",
            RefKind::Tag => "tags",
            RefKind::PullRequest => return Ok(None),
        };
        let (project, name) = (project_path(repository)?, segment(&git_ref.name));
        Ok(Some(format!("{project}/repository/{kind}/{name}")))
    }

    fn protects(found: &RefAnswer, _: &GitRef) -> Option<bool> {
        found.protected
    }
}
