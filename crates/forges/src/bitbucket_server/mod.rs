//! Bitbucket Server and Data Center, which someone runs.
//!
//! Written against Atlassian's published description of its REST API and its documentation of the
//! OAuth 2.0 provider (since 7.20). It answers 401 where a right is missing, too; `api.rs` tells
//! that from a token that is no good.

mod api;
mod hooks;
mod oauth;
mod protection;
mod pull_requests;
mod repositories;

use crate::forge::Forge;
use crate::rest::{OverRest, Rest};
use crate::{Error, git};
use domain::connection::ProviderType;
use domain::{CommitSha, RepositoryName, Secret};
use url::Url;

/// A Bitbucket Server or Data Center.
#[derive(Clone, Debug)]
pub struct BitbucketServer {
    /// Pages, OAuth and git; its path ends in a slash.
    web: Url,
    rest: Rest,
}

impl BitbucketServer {
    /// The Bitbucket at this address; it may live under a path (a context path).
    pub fn new(endpoint: &Url, client: egress::Client) -> Self {
        let web = crate::rest::base(endpoint);
        Self { rest: api::rest(client, web.clone()), web }
    }
}

impl OverRest for BitbucketServer {
    fn rest(&self) -> &Rest {
        &self.rest
    }
}

impl Forge for BitbucketServer {
    fn provider(&self) -> ProviderType {
        ProviderType::BitbucketServer
    }

    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error> {
        api::clone_url(&self.web, repository)
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        api::commit_page(&self.web, repository, commit)
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("x-token-auth", token)
    }
}
