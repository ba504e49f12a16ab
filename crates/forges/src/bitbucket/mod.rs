//! Bitbucket, as bitbucket.org runs it.
//!
//! Written against Atlassian's published description of its REST API, version 2.0. It has no ping
//! of hooks and no list of deliveries, and says so.

mod api;
mod hooks;
mod oauth;
mod protection;
mod pull_requests;
mod repositories;

use crate::forge::{Forge, Redelivery};
use crate::rest::{OverRest, Rest};
use crate::{Error, git};
use domain::connection::ProviderType;
use domain::{CommitSha, RepositoryName, Secret};
use url::Url;

/// bitbucket.org.
#[derive(Clone, Debug)]
pub struct Bitbucket {
    /// Pages, OAuth and git.
    web: Url,
    rest: Rest,
}

impl Bitbucket {
    /// bitbucket.org, whose API has a host of its own.
    pub fn dot_org(client: egress::Client) -> Self {
        let parse = |text| Url::parse(text).expect("a constant URL");
        let (web, api) = (parse("https://bitbucket.org/"), parse("https://api.bitbucket.org/2.0/"));
        Self { web, rest: api::rest(client, api) }
    }

    /// A stand-in for bitbucket.org that serves pages and API from one origin.
    pub fn at(origin: &Url, client: egress::Client) -> Self {
        let web = crate::rest::base(origin);
        let api = web.join("2.0/").expect("a path below a base");
        Self { web, rest: api::rest(client, api) }
    }
}

impl Redelivery for Bitbucket {}

impl OverRest for Bitbucket {
    fn rest(&self) -> &Rest {
        &self.rest
    }
}

impl Forge for Bitbucket {
    fn provider(&self) -> ProviderType {
        ProviderType::Bitbucket
    }

    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error> {
        api::web_page(&self.web, repository, ".git")
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        api::web_page(&self.web, repository, &format!("/commits/{commit}"))
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("x-token-auth", token)
    }
}
