//! Who a token is, repositories, what refs point at, commit statuses.

use super::GitHub;
use super::api::repository_path;
use crate::answer::if_there;
use crate::forge::{CommitState, CommitStatus, Head, Identity, Repositories, RepositoryInfo};
use crate::limits::{STATUS_CONTEXT_CHARS_MAX, STATUS_DESCRIPTION_CHARS_MAX};
use crate::path::{check_ref, path, status_of};
use crate::status::{cut, key};
use crate::{Error, answer};
use domain::forge_event::{GitRef, RefKind};
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

/// The answer about a ref and about a tag object alike.
#[derive(Deserialize)]
pub(super) struct RefAnswer {
    pub(super) object: ObjectAnswer,
}

#[derive(Deserialize)]
pub(super) struct ObjectAnswer {
    sha: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Tags of tags are followed this far.
const TAGS_OF_TAGS_MAX: u32 = 5;

#[async_trait::async_trait]
impl Repositories for GitHub {
    async fn identity(&self, token: &Secret) -> Result<Identity, Error> {
        let user: UserAnswer = self.rest.ask(token, Method::GET, "user", None, "the user").await?;
        Ok(Identity { id: user.id.to_string(), login: user.login })
    }

    async fn repository(
        &self,
        token: &Secret,
        name: &RepositoryName,
    ) -> Result<RepositoryInfo, Error> {
        let path = format!("repos/{}", repository_path(name)?);
        let what = format!("repository {name}");
        let found: RepositoryAnswer = self.rest.ask(token, Method::GET, &path, None, &what).await?;
        Ok(RepositoryInfo {
            id: found.id.to_string(),
            name: RepositoryName::new(found.full_name),
            default_branch: found.default_branch,
            private: found.private,
            may_administer: found.permissions.as_ref().map(|it| it.admin),
            may_report: found.permissions.as_ref().map(|it| it.push),
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
        let base = format!("repos/{}/git", repository_path(repository)?);
        let path = format!("{base}/ref/{}", encoded(git_ref));
        let found = self.rest.ask::<RefAnswer>(token, Method::GET, &path, None, &what).await;
        let Some(found) = if_there(found)? else { return Ok(None) };
        let after = sha(&found.object, &what)?;
        let mut object = found.object;
        for _ in 0..TAGS_OF_TAGS_MAX {
            let commit = sha(&object, &what)?;
            if object.kind != "tag" {
                return Ok(Some(Head { after, commit }));
            }
            let path = format!("{base}/tags/{commit}");
            object =
                self.rest.ask::<RefAnswer>(token, Method::GET, &path, None, &what).await?.object;
        }
        Err(Error::Unexpected { what, why: "a tag of a tag of a tag…".to_owned() })
    }

    async fn set_status(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        let what = status_of(commit, repository)?;
        let state = match status.state {
            CommitState::Pending => "pending",
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

pub(super) fn encoded(git_ref: &GitRef) -> String {
    let kind = match git_ref.kind {
        RefKind::Branch => "heads",
        RefKind::Tag => "tags",
    };
    format!("{kind}/{}", path(&git_ref.name))
}

pub(super) fn sha(object: &ObjectAnswer, what: &str) -> Result<CommitSha, Error> {
    answer::sha(&object.sha, what)
}
