//! Branches and tags, the refs by which forges show pull requests, and the grammar of their names.

use crate::connection::ProviderType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes in a ref's short name; git itself stops at what a file name can be.
const NAME_BYTES_MAX: usize = 1024;

/// Which of the kinds of refs that pipelines know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RefKind {
    /// `refs/heads/…`
    Branch,
    /// `refs/tags/…`
    Tag,
    /// Where a forge shows the head of a pull request in the repository that it leads to:
    /// `refs/pull/7/head` and its kin. Nobody pushes there, and no branch can be taken for it.
    PullRequest,
}

impl RefKind {
    /// `branch`, `tag` or `pull_request`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::PullRequest => "pull_request",
        }
    }
}

/// How forges call the refs of pull requests, before and behind the number: GitHub ("Checking out pull
/// requests locally"), GitLab ("Merge requests"), Bitbucket Data Center.
const REQUEST_REFS: [(&str, &str); 3] =
    [("pull/", "/head"), ("merge-requests/", "/head"), ("pull-requests/", "/from")];

/// A branch or a tag, or where a pull request is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GitRef {
    /// Which kind.
    pub kind: RefKind,
    /// Its short name, `main` or `v1.0`; of a pull request what follows `refs/`, `pull/7/head`.
    pub name: String,
}

/// Why a name cannot be that of a branch or a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefError {
    /// Nothing there.
    #[error("the name is empty")]
    Empty,
    /// Longer than a ref may be.
    #[error("the name has {0} bytes; {NAME_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// A command could take the name for an option.
    #[error("{0:?} begins with '-', which commands take for an option; rename the branch or tag")]
    LeadingDash(String),
    /// Against the grammar of `git check-ref-format`.
    #[error("{name:?} is not a name that git allows: {rule}")]
    Ungrammatical {
        /// The name.
        name: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
}

impl GitRef {
    /// The branch of this short name.
    pub fn branch(name: impl Into<String>) -> Self {
        Self { kind: RefKind::Branch, name: name.into() }
    }

    /// The tag of this short name.
    pub fn tag(name: impl Into<String>) -> Self {
        Self { kind: RefKind::Tag, name: name.into() }
    }

    /// Where a forge shows the head of a pull request, whichever repository it comes from. `None` for
    /// bitbucket.org, which shows it nowhere.
    pub fn request(provider: ProviderType, number: u64) -> Option<Self> {
        let (before, behind) = match provider {
            ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => REQUEST_REFS[0],
            ProviderType::GitLab | ProviderType::GitLabSelfManaged => REQUEST_REFS[1],
            ProviderType::BitbucketServer => REQUEST_REFS[2],
            ProviderType::Bitbucket | ProviderType::AzureDevOps => return None,
        };
        Some(Self { kind: RefKind::PullRequest, name: format!("{before}{number}{behind}") })
    }

    /// Reads what [`Self::full`] wrote, the refs of pull requests too: never of what a forge tells, where
    /// only branches and tags count.
    pub fn parse_any(full: &str) -> Option<Self> {
        let request = || {
            let name = full.strip_prefix("refs/")?;
            request_number(name).map(|_| Self { kind: RefKind::PullRequest, name: name.to_owned() })
        };
        Self::parse(full).or_else(request)
    }

    /// The number of the pull request whose head is shown there.
    pub fn request_number(&self) -> Option<u64> {
        (self.kind == RefKind::PullRequest).then(|| request_number(&self.name))?
    }

    /// Reads `refs/heads/…` and `refs/tags/…`; `None` for anything else. The name is not checked.
    pub fn parse(full: &str) -> Option<Self> {
        let branch = full.strip_prefix("refs/heads/").map(Self::branch);
        branch.or_else(|| full.strip_prefix("refs/tags/").map(Self::tag))
    }

    /// The full name, `refs/heads/main`.
    pub fn full(&self) -> String {
        match self.kind {
            RefKind::Branch => format!("refs/heads/{}", self.name),
            RefKind::Tag => format!("refs/tags/{}", self.name),
            RefKind::PullRequest => format!("refs/{}", self.name),
        }
    }

