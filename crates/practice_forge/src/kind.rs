//! The dialects by name.

use std::fmt;
use std::str::FromStr;

/// Which forge's dialect a practice forge speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// GitHub Enterprise Server's: the API lies below `/api/v3`.
    #[default]
    GitHub,
    /// GitLab's, gitlab.com's and a self-managed one's alike.
    GitLab,
    /// Bitbucket Cloud's; `bitbucket.org` and `api.bitbucket.org` are one address here.
    Bitbucket,
    /// Bitbucket Server's and Data Center's.
    BitbucketServer,
}

impl Kind {
    /// Every kind, in the order people list them.
    pub const ALL: [Self; 4] = [Self::GitHub, Self::GitLab, Self::Bitbucket, Self::BitbucketServer];

    /// Its word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Bitbucket => "bitbucket",
            Self::BitbucketServer => "bitbucket-server",
        }
    }

    /// Whose dialect it is, in full.
    pub fn title(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub Enterprise Server",
            Self::GitLab => "GitLab",
            Self::Bitbucket => "Bitbucket Cloud",
            Self::BitbucketServer => "Bitbucket Server",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not a kind's word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of forge; it is github, gitlab, bitbucket or bitbucket-server")]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| UnknownKind(word.to_owned()))
    }
}
