//! Whether a branch is restricted: who may push to it, or whether its history may be rewritten.

use super::Bitbucket;
use super::api::{page, repository_path};
use crate::Error;
use crate::answer::if_told;
use crate::forge::Protection;
use crate::limits::PAGE_SIZE;
use crate::path::check_ref;
use crate::rest::Pages;
use crate::restriction::protects;
use domain::forge_event::{GitRef, RefKind};
use domain::glob::Pattern;
use domain::{RepositoryName, Secret};
use serde::Deserialize;

/// The kinds that keep commits out. The others are about merges, and about deletion.
const PROTECTING: [&str; 2] = ["push", "force"];

#[derive(Deserialize)]
struct RestrictionAnswer {
    kind: String,
    /// `glob`, or `branching_model`: then what it is for stands in the model.
    branch_match_kind: Option<String>,
    #[serde(default)]
    pattern: String,
}

impl RestrictionAnswer {
    /// Whether it is of this branch; `None` where only the branching model knows.
    fn is_of(&self, branch: &str) -> Option<bool> {
        match self.branch_match_kind.as_deref() {
            Some("branching_model") => None,
            _ => Some(Pattern::parse(&self.pattern).is_ok_and(|it| it.matches(branch))),
        }
    }
}

#[async_trait::async_trait]
impl Protection for Bitbucket {
    /// Restrictions are shown to administrators whose token has the scope `repository:admin`, and there
    /// are none of tags.
    async fn is_protected(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error> {
        let what = format!("the restrictions of {repository}");
        check_ref(git_ref, &what)?;
        if git_ref.kind == RefKind::Tag {
            return Ok(None);
        }
        let path = repository_path(repository)?;
        let first = format!("{path}/branch-restrictions?pagelen={PAGE_SIZE}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let found = if_told(pages.all(first, page::<RestrictionAnswer>).await)?;
        Ok(found.and_then(|found| {
            let protecting = found.iter().filter(|it| PROTECTING.contains(&it.kind.as_str()));
            protects(protecting.map(|it| it.is_of(&git_ref.name)))
        }))
    }
}
