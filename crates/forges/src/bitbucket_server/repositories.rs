//! Who a token is, repositories, build statuses.

use super::BitbucketServer;
use super::api::{commit_page, page, repository_path};
use crate::Error;
use crate::forge::{
    CommitState, CommitStatus, Identity, Repositories, RepositoryAccess, RepositoryInfo,
};
use crate::limits::{BITBUCKET_SERVER_LINK_CHARS_MAX, BITBUCKET_STATUS_CHARS_MAX, PAGE_SIZE};
use crate::path::{segment, status_of};
use crate::rest::Pages;
use crate::status::{cut, key};
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct UserAnswer {
    id: u64,
    name: String,
}

#[derive(Deserialize)]
struct RepositoryAnswer {
    id: u64,
    slug: String,
    name: String,
    project: ProjectAnswer,
    #[serde(default)]
    public: bool,
}

#[derive(Deserialize)]
struct ProjectAnswer {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DefaultBranchAnswer {
    display_id: String,
}

#[async_trait::async_trait]
impl Repositories for BitbucketServer {
    /// The name comes as plain text, and only from outside the REST API; it is empty for a token
    /// that is nobody's.
    async fn identity(&self, token: &Secret) -> Result<Identity, Error> {
        let what = "the user";
        let at = "plugins/servlet/applinks/whoami";
        let response = self.rest.call(token, Method::GET, at, None, what).await?;
        let name = String::from_utf8_lossy(&response.body).trim().to_owned();
        if name.is_empty() {
            return Err(Error::Unauthorised);
        }
        let at = format!("rest/api/latest/users/{}", segment(&name));
        let user: UserAnswer = self.rest.get(token, &at, what).await?;
        Ok(Identity { id: user.id.to_string(), login: user.name })
    }

    async fn repository(&self, access: RepositoryAccess<'_>) -> Result<RepositoryInfo, Error> {
        let RepositoryAccess { token, repository } = access;
        let (at, what) = (repository_path(repository)?, format!("repository {repository}"));
        let found: RepositoryAnswer = self.rest.get(token, &at, &what).await?;
        let default_branch = self.default_branch(token, &at, &what).await?;
        let may_administer = Some(self.is_administrator(token, &found).await?);
        Ok(RepositoryInfo {
            id: found.id.to_string(),
            name: RepositoryName::new(format!("{}/{}", found.project.key, found.slug)),
            default_branch,
            private: !found.public,
            may_administer,
            // Reading is enough.
            may_report: Some(true),
        })
    }

    /// One status a key; the newest overwrites. A link is required: to the commit itself where we
    /// have none that fits.
    async fn set_status(
        &self,
        access: RepositoryAccess<'_>,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        let RepositoryAccess { token, repository } = access;
        let what = status_of(commit, repository)?;
        let state = match status.state {
            CommitState::Pending | CommitState::Waiting => "INPROGRESS",
            CommitState::Succeeded => "SUCCESSFUL",
            CommitState::Failed => "FAILED",
            CommitState::Stopped => "CANCELLED",
        };
        let page = commit_page(&self.web, repository, commit)?;
        let fits = |url: &&url::Url| url.as_str().len() <= BITBUCKET_SERVER_LINK_CHARS_MAX;
        let mut body = json!({
            "key": key(&status.context, BITBUCKET_STATUS_CHARS_MAX),
            "state": state,
            "name": cut(&status.context, BITBUCKET_STATUS_CHARS_MAX),
            "description": cut(&status.description, BITBUCKET_STATUS_CHARS_MAX),
            "url": status.target_url.as_ref().filter(fits).unwrap_or(&page).as_str(),
        });
        let full = status.git_ref.as_ref().map(GitRef::full);
        if let Some(full) = full.filter(|it| it.chars().count() <= BITBUCKET_STATUS_CHARS_MAX) {
            body["ref"] = json!(full);
        }
        let at = format!("{}/commits/{commit}/builds", repository_path(repository)?);
        self.rest.call(token, Method::POST, &at, Some(body), &what).await.map(drop)
    }
}

impl BitbucketServer {
    /// Answered with nothing, or not at all, while the repository is empty. Versions before 7.5
    /// have it at `/branches/default`, which later ones keep.
    async fn default_branch(&self, token: &Secret, at: &str, what: &str) -> Result<String, Error> {
        let at = format!("{at}/branches/default");
        match self.rest.call(token, Method::GET, &at, None, what).await {
            Ok(response) if response.body.is_empty() => Ok(String::new()),
            Ok(response) => {
                let found: DefaultBranchAnswer = crate::answer::read(&response, what)?;
                Ok(found.display_id)
            }
            Err(Error::NotFound { .. }) => Ok(String::new()),
            Err(error) => Err(error),
        }
    }

    /// Rights are told by the list of the repositories that one has a right in; its filter by name
    /// takes the beginning of a name.
    async fn is_administrator(
        &self,
        token: &Secret,
        repository: &RepositoryAnswer,
    ) -> Result<bool, Error> {
        let (key, name) = (segment(&repository.project.key), segment(&repository.name));
        let query = format!("permission=REPO_ADMIN&projectkey={key}&name={name}");
        let first = format!("rest/api/latest/repos?{query}&limit={PAGE_SIZE}");
        let what = format!("the rights in {}", repository.name);
        let pages = Pages { rest: &self.rest, token, what: &what };
        let found = pages.all(first, page::<RepositoryAnswer>).await?;
        Ok(found.iter().any(|it| it.id == repository.id))
    }
}
