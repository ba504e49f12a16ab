//! Whether a branch is restricted: who may push to it, or whether its history may be rewritten.

use super::Bitbucket;
use super::api::{page, repository_path};
use crate::Error;
use crate::limits::PAGE_SIZE;
use crate::protection::RestProtection;
use crate::rest::ReadPage;
use domain::RepositoryName;
use domain::forge_event::{GitRef, RefKind};
use domain::glob::Pattern;
use serde::Deserialize;

/// The kinds that keep commits out. The others are about merges, and about deletion.
const PROTECTING: [&str; 2] = ["push", "force"];

#[derive(Deserialize)]
pub(crate) struct RestrictionAnswer {
    kind: String,
    /// `glob`, or `branching_model`: then what it is for stands in the model.
    branch_match_kind: Option<String>,
    #[serde(default)]
    pattern: String,
}

impl RestProtection for Bitbucket {
    type Shown = RestrictionAnswer;
    const PAGE: ReadPage<RestrictionAnswer> = page;

    /// Restrictions are shown to administrators whose token has the scope `repository:admin`, and there
    /// are none of tags.
    fn shown_at(repository: &RepositoryName, git_ref: &GitRef) -> Result<Option<String>, Error> {
        if git_ref.kind == RefKind::Tag {
            return Ok(None);
        }
        let path = repository_path(repository)?;
        Ok(Some(format!("{path}/branch-restrictions?pagelen={PAGE_SIZE}")))
    }

    fn protects(it: &RestrictionAnswer, git_ref: &GitRef) -> Option<bool> {
        if !PROTECTING.contains(&it.kind.as_str()) {
            return Some(false);
        }
        match it.branch_match_kind.as_deref() {
            Some("branching_model") => None,
            _ => Some(Pattern::parse(&it.pattern).is_ok_and(|it| it.matches(&git_ref.name))),
        }
    }
}
