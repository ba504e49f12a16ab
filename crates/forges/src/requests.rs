//! The pull requests of a repository as every forge's REST API has them: a list of many pages, and
//! below it each one by its number. What one looks like each driver says itself.

use crate::Error;
use crate::forge::{RepositoryAccess, RequestInfo, Requests};
use crate::rest::{OverRest, Pages, ReadPage};
use domain::forge_event::RequestState;
use domain::{RepositoryName, Timestamp};
use serde::de::DeserializeOwned;

/// What one forge's pull requests have of their own; [`Requests`] follows from it.
#[async_trait::async_trait]
pub(crate) trait RestRequests: OverRest {
    /// A pull request as the forge shows it.
    type Shown: DeserializeOwned + Send;

    /// Reads a page of the list.
    const PAGE: ReadPage<Self::Shown>;

    /// The path of the list.
    fn requests_path(repository: &RepositoryName) -> Result<String, Error>;

    /// The query of the first page of those that are open.
    fn first_page() -> String;

    /// The query of the first page of those that ended, the latest changed or opened first. A forge
    /// that cannot leave those out that are open may list them, too.
    fn first_page_of_ended() -> String;

    /// When what is shown was last changed, in the forge's words understood.
    fn updated(shown: &Self::Shown) -> Option<Timestamp>;

    /// Understands what is shown.
    fn read(shown: Self::Shown, repository: &RepositoryName) -> RequestInfo;

    /// Adds what the forge says elsewhere only.
    async fn complete(
        &self,
        _access: RepositoryAccess<'_>,
        found: RequestInfo,
    ) -> Result<RequestInfo, Error> {
        Ok(found)
    }
}

#[async_trait::async_trait]
impl<F: RestRequests> Requests for F {
    /// One without a commit is none yet.
    async fn open_requests(&self, access: RepositoryAccess<'_>) -> Result<Vec<RequestInfo>, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the pull requests of {repository}");
        let pages = Pages { rest: self.rest(), token, what: &what };
        let first = format!("{}?{}", F::requests_path(repository)?, F::first_page());
        let found = pages.all(first, F::PAGE).await?.into_iter();
        let is_open =
            |it: &RequestInfo| it.state == RequestState::Open && !it.sides.head.as_str().is_empty();
        Ok(found.map(|it| F::read(it, repository)).filter(is_open).collect())
    }

    /// Whichever of the two orders a forge keeps: what follows one that was not changed since was
    /// neither changed nor opened since.
    async fn ended_requests(
        &self,
        access: RepositoryAccess<'_>,
        since: Timestamp,
    ) -> Result<Vec<RequestInfo>, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the ended pull requests of {repository}");
        let pages = Pages { rest: self.rest(), token, what: &what };
        let first = format!("{}?{}", F::requests_path(repository)?, F::first_page_of_ended());
        let is_recent = |it: &F::Shown| F::updated(it).is_none_or(|at| at >= since);
        let (found, _) = pages.some(first, F::PAGE, is_recent).await?;
        let recent = found.into_iter().filter(is_recent).map(|it| F::read(it, repository));
        Ok(recent.filter(|it| it.state != RequestState::Open).collect())
    }

    async fn request(
        &self,
        access: RepositoryAccess<'_>,
        number: u64,
    ) -> Result<RequestInfo, Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("pull request {number} of {repository}");
        let path = format!("{}/{number}", F::requests_path(repository)?);
        let found = self.rest().get(token, &path, &what).await?;
        self.complete(access, F::read(found, repository)).await
    }
}
