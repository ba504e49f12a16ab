//! Whether a branch or a tag is restricted: who may change it, or whether its history may be rewritten.

use super::BitbucketServer;
use super::api::{page, restrictions_path};
use crate::Error;
use crate::answer::if_told;
use crate::forge::Protection;
use crate::limits::PAGE_SIZE;
use crate::path::check_ref;
use crate::rest::Pages;
use crate::restriction::protects;
use domain::forge_event::GitRef;
use domain::glob::Pattern;
use domain::{RepositoryName, Secret};
use serde::Deserialize;

/// Keeps nothing but the deletion of a ref away.
const NO_DELETES: &str = "no-deletes";

#[derive(Deserialize)]
struct RestrictionAnswer {
    #[serde(rename = "type")]
    kind: String,
    matcher: MatcherAnswer,
}

#[derive(Deserialize)]
struct MatcherAnswer {
    /// A full ref, a pattern, or what the branching model calls a branch or a kind of branches.
    id: String,
    #[serde(rename = "type")]
    kind: MatcherKind,
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct MatcherKind {
    id: String,
}

impl MatcherAnswer {
    /// Whether it is of this ref; `None` where only the branching model knows.
    fn is_of(&self, git_ref: &GitRef) -> Option<bool> {
        match (self.active, self.kind.id.as_str()) {
            (false, _) => Some(false),
            (true, "BRANCH") => Some(self.id == git_ref.full()),
            (true, "PATTERN") => Some(is_matched(&self.id, &git_ref.full())),
            (true, _) => None,
        }
    }
}

#[async_trait::async_trait]
impl Protection for BitbucketServer {
    /// Restrictions are shown to the repository's administrators.
    async fn is_protected(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error> {
        let what = format!("the restrictions of {repository}");
        check_ref(git_ref, &what)?;
        let first = format!("{}?limit={PAGE_SIZE}", restrictions_path(repository)?);
        let pages = Pages { rest: &self.rest, token, what: &what };
        let found = if_told(pages.all(first, page::<RestrictionAnswer>).await)?;
        Ok(found.and_then(|found| {
            let protecting = found.iter().filter(|it| it.kind != NO_DELETES);
            protects(protecting.map(|it| it.matcher.is_of(git_ref)))
        }))
    }
}

/// A pattern matches from any part of the full name on (Bitbucket Server's documentation of branch
/// permission patterns): `release` is `refs/heads/release`, `1.*` is `refs/heads/release/1.2`. A slash
/// at its end stands for everything below.
fn is_matched(pattern: &str, full: &str) -> bool {
    let below = if pattern.ends_with('/') { "**" } else { "" };
    let Ok(pattern) = Pattern::parse(&format!("{pattern}{below}")) else { return false };
    let begins = std::iter::once(0).chain(full.match_indices('/').map(|(at, _)| at + 1));
    begins.into_iter().any(|at| pattern.matches(&full[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_begins_at_any_part_of_the_name() {
        let check = |pattern: &str, full: &str, expect: bool| {
            assert_eq!(is_matched(pattern, full), expect, "{pattern} {full}");
        };
        check("main", "refs/heads/main", true);
        check("main", "refs/heads/domain", false);
        check("1.*", "refs/heads/release/1.2", true);
        check("release/*", "refs/heads/release/1.2", true);
        check("release/*", "refs/heads/release/1/2", false);
        check("release/", "refs/heads/release/1/2", true);
        check("heads/**", "refs/tags/v1", false);
        check("refs/tags/v*", "refs/tags/v1", true);
        check("[", "refs/heads/main", false);
    }
}
