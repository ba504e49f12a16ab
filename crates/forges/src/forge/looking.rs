//! What a forge can be asked where it tells nothing.

use crate::Error;
use crate::forge::Head;
use domain::forge_event::{GitRef, PullRequestSides};
use domain::{RepositoryName, Secret, Timestamp};

/// A forge that is asked again and again, at little cost to it. One that cannot tell cheaply whether a
/// ref has moved says so by default, and git is asked instead.
#[async_trait::async_trait]
pub trait Looking: Send + Sync {
    /// What a ref points at, unless that is as it was when the forge gave `tag`.
    async fn head_since(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
        tag: Option<&str>,
    ) -> Result<Looked, Error> {
        let _ = (token, repository, git_ref, tag);
        Ok(Looked::NotOffered)
    }

    /// Every pull request of a repository that is open.
    async fn open_requests(
        &self,
        token: &Secret,
        repository: &RepositoryName,
    ) -> Result<Vec<OpenRequest>, Error>;
}

/// A pull request that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// Its title.
    pub title: String,
    /// From where to where it leads.
    pub sides: PullRequestSides,
    /// When it was opened first; `None` where the forge's word for that cannot be read.
    pub created: Option<Timestamp>,
}

/// What a look showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Nothing new.
    AsBefore,
    /// Something that may be new.
    At {
        /// What the ref points at; `None` where it is not there.
        head: Option<Head>,
        /// What to ask with the next time.
        tag: Option<String>,
    },
    /// The forge's API cannot tell that cheaply.
    NotOffered,
}
