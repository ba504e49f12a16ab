//! Who a token is, repositories, build statuses.

use super::Bitbucket;
use super::api::{page, repository_path, web_page};
use crate::Error;
use crate::forge::{
    CommitState, CommitStatus, Identity, Repositories, RepositoryAccess, RepositoryInfo,
};
use crate::limits::{BITBUCKET_KEY_CHARS_MAX, BITBUCKET_STATUS_CHARS_MAX};
use crate::path::status_of;
use crate::rest::Page;
use crate::status::{cut, key};
use domain::{CommitSha, RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;
use serde_json::json;

/// There are no login names that one could rely on: `username` is told to its owner only.
#[derive(Deserialize)]
struct UserAnswer {
    uuid: String,
    username: Option<String>,
    nickname: Option<String>,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct RepositoryAnswer {
    uuid: String,
    full_name: String,
    #[serde(default)]
    is_private: bool,
    /// Absent while the repository is empty.
    mainbranch: Option<BranchAnswer>,
}

#[derive(Deserialize)]
struct BranchAnswer {
    name: String,
}

#[async_trait::async_trait]
impl Repositories for Bitbucket {
    async fn identity(&self, token: &Secret) -> Result<Identity, Error> {
        let user: UserAnswer = self.rest.get(token, "user", "the user").await?;
        let login = user.username.or(user.nickname).or(user.display_name);
        Ok(Identity { login: login.unwrap_or_else(|| user.uuid.clone()), id: user.uuid })
    }

    async fn repository(&self, access: RepositoryAccess<'_>) -> Result<RepositoryInfo, Error> {
        let RepositoryAccess { token, repository } = access;
        let (path, what) = (repository_path(repository)?, format!("repository {repository}"));
        let found: RepositoryAnswer = self.rest.get(token, &path, &what).await?;
        let may_administer = self.is_administrator(token, &found).await?;
        Ok(RepositoryInfo {
            id: found.uuid,
            name: RepositoryName::new(found.full_name),
            default_branch: found.mainbranch.map(|it| it.name).unwrap_or_default(),
            private: found.is_private,
            may_administer,
            // Reading is enough.
            may_report: Some(true),
        })
    }

    /// One status a key; the newest overwrites. A link is always there: to the commit itself
    /// where we have none.
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
            CommitState::Stopped => "STOPPED",
        };
        let page = web_page(&self.web, repository, &format!("/commits/{commit}"))?;
        let mut body = json!({
            "key": key(&status.context, BITBUCKET_KEY_CHARS_MAX),
            "state": state,
            "name": cut(&status.context, BITBUCKET_STATUS_CHARS_MAX),
            "description": cut(&status.description, BITBUCKET_STATUS_CHARS_MAX),
            "url": status.target_url.as_ref().unwrap_or(&page).as_str(),
        });
        if let Some(git_ref) = &status.git_ref {
            body["refname"] = json!(git_ref.name);
        }
        let path = format!("{}/commit/{commit}/statuses/build", repository_path(repository)?);
        self.rest.call(token, Method::POST, &path, Some(body), &what).await.map(drop)
    }
}

impl Bitbucket {
    /// Rights are told by one list only: the workspace's repositories where one has a role. The
    /// lists across workspaces are gone.
    async fn is_administrator(
        &self,
        token: &Secret,
        repository: &RepositoryAnswer,
    ) -> Result<Option<bool>, Error> {
        let (uuid, name) = (&repository.uuid, &repository.full_name);
        let workspace = name.split('/').next().unwrap_or_default();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("role", "admin")
            .append_pair("q", &format!("uuid=\"{uuid}\""))
            .finish();
        let at = format!("repositories/{}?{query}", crate::path::segment(workspace));
        let what = format!("the rights in {name}");
        let response = match self.rest.call(token, Method::GET, &at, None, &what).await {
            Ok(response) => response,
            Err(Error::NotFound { .. } | Error::Forbidden { .. } | Error::Rejected { .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Page { values, .. } = page::<RepositoryAnswer>(&response, &what)?;
        Ok(Some(values.iter().any(|it| it.uuid == *uuid)))
    }
}
