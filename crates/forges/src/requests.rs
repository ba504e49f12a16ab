//! The pull requests of a repository as every forge's REST API has them: a list of many pages, and
//! below it each one by its number. What one looks like each driver says itself.

use crate::Error;
use crate::forge::{RequestInfo, Requests};
use crate::rest::{Pages, ReadPage, Rest};
use domain::forge_event::RequestState;
use domain::{RepositoryName, Secret, Timestamp};
use egress::Method;
use serde::de::DeserializeOwned;

/// What one forge's pull requests have of their own; [`Requests`] follows from it.
#[async_trait::async_trait]
pub(crate) trait RestRequests: Send + Sync {
    /// A pull request as the forge shows it.
    type Shown: DeserializeOwned + Send;

    /// Reads a page of the list.
    const PAGE: ReadPage<Self::Shown>;

    fn rest(&self) -> &Rest;

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
        _token: &Secret,
        _repository: &RepositoryName,
        found: RequestInfo,
    ) -> Result<RequestInfo, Error> {
        Ok(found)
    }
}

#[async_trait::async_trait]
impl<F: RestRequests> Requests for F {
    /// One without a commit is none yet.
    async fn open_requests(
        &self,
        token: &Secret,
        repository: &RepositoryName,
    ) -> Result<Vec<RequestInfo>, Error> {
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
        token: &Secret,
        repository: &RepositoryName,
        since: Timestamp,
    ) -> Result<Vec<RequestInfo>, Error> {
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
        token: &Secret,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<RequestInfo, Error> {
        let what = format!("pull request {number} of {repository}");
        let path = format!("{}/{number}", F::requests_path(repository)?);
        let found = self.rest().ask(token, Method::GET, &path, None, &what).await?;
        self.complete(token, repository, F::read(found, repository)).await
    }
}
