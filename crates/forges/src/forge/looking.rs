//! What a forge can be asked where it tells nothing.

use crate::Error;
use crate::forge::{Head, RepositoryAccess};
use domain::Timestamp;
use domain::forge_event::{GitRef, PullRequestSides, RequestState};

/// A forge that is asked again and again, at little cost to it. One that cannot tell cheaply whether a
/// ref has moved says so by default, and git is asked instead.
#[async_trait::async_trait]
pub trait Looking: Send + Sync {
    /// What a ref points at, unless that is as it was when the forge gave `tag`.
    async fn head_since(
        &self,
        access: RepositoryAccess<'_>,
        git_ref: &GitRef,
        tag: Option<&str>,
    ) -> Result<Looked, Error> {
        let _ = (access, git_ref, tag);
        Ok(Looked::NotOffered)
    }

    /// Has the forge make the ref by which it shows a pull request, where it does so for whoever looks at it
    /// first.
    async fn show_request(&self, access: RepositoryAccess<'_>, number: u64) -> Result<(), Error> {
        let _ = (access, number);
        Ok(())
    }
}

/// The pull requests of a repository.
#[async_trait::async_trait]
pub trait Requests: Send + Sync {
    /// Every pull request of a repository that is open.
    async fn open_requests(&self, access: RepositoryAccess<'_>) -> Result<Vec<RequestInfo>, Error>;

    /// Those that ended and were changed at `since` or later, in no order.
    async fn ended_requests(
        &self,
        access: RepositoryAccess<'_>,
        since: Timestamp,
    ) -> Result<Vec<RequestInfo>, Error>;

    /// One pull request, open or not.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the forge has it no more.
    async fn request(
        &self,
        access: RepositoryAccess<'_>,
        number: u64,
    ) -> Result<RequestInfo, Error>;
}

/// A pull request as the forge describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestInfo {
    /// Its title.
    pub title: String,
    /// From where to where it leads. Its head is empty where the forge does not tell it.
    pub sides: PullRequestSides,
    /// When it was opened first; `None` where the forge's word for that cannot be read.
    pub created: Option<Timestamp>,
    /// When anything of it was last changed; `None` likewise.
    pub updated: Option<Timestamp>,
    /// Whether it is open. A state that only one forge knows counts as open: it is on its way to
    /// one of the others.
    pub state: RequestState,
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
