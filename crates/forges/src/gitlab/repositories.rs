//! Who a token is, projects, commit statuses.

use super::GitLab;
use super::api::{changes_nothing, project_path};
use crate::Error;
use crate::forge::{
    CommitState, CommitStatus, Identity, Repositories, RepositoryAccess, RepositoryInfo,
};
use crate::limits::GITLAB_STATUS_CHARS_MAX;
use crate::path::status_of;
use crate::status::{cut, key};
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret};
use egress::Method;
use serde::Deserialize;
use serde_json::json;

/// The roles that a project's members have, as numbers (GitLab's documentation of members).
const DEVELOPER: u64 = 30;
const MAINTAINER: u64 = 40;

#[derive(Deserialize)]
struct UserAnswer {
    id: u64,
    username: String,
}

#[derive(Deserialize)]
struct ProjectAnswer {
    id: u64,
    path_with_namespace: String,
    /// Absent while the project is empty.
    default_branch: Option<String>,
    #[serde(default)]
    visibility: String,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Permissions {
    project_access: Option<Access>,
    group_access: Option<Access>,
}

#[derive(Deserialize)]
struct Access {
    access_level: u64,
}

impl ProjectAnswer {
    /// The higher of both; an administrator may have neither and may do all.
    fn access_level(&self) -> Option<u64> {
        let permissions = self.permissions.as_ref()?;
        let both = [&permissions.project_access, &permissions.group_access];
        both.into_iter().flatten().map(|it| it.access_level).max()
    }
}

#[async_trait::async_trait]
impl Repositories for GitLab {
    async fn identity(&self, token: &Secret) -> Result<Identity, Error> {
        let user: UserAnswer = self.rest.get(token, "user", "the user").await?;
        Ok(Identity { id: user.id.to_string(), login: user.username })
    }

    async fn repository(&self, access: RepositoryAccess<'_>) -> Result<RepositoryInfo, Error> {
        let RepositoryAccess { token, repository } = access;
        let (path, what) = (project_path(repository)?, format!("repository {repository}"));
        let found: ProjectAnswer = self.rest.get(token, &path, &what).await?;
        let level = found.access_level();
        Ok(RepositoryInfo {
            id: found.id.to_string(),
            name: RepositoryName::new(found.path_with_namespace),
            default_branch: found.default_branch.unwrap_or_default(),
            private: found.visibility != "public",
            may_administer: level.map(|level| level >= MAINTAINER),
            may_report: level.map(|level| level >= DEVELOPER),
        })
    }

    /// A status that is what it was already is refused by most versions; it says what we say.
    async fn set_status(
        &self,
        access: RepositoryAccess<'_>,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        let RepositoryAccess { token, repository } = access;
        let what = status_of(commit, repository)?;
        let state = match status.state {
            CommitState::Pending => "running",
            CommitState::Waiting => "pending",
            CommitState::Succeeded => "success",
            CommitState::Failed => "failed",
            CommitState::Stopped => "canceled",
        };
        let mut body = json!({
            "state": state,
            "name": key(&status.context, GITLAB_STATUS_CHARS_MAX),
            "description": cut(&status.description, GITLAB_STATUS_CHARS_MAX),
        });
        // A link that is too long would cost the whole status.
        let fits = |url: &&url::Url| url.as_str().len() <= GITLAB_STATUS_CHARS_MAX;
        if let Some(url) = status.target_url.as_ref().filter(fits) {
            body["target_url"] = json!(url.as_str());
        }
        // Without it GitLab looks for a branch with the commit, and refuses one that none has.
        let fits = |it: &&GitRef| it.name.chars().count() <= GITLAB_STATUS_CHARS_MAX;
        if let Some(git_ref) = status.git_ref.as_ref().filter(fits) {
            body["ref"] = json!(git_ref.name);
        }
        let path = format!("{}/statuses/{commit}", project_path(repository)?);
        match self.rest.call(token, Method::POST, &path, Some(body), &what).await {
            Err(error) if changes_nothing(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}