    /// Checks the name against git's grammar (git-check-ref-format(1)), and that it begins with
    /// no dash: such a branch can exist, and every command line would have to know it.
    pub fn check(&self) -> Result<(), RefError> {
        let name = self.name.as_str();
        if name.is_empty() {
            return Err(RefError::Empty);
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(RefError::TooLong(name.len()));
        }
        if name.starts_with('-') {
            return Err(RefError::LeadingDash(name.to_owned()));
        }
        match broken_rule(name) {
            Some(rule) => Err(RefError::Ungrammatical { name: name.to_owned(), rule }),
            None => Ok(()),
        }
    }
}

fn request_number(name: &str) -> Option<u64> {
    REQUEST_REFS
        .iter()
        .find_map(|(before, behind)| name.strip_prefix(before)?.strip_suffix(behind)?.parse().ok())
}

/// The first of git's rules that the name breaks.
fn broken_rule(name: &str) -> Option<&'static str> {
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    let has_part = |test: fn(&str) -> bool| name.split('/').any(test);
    let rules = [
        (name.contains(forbidden), "no control characters, spaces or any of ~^:?*[\\"),
        (name.contains(".."), "no two dots in a row"),
        (name.contains("@{"), "no @{"),
        (has_part(str::is_empty), "no / at its ends and no two in a row"),
        (has_part(|part| part.starts_with('.')), "no part that begins with a dot"),
        (has_part(|part| part.ends_with(".lock")), "no part that ends in .lock"),
        (name.ends_with('.'), "no dot at its end"),
    ];
    rules.into_iter().find_map(|(broken, rule)| broken.then_some(rule))
}

impl fmt::Display for GitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_reads_back_and_is_branch_or_tag() {
        for full in ["refs/heads/main", "refs/heads/feature/x", "refs/tags/v1"] {
            assert_eq!(GitRef::parse(full).map(|it| it.full()), Some(full.to_owned()));
        }
        for other in ["", "main", "refs/pull/1/head", "refs/notes/commits"] {
            assert_eq!(GitRef::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_pull_requests_ref_is_no_branch_whoever_reads_it() {
        use ProviderType::{Bitbucket, GitHub, GitLabSelfManaged};
        let full = |provider| GitRef::request(provider, 7).map(|it| it.full());
        assert_eq!(full(GitHub).as_deref(), Some("refs/pull/7/head"));
        assert_eq!(full(GitLabSelfManaged).as_deref(), Some("refs/merge-requests/7/head"));
        assert_eq!(full(Bitbucket), None);
        for full in ["refs/heads/main", "refs/tags/v1", "refs/pull/7/head"] {
            assert_eq!(GitRef::parse_any(full).map(|it| it.full()).as_deref(), Some(full));
        }
        for other in ["refs/pull/x/head", "refs/pull/7/merge", "refs/pull/7/head/x", "pull/7/head"]
        {
            assert_eq!(GitRef::parse_any(other), None, "{other}");
        }
        let branch = GitRef::branch("pull/7/head");
        assert_eq!(branch.request_number(), None);
        assert_eq!(GitRef::request(GitHub, 7).and_then(|it| it.request_number()), Some(7));
        assert_ne!(Some(branch.full()), full(GitHub));
    }

    #[test]
    fn names_that_git_or_a_command_line_cannot_take_are_refused() {
        for good in ["main", "feature/x", "v1.0", "ä", "a@b", "@", "HEAD", "a-b", "x.locker"] {
            assert_eq!(GitRef::branch(good).check(), Ok(()), "{good}");
        }
        let bad = ["", "-evil", "--upload-pack=x", "a..b", "../../x", "@{-1}", "a b", "a\0b"];
        let more = ["/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a:b", "a\\b"];
        for name in bad.into_iter().chain(more).chain([&*"x".repeat(4096)]) {
            assert!(GitRef::branch(name).check().is_err(), "{name}");
        }
    }
}
