//! Who a token is, repositories, commit statuses.

use super::GitHub;
use super::api::repository_path;
use crate::Error;
use crate::forge::{
    CommitState, CommitStatus, Identity, Repositories, RepositoryAccess, RepositoryInfo,
};
use crate::limits::{STATUS_CONTEXT_CHARS_MAX, STATUS_DESCRIPTION_CHARS_MAX};
use crate::path::status_of;
use crate::status::{cut, key};
use domain::{CommitSha, RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct UserAnswer {
    id: u64,
    login: String,
}

#[derive(Deserialize)]
struct RepositoryAnswer {
    id: u64,
    full_name: String,
    default_branch: String,
    #[serde(default)]
    private: bool,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Permissions {
    admin: bool,
    #[serde(default)]
    push: bool,
}

#[async_trait::async_trait]
impl Repositories for GitHub {
    async fn identity(&self, token: &Secret) -> Result<Identity, Error> {
        let user: UserAnswer = self.rest.get(token, "user", "the user").await?;
        Ok(Identity { id: user.id.to_string(), login: user.login })
    }

    async fn repository(&self, access: RepositoryAccess<'_>) -> Result<RepositoryInfo, Error> {
        let RepositoryAccess { token, repository } = access;
        let path = format!("repos/{}", repository_path(repository)?);
        let what = format!("repository {repository}");
        let found: RepositoryAnswer = self.rest.get(token, &path, &what).await?;
        Ok(RepositoryInfo {
            id: found.id.to_string(),
            name: RepositoryName::new(found.full_name),
            default_branch: found.default_branch,
            private: found.private,
            may_administer: found.permissions.as_ref().map(|it| it.admin),
            may_report: found.permissions.as_ref().map(|it| it.push),
        })
    }

    async fn set_status(
        &self,
        access: RepositoryAccess<'_>,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        let RepositoryAccess { token, repository } = access;
        let what = status_of(commit, repository)?;
        let state = match status.state {
            CommitState::Pending | CommitState::Waiting => "pending",
            CommitState::Succeeded => "success",
            CommitState::Failed => "failure",
            CommitState::Stopped => "error",
        };
        let description = cut(&status.description, STATUS_DESCRIPTION_CHARS_MAX);
        let context = key(&status.context, STATUS_CONTEXT_CHARS_MAX);
        let mut body = json!({"state": state, "context": context, "description": description});
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url.as_str());
        }
        let path = format!("repos/{}/statuses/{commit}", repository_path(repository)?);
        self.rest.call(token, Method::POST, &path, Some(body), &what).await.map(drop)
    }
}
