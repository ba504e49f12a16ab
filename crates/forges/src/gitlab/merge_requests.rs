//! Merge requests.

use super::GitLab;
use super::api::{page, project_path};
use crate::Error;
use crate::forge::{Looking, RequestInfo};
use crate::limits::PAGE_SIZE;
use crate::requests::RestRequests;
use crate::rest::ReadPage;
use domain::forge_event::{PullRequestSides, Repository, RequestState};
use domain::{CommitSha, RepositoryName, Timestamp};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct RequestAnswer {
    iid: u64,
    title: String,
    state: String,
    created_at: String,
    updated_at: String,
    /// Null while GitLab has not looked at it yet.
    sha: Option<String>,
    source_branch: String,
    target_branch: String,
    /// Null where the fork is gone.
    source_project_id: Option<u64>,
    target_project_id: u64,
}

impl Looking for GitLab {}

impl RestRequests for GitLab {
    type Shown = RequestAnswer;
    const PAGE: ReadPage<RequestAnswer> = page;

    fn requests_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("{}/merge_requests", project_path(repository)?))
    }

    fn first_page() -> String {
        format!("state=opened&per_page={PAGE_SIZE}&page=1")
    }

    fn first_page_of_ended() -> String {
        format!("state=all&order_by=updated_at&sort=desc&per_page={PAGE_SIZE}&page=1")
    }

    fn updated(it: &RequestAnswer) -> Option<Timestamp> {
        Timestamp::from_rfc3339(&it.updated_at)
    }

    fn read(it: RequestAnswer, repository: &RepositoryName) -> RequestInfo {
        let updated = Self::updated(&it);
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
        RequestInfo { title: it.title, sides, created, updated, state }
    }
}
