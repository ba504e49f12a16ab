//! The pull requests that are open.

use super::Bitbucket;
use super::api::{page, repository_path};
use crate::Error;
use crate::forge::{Looking, OpenRequest};
use crate::rest::Pages;
use domain::forge_event::{PullRequestSides, Repository};
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
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
    ) -> Result<Vec<OpenRequest>, Error> {
        let what = format!("the pull requests of {repository}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let path = repository_path(repository)?;
        let first = format!("{path}/pullrequests?state=OPEN&pagelen={PAGE}");
        let found = pages.all(first, page::<RequestAnswer>).await?;
        let open = found.into_iter().filter(|it| it.state == "OPEN");
        Ok(open.filter_map(request).collect())
    }
}

fn request(it: RequestAnswer) -> Option<OpenRequest> {
    let uuid = |end: &EndAnswer| end.repository.as_ref().map(|it| it.uuid.clone());
    let fork = uuid(&it.source).is_none() || uuid(&it.source) != uuid(&it.destination);
    let source_repository = it
        .source
        .repository
        .map(|it| Repository { id: Some(it.uuid), name: RepositoryName::new(it.full_name) });
    let sides = PullRequestSides {
        number: it.id,
        head: CommitSha::new(it.source.commit?.hash),
        source: it.source.branch.name,
        target: it.destination.branch.name,
        source_repository,
        fork,
    };
    let created = Timestamp::from_rfc3339(&it.created_on);
    Some(OpenRequest { title: it.title, sides, created })
}
