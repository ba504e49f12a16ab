//! Merge requests.

use super::GitLab;
use super::api::{page, project_path};
use crate::Error;
use crate::forge::{Looking, RequestInfo};
use crate::limits::PAGE_SIZE;
use crate::requests::Requests;
use domain::forge_event::{PullRequestSides, Repository, RequestState};
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use serde::Deserialize;

#[derive(Deserialize)]
struct RequestAnswer {
    iid: u64,
    title: String,
    state: String,
    created_at: String,
    /// Null while GitLab has not looked at it yet.
    sha: Option<String>,
    source_branch: String,
    target_branch: String,
    /// Null where the fork is gone.
    source_project_id: Option<u64>,
    target_project_id: u64,
}

#[async_trait::async_trait]
impl Looking for GitLab {
    async fn open_requests(
        &self,
        token: &Secret,
        repository: &RepositoryName,
    ) -> Result<Vec<RequestInfo>, Error> {
        let query = format!("state=opened&per_page={PAGE_SIZE}&page=1");
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

impl GitLab {
    fn requests<'a>(
        &'a self,
        token: &'a Secret,
        repository: &'a RepositoryName,
    ) -> Result<Requests<'a, RequestAnswer>, Error> {
        let path = format!("{}/merge_requests", project_path(repository)?);
        Ok(Requests { rest: &self.rest, token, repository, path, read: request })
    }
}

fn request(it: RequestAnswer, repository: &RepositoryName) -> RequestInfo {
    let fork = it.source_project_id != Some(it.target_project_id);
    let own = (!fork).then(|| Repository {
        id: Some(it.target_project_id.to_string()),
        name: repository.clone(),
    });
    let sides = PullRequestSides {
        number: it.iid,
        head: CommitSha::new(it.sha.unwrap_or_default()),
        source: it.source_branch,
        target: it.target_branch,
        source_repository: own,
        fork,
    };
    let state = match &*it.state {
        "merged" => RequestState::Merged,
        "closed" => RequestState::Closed,
        // `opened`, or `locked` while it is being merged.
        _ => RequestState::Open,
    };
    let created = Timestamp::from_rfc3339(&it.created_at);
    RequestInfo { title: it.title, sides, created, state }
}
