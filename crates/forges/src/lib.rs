#![doc = include_str!("../README.md")]

mod error;
mod forge;
pub mod git;
mod github;
pub mod limits;
pub mod mirror;
mod pkce;

pub use error::Error;
pub use forge::{
    ClientRegistration, CommitState, CommitStatus, Exchange, Forge, Grant, Head, Hook, HookTarget,
    Identity, RepositoryInfo,
};
pub use github::GitHub;
pub use mirror::{Mirror, Mirrors};
pub use pkce::challenge;
