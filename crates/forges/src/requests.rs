//! The pull requests of a repository as every forge's REST API has them: a list of many pages, and
//! below it each one by its number. What one looks like each driver says itself.

use crate::Error;
use crate::forge::RequestInfo;
use crate::rest::{Pages, ReadPage, Rest};
use domain::forge_event::RequestState;
use domain::{RepositoryName, Secret};
use egress::Method;
use serde::de::DeserializeOwned;

/// Where a repository's pull requests are, and how the forge shows one.
pub(crate) struct Requests<'a, Shown> {
    pub(crate) rest: &'a Rest,
    pub(crate) token: &'a Secret,
    pub(crate) repository: &'a RepositoryName,
    /// The path of the list.
    pub(crate) path: String,
    /// Understands what is shown.
    pub(crate) read: fn(Shown, &RepositoryName) -> RequestInfo,
}

impl<Shown: DeserializeOwned> Requests<'_, Shown> {
    /// Those that are open; `query` asks the forge for no others. One without a commit is none yet.
    pub(crate) async fn open(
        &self,
        query: &str,
        page: ReadPage<Shown>,
    ) -> Result<Vec<RequestInfo>, Error> {
        let what = format!("the pull requests of {}", self.repository);
        let pages = Pages { rest: self.rest, token: self.token, what: &what };
        let found = pages.all(format!("{}?{query}", self.path), page).await?;
        let shown = found.into_iter().map(|it| (self.read)(it, self.repository));
        let is_open =
            |it: &RequestInfo| it.state == RequestState::Open && !it.sides.head.as_str().is_empty();
        Ok(shown.filter(is_open).collect())
    }

    /// The one of this number.
    pub(crate) async fn one(&self, number: u64) -> Result<RequestInfo, Error> {
        let what = format!("pull request {number} of {}", self.repository);
        let path = format!("{}/{number}", self.path);
        let found = self.rest.ask(self.token, Method::GET, &path, None, &what).await?;
        Ok((self.read)(found, self.repository))
    }
}
