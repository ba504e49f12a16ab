//! Who a token is, repositories, what refs point at, commit statuses.

use super::GitHub;
use super::api::repository_path;
use crate::Error;
use crate::forge::{CommitState, CommitStatus, Head, Identity, RepositoryInfo};
use crate::limits::STATUS_DESCRIPTION_CHARS_MAX;
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
}

/// The answer about a ref and about a tag object alike.
#[derive(Deserialize)]
struct RefAnswer {
    object: ObjectAnswer,
}

#[derive(Deserialize)]
struct ObjectAnswer {
    sha: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Tags of tags are followed this far.
const TAGS_OF_TAGS_MAX: u32 = 5;

impl GitHub {
    pub(super) async fn read_identity(&self, token: &Secret) -> Result<Identity, Error> {
        let user: UserAnswer = self.ask(token, Method::GET, "user", None, "the user").await?;
        Ok(Identity { id: user.id.to_string(), login: user.login })
    }

    pub(super) async fn read_repository(
        &self,
        token: &Secret,
        name: &RepositoryName,
    ) -> Result<RepositoryInfo, Error> {
        let path = format!("repos/{}", repository_path(name)?);
        let what = format!("repository {name}");
        let found: RepositoryAnswer = self.ask(token, Method::GET, &path, None, &what).await?;
        Ok(RepositoryInfo {
            id: found.id.to_string(),
            name: RepositoryName::new(found.full_name),
            default_branch: found.default_branch,
            private: found.private,
            may_administer: found.permissions.map(|it| it.admin),
        })
    }

    pub(super) async fn read_head(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<Head>, Error> {
        let what = format!("{git_ref} of {repository}");
        let rejected = |error: domain::forge_event::RefError| Error::Rejected {
            what: what.clone(),
            message: error.to_string(),
        };
        git_ref.check().map_err(rejected)?;
        let base = format!("repos/{}/git", repository_path(repository)?);
        let path = format!("{base}/ref/{}", encoded(git_ref));
        let found = match self.ask::<RefAnswer>(token, Method::GET, &path, None, &what).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let after = sha(&found.object, &what)?;
        let mut object = found.object;
        for _ in 0..TAGS_OF_TAGS_MAX {
            let commit = sha(&object, &what)?;
            if object.kind != "tag" {
                return Ok(Some(Head { after, commit }));
            }
            let path = format!("{base}/tags/{commit}");
            object = self.ask::<RefAnswer>(token, Method::GET, &path, None, &what).await?.object;
        }
        Err(Error::Unexpected { what, why: "a tag of a tag of a tag…".to_owned() })
    }

    pub(super) async fn write_status(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        let what = format!("the status of {commit} in {repository}");
        if !commit.is_valid() {
            return Err(Error::NotFound { what });
        }
        let state = match status.state {
            CommitState::Pending => "pending",
            CommitState::Succeeded => "success",
            CommitState::Failed => "failure",
            CommitState::Stopped => "error",
        };
        let description = status.description.chars().take(STATUS_DESCRIPTION_CHARS_MAX);
        let mut body = json!({
            "state": state,
            "context": status.context,
            "description": description.collect::<String>(),
        });
        if let Some(url) = &status.target_url {
            body["target_url"] = json!(url.as_str());
        }
        let path = format!("repos/{}/statuses/{commit}", repository_path(repository)?);
        self.call(token, Method::POST, &path, Some(body), &what).await.map(drop)
    }
}

/// `heads/feature/x` with whatever a path cannot hold written as `%XX`.
fn encoded(git_ref: &GitRef) -> String {
    let kind = match git_ref.kind {
        RefKind::Branch => "heads",
        RefKind::Tag => "tags",
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    let name = git_ref.name.bytes().map(|b| match b {
        b if plain(b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    });
    format!("{kind}/{}", name.collect::<String>())
}

fn sha(object: &ObjectAnswer, what: &str) -> Result<CommitSha, Error> {
    let sha = CommitSha::new(&*object.sha);
    let unexpected =
        || Error::Unexpected { what: what.to_owned(), why: format!("{:?} is no hash", object.sha) };
    sha.is_valid().then_some(sha).ok_or_else(unexpected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refs_name_stays_one_path() {
        assert_eq!(encoded(&GitRef::branch("feature/x")), "heads/feature/x");
        assert_eq!(encoded(&GitRef::tag("v1#2%ä")), "tags/v1%232%25%C3%A4");
    }
}
