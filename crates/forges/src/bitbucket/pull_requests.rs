//! Pull requests.

use super::Bitbucket;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Looking, RepositoryAccess, RequestInfo};
use crate::path::segment;
use crate::requests::RestRequests;
use crate::rest::ReadPage;
use domain::forge_event::{PullRequestSides, Repository, RequestState};
use domain::{CommitSha, RepositoryName, Timestamp};
use serde::Deserialize;

/// Pull requests on one page, the most that Bitbucket gives.
const PAGE: usize = 50;

#[derive(Deserialize)]
pub(crate) struct RequestAnswer {
    id: u64,
    title: String,
    state: String,
    created_on: String,
    updated_on: String,
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

impl Looking for Bitbucket {}

#[async_trait::async_trait]
impl RestRequests for Bitbucket {
    type Shown = RequestAnswer;
    const PAGE: ReadPage<RequestAnswer> = page;

    fn requests_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("{}/pullrequests", repository_path(repository)?))
    }

    fn first_page() -> String {
        format!("state=OPEN&pagelen={PAGE}")
    }

    fn first_page_of_ended() -> String {
        let states = "state=MERGED&state=DECLINED&state=SUPERSEDED";
        format!("{states}&sort=-updated_on&pagelen={PAGE}")
    }

    fn updated(it: &RequestAnswer) -> Option<Timestamp> {
        Timestamp::from_rfc3339(&it.updated_on)
    }

    fn read(it: RequestAnswer, _: &RepositoryName) -> RequestInfo {
        let updated = Self::updated(&it);
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
        RequestInfo { title: it.title, sides, created, updated, state }
    }

    /// Asks for the whole hash of a commit whose request has ended: the branch that could tell it may
    /// be gone with that. A commit that is gone, too, stays as it is told.
    async fn complete(
        &self,
        access: RepositoryAccess<'_>,
        mut found: RequestInfo,
    ) -> Result<RequestInfo, Error> {
        let RepositoryAccess { token, repository } = access;
        let PullRequestSides { head, fork, .. } = &mut found.sides;
        if found.state == RequestState::Open || *fork || head.as_str().is_empty() {
            return Ok(found);
        }
        let what = format!("commit {head} of {repository}");
        let path = format!("{}/commit/{}", repository_path(repository)?, segment(head.as_str()));
        match self.rest.get::<CommitAnswer>(token, &path, &what).await {
            Ok(whole) => *head = CommitSha::new(whole.hash),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(found)
    }
}
