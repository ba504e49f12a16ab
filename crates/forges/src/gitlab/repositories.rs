//! Who a token is, projects, what refs point at, commit statuses.

use super::GitLab;
use super::api::{changes_nothing, project_path};
use crate::Error;
use crate::answer::{if_there, sha};
use crate::forge::{CommitState, CommitStatus, Head, Identity, Repositories, RepositoryInfo};
use crate::limits::GITLAB_STATUS_CHARS_MAX;
use crate::path::{check_ref, segment, status_of};
use crate::status::{cut, key};
use domain::forge_event::{GitRef, RefKind};
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

#[derive(Deserialize)]
struct RefAnswer {
    /// Of a tag: what the tag itself holds, its own object where it is annotated.
    target: Option<String>,
    commit: CommitAnswer,
}

#[derive(Deserialize)]
struct CommitAnswer {
    id: String,
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
        let user: UserAnswer = self.rest.ask(token, Method::GET, "user", None, "the user").await?;
        Ok(Identity { id: user.id.to_string(), login: user.username })
    }

    async fn repository(
        &self,
        token: &Secret,
        name: &RepositoryName,
    ) -> Result<RepositoryInfo, Error> {
        let (path, what) = (project_path(name)?, format!("repository {name}"));
        let found: ProjectAnswer = self.rest.ask(token, Method::GET, &path, None, &what).await?;
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

    async fn head(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<Head>, Error> {
        let what = format!("{git_ref} of {repository}");
        check_ref(git_ref, &what)?;
        let path = ref_path(repository, git_ref)?;
        let found = self.rest.ask::<RefAnswer>(token, Method::GET, &path, None, &what).await;
        let Some(found) = if_there(found)? else { return Ok(None) };
        let commit = sha(&found.commit.id, &what)?;
        let after = found.target.map_or_else(|| Ok(commit.clone()), |it| sha(&it, &what))?;
        Ok(Some(Head { after, commit }))
    }

    /// A status that is what it was already is refused by most versions; it says what we say.
    async fn set_status(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        let what = status_of(commit, repository)?;
        let state = match status.state {
            CommitState::Pending => "running",
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
        let path = format!("{}/statuses/{commit}", project_path(repository)?);
        match self.rest.call(token, Method::POST, &path, Some(body), &what).await {
            Err(error) if changes_nothing(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}

/// Where a branch or a tag describes itself.
pub(super) fn ref_path(repository: &RepositoryName, git_ref: &GitRef) -> Result<String, Error> {
    let kind = match git_ref.kind {
        RefKind::Branch => "branches",
        RefKind::Tag => "tags",
    };
    let (project, name) = (project_path(repository)?, segment(&git_ref.name));
    Ok(format!("{project}/repository/{kind}/{name}"))
}
