//! Pull requests.

use super::BitbucketServer;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Looking, RequestInfo};
use crate::limits::PAGE_SIZE;
use crate::requests::Requests;
use domain::forge_event::{PullRequestSides, Repository, RequestState};
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestAnswer {
    id: u64,
    title: String,
    state: String,
    /// Milliseconds.
    created_date: i64,
    from_ref: EndAnswer,
    to_ref: EndAnswer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndAnswer {
    display_id: String,
    latest_commit: String,
    repository: RepositoryAnswer,
}

#[derive(Deserialize)]
struct RepositoryAnswer {
    id: u64,
    slug: String,
    project: ProjectAnswer,
}

#[derive(Deserialize)]
struct ProjectAnswer {
    key: String,
}

#[async_trait::async_trait]
impl Looking for BitbucketServer {
    async fn open_requests(
        &self,
        token: &Secret,
        repository: &RepositoryName,
    ) -> Result<Vec<RequestInfo>, Error> {
        let query = format!("state=OPEN&limit={PAGE_SIZE}");
        self.requests(token, repository)?.open(&query, page).await
    }

    async fn request(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<RequestInfo, Error> {
        self.requests(token, repository)?.one(number).await
    }
}

impl BitbucketServer {
    fn requests<'a>(
        &'a self,
        token: &'a Secret,
        repository: &'a RepositoryName,
    ) -> Result<Requests<'a, RequestAnswer>, Error> {
        let path = format!("{}/pull-requests", repository_path(repository)?);
        Ok(Requests { rest: &self.rest, token, repository, path, read: request })
    }
}

fn request(it: RequestAnswer, _: &RepositoryName) -> RequestInfo {
    let RepositoryAnswer { id, slug, project } = it.from_ref.repository;
    let source_repository = Repository {
        id: Some(id.to_string()),
        name: RepositoryName::new(format!("{}/{slug}", project.key)),
    };
    let sides = PullRequestSides {
        number: it.id,
        head: CommitSha::new(it.from_ref.latest_commit),
        source: it.from_ref.display_id,
        target: it.to_ref.display_id,
        source_repository: Some(source_repository),
        fork: id != it.to_ref.repository.id,
    };
    let state = match &*it.state {
        "MERGED" => RequestState::Merged,
        "DECLINED" => RequestState::Closed,
        _ => RequestState::Open,
    };
    RequestInfo { title: it.title, sides, created: Some(Timestamp(it.created_date)), state }
}
