//! The pull requests that are open.

use super::BitbucketServer;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Looking, OpenRequest};
use crate::limits::PAGE_SIZE;
use crate::rest::Pages;
use domain::forge_event::{PullRequestSides, Repository};
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
    ) -> Result<Vec<OpenRequest>, Error> {
        let what = format!("the pull requests of {repository}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let path = repository_path(repository)?;
        let first = format!("{path}/pull-requests?state=OPEN&limit={PAGE_SIZE}");
        let found = pages.all(first, page::<RequestAnswer>).await?;
        let open = found.into_iter().filter(|it| it.state == "OPEN");
        Ok(open.map(OpenRequest::from).collect())
    }
}

impl From<RequestAnswer> for OpenRequest {
    fn from(it: RequestAnswer) -> Self {
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
        Self { title: it.title, sides, created: Some(Timestamp(it.created_date)) }
    }
}
