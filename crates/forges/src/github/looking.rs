//! A branch looked at again and again, and pull requests. Of the branch GitHub answers 304 where
//! nothing is new, and does not count that among the calls that it allows (its documentation, "Best
//! practices", conditional requests).

use super::GitHub;
use super::api::repository_path;
use crate::Error;
use crate::answer::{read, sha};
use crate::forge::{Head, Looked, Looking, RepositoryAccess, RequestInfo};
use crate::limits::PAGE_SIZE;
use crate::path::{check_ref, path};
use crate::requests::RestRequests;
use crate::rest::{ReadPage, linked};
use domain::forge_event::{GitRef, PullRequestSides, RefKind, Repository, RequestState};
use domain::{CommitSha, RepositoryName, Timestamp};
use egress::header;
use serde::Deserialize;

#[derive(Deserialize)]
struct RefAnswer {
    object: ObjectAnswer,
}

#[derive(Deserialize)]
struct ObjectAnswer {
    sha: String,
}

#[async_trait::async_trait]
impl Looking for GitHub {
    async fn head_since(
        &self,
        access: RepositoryAccess<'_>,
        git_ref: &GitRef,
        tag: Option<&str>,
    ) -> Result<Looked, Error> {
        let RepositoryAccess { token, repository } = access;
        if git_ref.kind == RefKind::Tag {
            return Ok(Looked::NotOffered);
        }
        let what = format!("{git_ref} of {repository}");
        check_ref(git_ref, &what)?;
        let (repository, branch) = (repository_path(repository)?, path(&git_ref.name));
        let path = format!("repos/{repository}/git/ref/heads/{branch}");
        let response = match self.rest.call_if_new(token, &path, tag, &what).await {
            Ok(Some(response)) => response,
            Ok(None) => return Ok(Looked::AsBefore),
            Err(Error::NotFound { .. }) => return Ok(Looked::At { head: None, tag: None }),
            Err(error) => return Err(error),
        };
        let tag = response.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.map(str::to_owned);
        let after = sha(&read::<RefAnswer>(&response, &what)?.object.sha, &what)?;
        Ok(Looked::At { head: Some(Head { commit: after.clone(), after }), tag })
    }
}

#[derive(Deserialize)]
pub(crate) struct PullAnswer {
    number: u64,
    title: String,
    state: String,
    created_at: String,
    updated_at: String,
    /// Null while it is not merged.
    merged_at: Option<String>,
    head: EndAnswer,
    base: EndAnswer,
}

#[derive(Deserialize)]
struct EndAnswer {
    r#ref: String,
    sha: String,
    /// Null where the fork is gone.
    repo: Option<RepoAnswer>,
}

#[derive(Deserialize)]
struct RepoAnswer {
    id: u64,
    full_name: String,
}

impl RestRequests for GitHub {
    type Shown = PullAnswer;
    const PAGE: ReadPage<PullAnswer> = linked;

    fn requests_path(repository: &RepositoryName) -> Result<String, Error> {
        Ok(format!("repos/{}/pulls", repository_path(repository)?))
    }

    fn first_page() -> String {
        format!("state=open&per_page={PAGE_SIZE}")
    }

    fn first_page_of_ended() -> String {
        format!("state=closed&sort=updated&direction=desc&per_page={PAGE_SIZE}")
    }

    fn updated(it: &PullAnswer) -> Option<Timestamp> {
        Timestamp::from_rfc3339(&it.updated_at)
    }

    fn read(it: PullAnswer, _: &RepositoryName) -> RequestInfo {
        let updated = Self::updated(&it);
        let id = |end: &EndAnswer| end.repo.as_ref().map(|repo| repo.id);
        let fork = id(&it.head).is_none() || id(&it.head) != id(&it.base);
        let source_repository = it.head.repo.map(|repo| Repository {
            id: Some(repo.id.to_string()),
            name: RepositoryName::new(repo.full_name),
        });
        let sides = PullRequestSides {
            number: it.number,
            head: CommitSha::new(it.head.sha),
            source: it.head.r#ref,
            target: it.base.r#ref,
            source_repository,
            fork,
        };
        let state = match (&*it.state, it.merged_at) {
            ("closed", None) => RequestState::Closed,
            ("closed", Some(_)) => RequestState::Merged,
            _ => RequestState::Open,
        };
        RequestInfo {
            title: it.title,
            sides,
            created: Timestamp::from_rfc3339(&it.created_at),
            updated,
            state,
        }
    }
}
