//! Pull requests.

use super::BitbucketServer;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Looking, RepositoryAccess, RequestInfo};
use crate::limits::PAGE_SIZE;
use crate::requests::RestRequests;
use crate::rest::ReadPage;
use domain::forge_event::{PullRequestSides, Repository, RequestState};
use domain::{CommitSha, RepositoryName, Timestamp};
use egress::Method;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestAnswer {
    id: u64,
    title: String,
    state: String,
    /// Milliseconds.
    created_date: i64,
    /// Milliseconds.
    updated_date: i64,
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
    /// Since 7.0 the ref is made when somebody looks at what has changed.
    async fn show_request(&self, access: RepositoryAccess<'_>, number: u64) -> Result<(), Error> {
        let RepositoryAccess { token, repository } = access;
        let what = format!("the changes of pull request {number} of {repository}");
        let path = format!("{}/{number}/changes?limit=1", Self::requests_path(repository)?);
        self.rest.call(token, Method::GET, &path, None, &what).await.map(drop)
    }
}

impl RestRequests for BitbucketServer {
    type Shown = RequestAnswer;
    const PAGE: ReadPage<RequestAnswer> = page;

    fn requests_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("{}/pull-requests", repository_path(repository)?))
    }

    fn first_page() -> String {
        format!("state=OPEN&limit={PAGE_SIZE}")
    }

    fn first_page_of_ended() -> String {
        format!("state=ALL&order=NEWEST&limit={PAGE_SIZE}")
    }

    fn updated(it: &RequestAnswer) -> Option<Timestamp> {
        Some(Timestamp(it.updated_date))
    }

    fn read(it: RequestAnswer, _: &RepositoryName) -> RequestInfo {
        let updated = Self::updated(&it);
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
        let created = Some(Timestamp(it.created_date));
        RequestInfo { title: it.title, sides, created, updated, state }
    }
}
