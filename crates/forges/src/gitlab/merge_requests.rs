//! The merge requests that are open.

use super::GitLab;
use super::api::{page, project_path};
use crate::Error;
use crate::forge::{Looking, OpenRequest};
use crate::limits::PAGE_SIZE;
use crate::rest::Pages;
use domain::forge_event::{PullRequestSides, Repository};
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
    ) -> Result<Vec<OpenRequest>, Error> {
        let what = format!("the merge requests of {repository}");
        let pages = Pages { rest: &self.rest, token, what: &what };
        let path = project_path(repository)?;
        let first = format!("{path}/merge_requests?state=opened&per_page={PAGE_SIZE}&page=1");
        let found = pages.all(first, page::<RequestAnswer>).await?;
        let open = found.into_iter().filter(|it| it.state == "opened");
        Ok(open.filter_map(|it| request(it, repository)).collect())
    }
}

fn request(it: RequestAnswer, repository: &RepositoryName) -> Option<OpenRequest> {
    let fork = it.source_project_id != Some(it.target_project_id);
    let own = (!fork).then(|| Repository {
        id: Some(it.target_project_id.to_string()),
        name: repository.clone(),
    });
    let sides = PullRequestSides {
        number: it.iid,
        head: CommitSha::new(it.sha?),
        source: it.source_branch,
        target: it.target_branch,
        source_repository: own,
        fork,
    };
    let created = Timestamp::from_rfc3339(&it.created_at);
    Some(OpenRequest { title: it.title, sides, created })
}
