//! Repositories, who may do what there, and what an organisation forbids.

use std::collections::{BTreeSet, HashMap};

#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    /// Bitbucket's `{uuid}`, without the braces.
    pub(crate) uuid: String,
    /// Everything before the last slash: GitLab's groups nest.
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) default_branch: String,
    pub(crate) old_names: Vec<String>,
    pub(crate) fork_of: Option<u64>,
    /// Full refs that not everybody may push to.
    pub(crate) protected: BTreeSet<String>,
    /// By login; whoever is not here may do everything.
    pub(crate) access: HashMap<String, Access>,
}

/// What somebody may do with a repository; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing: it is as if it were not there.
    None,
    /// See and fetch.
    Read,
    /// Push, and set statuses.
    Write,
    /// Hooks.
    Admin,
}

/// What an organisation asks of OAuth apps (GitHub's words).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// It approves each app; this one is not approved.
    OAuthApps,
    /// Its members sign in through SAML, which the token's grant has not seen.
    Saml,
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Its folder under the forge's own; a rename does not move it.
    pub(crate) fn folder(&self) -> String {
        format!("{}.git", self.id)
    }

    /// Whether a full ref is protected.
    pub(crate) fn protects(&self, full: &str) -> bool {
        self.protected.contains(full)
    }

    pub(crate) fn access_of(&self, login: &str) -> Access {
        self.access.get(login).copied().unwrap_or(Access::Admin)
    }
}
