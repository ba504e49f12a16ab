//! A branch looked at again and again: GitHub answers 304 where nothing is new, and does not count
//! that among the calls that it allows (its documentation, "Best practices", conditional requests).

use super::GitHub;
use super::api::repository_path;
use super::repositories::{RefAnswer, encoded, sha};
use crate::forge::{Head, Looked, Looking};
use crate::path::check_ref;
use crate::{Error, answer};
use domain::forge_event::{GitRef, RefKind};
use domain::{RepositoryName, Secret};
use egress::header;

#[async_trait::async_trait]
impl Looking for GitHub {
    async fn head_since(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
        tag: Option<&str>,
    ) -> Result<Looked, Error> {
        if git_ref.kind == RefKind::Tag {
            return Ok(Looked::NotOffered);
        }
        let what = format!("{git_ref} of {repository}");
        check_ref(git_ref, &what)?;
        let path = format!("repos/{}/git/ref/{}", repository_path(repository)?, encoded(git_ref));
        let response = match self.rest.call_if_new(token, &path, tag, &what).await {
            Ok(Some(response)) => response,
            Ok(None) => return Ok(Looked::AsBefore),
            Err(Error::NotFound { .. }) => return Ok(Looked::At { head: None, tag: None }),
            Err(error) => return Err(error),
        };
        let tag = response.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.map(str::to_owned);
        let after = sha(&answer::read::<RefAnswer>(&response, &what)?.object, &what)?;
        Ok(Looked::At { head: Some(Head { commit: after.clone(), after }), tag })
    }
}
