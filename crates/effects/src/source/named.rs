//! What the configuration of a source action names, and the commit that is to be had of it.

use domain::forge_event::GitRef;
use domain::{CommitSha, ConnectionArn, RepositoryName};
use engine::StartAction;

/// What a source action names.
pub struct Named {
    /// The connection as the action spells it; none where it brings a token of its own.
    pub connection: Option<ConnectionArn>,
    /// The repository.
    pub repository: RepositoryName,
    /// The branch, or a pattern of branches.
    pub branch: String,
}

/// What is fetched.
pub struct Wanted {
    /// As the action spells it; what stands in its place for one with a token of its own.
    pub connection: ConnectionArn,
    pub repository: RepositoryName,
    pub commit: CommitSha,
    /// Where the commit was found to be; unknown of one that somebody named.
    pub git_ref: Option<GitRef>,
    /// Whether the forge protects the ref, once it has said so.
    pub protected: Option<bool>,
}

impl Named {
    pub fn of(start: &StartAction) -> Self {
        let text = |name| setting(start, name).to_owned();
        if start.work.action_type.is_older_github() {
            let repository = format!("{}/{}", text("Owner"), text("Repo"));
            return Self {
                connection: None,
                repository: RepositoryName::new(repository),
                branch: text("Branch"),
            };
        }
        Self {
            connection: Some(ConnectionArn::new(text("ConnectionArn"))),
            repository: RepositoryName::new(text("FullRepositoryId")),
            branch: text("BranchName"),
        }
    }
}

impl Wanted {
    /// For messages.
    pub fn named(&self) -> String {
        named(&self.commit, &self.repository)
    }
}

/// A commit in messages.
pub fn named(commit: &CommitSha, repository: &RepositoryName) -> String {
    format!("commit {commit} of {repository}")
}

/// A setting of the action's configuration; empty where there is none.
pub fn setting<'a>(start: &'a StartAction, key: &str) -> &'a str {
    start.work.configuration.get(key).map(String::as_str).unwrap_or_default()
}

/// Whether a setting has this value.
pub fn is_set(start: &StartAction, key: &str, value: &str) -> bool {
    setting(start, key) == value
}
