//! What the forge knows, as plain values behind one lock. The dialects put it into words.

pub(crate) mod app;
pub(crate) mod delivery;
pub(crate) mod grant;
pub(crate) mod hook;
pub(crate) mod pull_request;
pub(crate) mod repository;
pub(crate) mod user;

use crate::deliver::Letter;
use crate::faults::{Misbehaviour, Trouble};
use app::{App, Installation, Unconverted};
use delivery::Delivery;
use domain::{CommitSha, Timestamp};
use grant::Grants;
use hook::Hook;
use pull_request::PullRequest;
use repository::{Repository, Restriction};
use serde::Serialize;
use std::collections::HashMap;
use url::Url;
use user::{Consent, User};

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) users: Vec<User>,
    /// Whom the browser is signed in as.
    pub(crate) signed_in: String,
    pub(crate) consent: Consent,
    /// What people grant, whatever is asked for.
    pub(crate) scopes_granted: Option<String>,
    pub(crate) grants: Grants,
    pub(crate) repositories: Vec<Repository>,
    /// By owner.
    pub(crate) restrictions: HashMap<String, Restriction>,
    pub(crate) pull_requests: Vec<PullRequest>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) apps: Vec<App>,
    pub(crate) installations: Vec<Installation>,
    /// By the code that a manifest's browser brought back.
    pub(crate) unconverted: HashMap<String, Unconverted>,
    /// GitLab's feature flag `webhook_signing_token`, as switched off: it is on at gitlab.com.
    pub(crate) hooks_unsigned: bool,
    pub(crate) deliveries: Vec<Delivery>,
    /// Held back to be sent after a later one.
    pub(crate) held: Vec<Letter>,
    /// To be sent again, and when.
    pub(crate) waiting: Vec<(Timestamp, Letter)>,
    pub(crate) statuses: Vec<Status>,
    /// The server where LFS files are had; the forge itself where it is absent.
    pub(crate) lfs_elsewhere: Option<Url>,
    pub(crate) misbehaviour: Option<Misbehaviour>,
    pub(crate) troubles: Vec<Trouble>,
    /// The last id given to anything.
    pub(crate) last_id: u64,
}

/// A commit status that somebody set.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// `owner/name`.
    pub repository: String,
    /// The commit.
    pub commit: CommitSha,
    /// In the forge's own words: `success`, `SUCCESSFUL`, `running`.
    pub state: String,
    /// Which of several: GitHub's `context`, GitLab's `name`, either Bitbucket's `key`.
    pub context: String,
    /// A few words.
    pub description: Option<String>,
    /// Where more is to be seen.
    pub target_url: Option<String>,
    /// The ref that it names, as it was sent: GitLab's `ref`, Bitbucket's `refname`, Bitbucket Server's
    /// full `ref`. GitHub's statuses have none.
    pub git_ref: Option<String>,
    /// Whose token it was.
    pub creator: String,
}

impl World {
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn user(&self, login: &str) -> Option<&User> {
        self.users.iter().find(|user| user.login == login)
    }

    /// By its present name.
    pub(crate) fn repository(&self, full_name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|it| it.full_name() == full_name)
    }

    pub(crate) fn repository_by_id(&self, id: u64) -> Option<&Repository> {
        self.repositories.iter().find(|it| it.id == id)
    }

    pub(crate) fn hook(&self, repository: u64, id: u64) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.repository == repository && hook.id == id)
    }

    pub(crate) fn pull_request(&self, repository: u64, number: u64) -> Option<&PullRequest> {
        let of = |it: &&PullRequest| it.repository == repository && it.number == number;
        self.pull_requests.iter().find(of)
    }

    /// The statuses of one commit, newest first.
    pub(crate) fn statuses_of(&self, full_name: &str, commit: &str) -> Vec<&Status> {
        let of = |it: &&Status| it.repository == full_name && it.commit.as_str() == commit;
        self.statuses.iter().rev().filter(of).collect()
    }

    /// Sets a status where the forge keeps one a context: replaces what was there.
    pub(crate) fn put_status(&mut self, status: Status) {
        let same = |it: &Status| {
            (&it.repository, &it.commit, &it.context)
                == (&status.repository, &status.commit, &status.context)
        };
        self.statuses.retain(|it| !same(it));
        self.statuses.push(status);
    }
}
