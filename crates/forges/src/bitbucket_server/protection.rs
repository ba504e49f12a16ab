//! Whether a branch or a tag is restricted: who may change it, or whether its history may be rewritten.

use super::BitbucketServer;
use super::api::{page, restrictions_path};
use crate::Error;
use crate::limits::PAGE_SIZE;
use crate::protection::RestProtection;
use crate::rest::ReadPage;
use domain::RepositoryName;
use domain::forge_event::GitRef;
use domain::glob::Pattern;
use serde::Deserialize;

/// Keeps nothing but the deletion of a ref away.
const NO_DELETES: &str = "no-deletes";

#[derive(Deserialize)]
pub(crate) struct RestrictionAnswer {
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

impl RestProtection for BitbucketServer {
    type Shown = RestrictionAnswer;
    const PAGE: ReadPage<RestrictionAnswer> = page;

    /// Restrictions are shown to the repository's administrators.
    fn shown_at(repository: &RepositoryName, _: &GitRef) -> Result<Option<String>, Error> {
        Ok(Some(format!("{}?limit={PAGE_SIZE}", restrictions_path(repository)?)))
    }

    fn protects(it: &RestrictionAnswer, git_ref: &GitRef) -> Option<bool> {
        if it.kind == NO_DELETES || !it.matcher.active {
            return Some(false);
        }
        match (it.matcher.kind.id.as_str(), &it.matcher.id) {
            ("BRANCH", branch) => Some(*branch == git_ref.full()),
            ("PATTERN", pattern) => Some(is_matched(pattern, &git_ref.full())),
            // Only the branching model knows.
            _ => None,
        }
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
