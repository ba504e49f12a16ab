#![doc = include_str!("../README.md")]

mod answer;
mod bitbucket;
mod bitbucket_server;
mod error;
mod forge;
pub mod git;
pub mod github;
mod gitlab;
mod grant;
mod hooks;
pub mod lfs;
pub mod limits;
pub mod mirror;
mod path;
mod pkce;
mod protection;
mod requests;
mod rest;
mod status;

pub use bitbucket::Bitbucket;
pub use bitbucket_server::BitbucketServer;
pub use error::Error;
pub use forge::{
    Asked, Authorization, ClientRegistration, CommitState, CommitStatus, Deliveries, Delivery,
    Exchange, Forge, Grant, Head, Hook, HookTarget, Hooks, Identity, Looked, Looking, Protection,
    Redelivery, Repositories, RepositoryAccess, RepositoryInfo, RequestInfo, Requests,
};
pub use github::GitHub;
pub use gitlab::GitLab;
pub use grant::AuthorizationServer;
pub use mirror::{Mirror, Mirrors};
pub use pkce::challenge;
