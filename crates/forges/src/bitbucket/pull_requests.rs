//! Pull requests.

use super::Bitbucket;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Looking, RequestInfo};
use crate::path::segment;
use crate::requests::Requests;
use domain::forge_event::{PullRequestSides, Repository, RequestState};
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use egress::Method;
use serde::Deserialize;

/// Pull requests on one page, the most that Bitbucket gives.
const PAGE: usize = 50;

#[derive(Deserialize)]
struct RequestAnswer {
    id: u64,
    title: String,
    state: String,
    created_on: String,
    source: EndAnswer,
    destination: EndAnswer,
}

#[derive(Deserialize)]
struct EndAnswer {
    branch: BranchAnswer,
    /// Its hash has twelve digits. Null where the branch is gone.
    commit: Option<CommitAnswer>,
    /// Null where the fork is gone.
    repository: Option<RepositoryAnswer>,
}

#[derive(Deserialize)]
struct BranchAnswer {
    name: String,
}

#[derive(Deserialize)]
struct CommitAnswer {
    hash: String,
}

#[derive(Deserialize)]
struct RepositoryAnswer {
    uuid: String,
    full_name: String,
}

#[async_trait::async_trait]
impl Looking for Bitbucket {
    async fn open_requests(
        &self,
        token: &Secret,
        repository: &RepositoryName,
    ) -> Result<Vec<RequestInfo>, Error> {
        let query = format!("state=OPEN&pagelen={PAGE}");
        self.requests(token, repository)?.open(&query, page).await
    }

    async fn request(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<RequestInfo, Error> {
        let mut found = self.requests(token, repository)?.one(number).await?;
        let head = &mut found.sides.head;
        if found.state != RequestState::Open && !found.sides.fork && !head.as_str().is_empty() {
            self.complete(token, repository, head).await?;
        }
        Ok(found)
    }
}

impl Bitbucket {
    fn requests<'a>(
        &'a self,
        token: &'a Secret,
        repository: &'a RepositoryName,
    ) -> Result<Requests<'a, RequestAnswer>, Error> {
        let path = format!("{}/pullrequests", repository_path(repository)?);
        Ok(Requests { rest: &self.rest, token, repository, path, read: request })
    }

    /// Asks for a commit's whole hash: the branch that could tell it may be gone with its request. A
    /// commit that is gone, too, stays as it is told.
    async fn complete(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &mut CommitSha,
    ) -> Result<(), Error> {
        let what = format!("commit {commit} of {repository}");
        let path = format!("{}/commit/{}", repository_path(repository)?, segment(commit.as_str()));
        match self.rest.ask::<CommitAnswer>(token, Method::GET, &path, None, &what).await {
            Ok(found) => *commit = CommitSha::new(found.hash),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn request(it: RequestAnswer, _: &RepositoryName) -> RequestInfo {
    let uuid = |end: &EndAnswer| end.repository.as_ref().map(|it| it.uuid.clone());
    let fork = uuid(&it.source).is_none() || uuid(&it.source) != uuid(&it.destination);
    let source_repository = it
        .source
        .repository
        .map(|it| Repository { id: Some(it.uuid), name: RepositoryName::new(it.full_name) });
    let sides = PullRequestSides {
        number: it.id,
        head: CommitSha::new(it.source.commit.map(|it| it.hash).unwrap_or_default()),
        source: it.source.branch.name,
        target: it.destination.branch.name,
        source_repository,
        fork,
    };
    let state = match &*it.state {
        "MERGED" => RequestState::Merged,
        "DECLINED" | "SUPERSEDED" => RequestState::Closed,
        _ => RequestState::Open,
    };
    let created = Timestamp::from_rfc3339(&it.created_on);
    RequestInfo { title: it.title, sides, created, state }
}
