//! Who a token is, repositories, what refs point at, build statuses.

use super::BitbucketServer;
use super::api::{commit_page, page, repository_path};
use crate::Error;
use crate::answer::{if_there, sha};
use crate::forge::{CommitState, CommitStatus, Head, Identity, Repositories, RepositoryInfo};
use crate::limits::{BITBUCKET_SERVER_LINK_CHARS_MAX, BITBUCKET_STATUS_CHARS_MAX, PAGE_SIZE};
use crate::path::{check_ref, path, segment, status_of};
use crate::rest::Pages;
use crate::status::{cut, key};
use domain::forge_event::{GitRef, RefKind};
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

#[derive(Deserialize)]
struct CommitAnswer {
    id: String,
}

/// `hash` is an annotated tag's own object; a plain tag has none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagAnswer {
    hash: Option<String>,
    latest_commit: String,
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
        let user: UserAnswer = self.rest.ask(token, Method::GET, &at, None, what).await?;
        Ok(Identity { id: user.id.to_string(), login: user.name })
    }

    async fn repository(
        &self,
        token: &Secret,
        name: &RepositoryName,
    ) -> Result<RepositoryInfo, Error> {
        let (at, what) = (repository_path(name)?, format!("repository {name}"));
        let found: RepositoryAnswer = self.rest.ask(token, Method::GET, &at, None, &what).await?;
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

    async fn head(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<Head>, Error> {
        let what = format!("{git_ref} of {repository}");
        check_ref(git_ref, &what)?;
        let base = repository_path(repository)?;
        let found = match git_ref.kind {
            RefKind::Branch => self.branch_head(token, &base, git_ref, &what).await,
            RefKind::Tag => self.tag_head(token, &base, git_ref, &what).await,
        };
        if_there(found).map(Option::flatten)
    }

    /// One status a key; the newest overwrites. A link is required: to the commit itself where we
    /// have none that fits.
    async fn set_status(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        let what = status_of(commit, repository)?;
        let state = match status.state {
            CommitState::Pending => "INPROGRESS",
            CommitState::Succeeded => "SUCCESSFUL",
            CommitState::Failed => "FAILED",
            CommitState::Stopped => "CANCELLED",
        };
        let page = commit_page(&self.web, repository, commit)?;
        let fits = |url: &&url::Url| url.as_str().len() <= BITBUCKET_SERVER_LINK_CHARS_MAX;
        let body = json!({
            "key": key(&status.context, BITBUCKET_STATUS_CHARS_MAX),
            "state": state,
            "name": cut(&status.context, BITBUCKET_STATUS_CHARS_MAX),
            "description": cut(&status.description, BITBUCKET_STATUS_CHARS_MAX),
            "url": status.target_url.as_ref().filter(fits).unwrap_or(&page).as_str(),
        });
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

    /// The list of branches is searched by parts of names; the last commit of one is exact.
    async fn branch_head(
        &self,
        token: &Secret,
        base: &str,
        git_ref: &GitRef,
        what: &str,
    ) -> Result<Option<Head>, Error> {
        let at = format!("{base}/commits?until={}&limit=1", segment(&git_ref.full()));
        let response = self.rest.call(token, Method::GET, &at, None, what).await?;
        let found = page::<CommitAnswer>(&response, what)?.values;
        let head = |it: &CommitAnswer| {
            let commit = sha(&it.id, what)?;
            Ok(Head { after: commit.clone(), commit })
        };
        found.first().map(head).transpose()
    }

    async fn tag_head(
        &self,
        token: &Secret,
        base: &str,
        git_ref: &GitRef,
        what: &str,
    ) -> Result<Option<Head>, Error> {
        let at = format!("{base}/tags/{}", path(&git_ref.name));
        let found: TagAnswer = self.rest.ask(token, Method::GET, &at, None, what).await?;
        let commit = sha(&found.latest_commit, what)?;
        let after = found.hash.map_or_else(|| Ok(commit.clone()), |it| sha(&it, what))?;
        Ok(Some(Head { after, commit }))
    }
}
