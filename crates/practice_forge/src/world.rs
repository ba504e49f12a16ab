//! What the forge knows, as plain values.

use domain::{CommitSha, Timestamp};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;

/// Everything, behind one lock.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) users: Vec<User>,
    pub(crate) clients: Vec<OAuthClient>,
    /// By code.
    pub(crate) codes: HashMap<String, Code>,
    /// By token.
    pub(crate) tokens: HashMap<String, Token>,
    pub(crate) repositories: Vec<Repository>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) misbehaviour: Option<Misbehaviour>,
    /// The last id given to anything.
    pub(crate) last_id: u64,
}

/// What the forge does wrong with deliveries, until it is told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Nothing is sent, and the delivery is listed with status 0.
    Drop,
    /// Everything is sent twice, the second time under another delivery id.
    Duplicate,
    /// Everything is signed with a secret that nobody knows.
    WrongSecret,
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) login: String,
}

#[derive(Clone, Debug)]
pub(crate) struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) callback: url::Url,
}

/// An authorization code, good for one exchange.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) login: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) scope: String,
    pub(crate) made_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) login: String,
    pub(crate) scope: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) default_branch: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) id: u64,
    pub(crate) repository: u64,
    pub(crate) active: bool,
    pub(crate) events: Vec<String>,
    pub(crate) url: String,
    pub(crate) secret: String,
    pub(crate) content_type: String,
    pub(crate) insecure_ssl: String,
}

/// One delivery of a hook, as it was sent and answered.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// Its number.
    pub id: u64,
    /// `X-GitHub-Delivery`; the same when it is sent again.
    pub guid: String,
    /// The hook's number.
    pub hook_id: u64,
    /// `X-GitHub-Event`.
    pub event: String,
    /// Whether somebody asked for it to be sent again.
    pub redelivery: bool,
    /// When it was sent.
    pub delivered_at: String,
    /// What the receiver answered; 0 where there was no answer.
    pub status_code: u16,
    /// The receiver's words, or why there are none.
    pub status: String,
    /// Where it went.
    pub url: String,
    /// The headers that it was sent with.
    pub headers: Vec<(String, String)>,
    /// The body that was signed.
    pub body: String,
}

/// A commit status that somebody set.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// `owner/name`.
    pub repository: String,
    /// The commit.
    pub commit: CommitSha,
    /// `pending`, `success`, `failure` or `error`.
    pub state: String,
    /// Which of several.
    pub context: String,
    /// A few words.
    pub description: Option<String>,
    /// Where more is to be seen.
    pub target_url: Option<String>,
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

    pub(crate) fn repository(&self, owner: &str, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|it| it.owner == owner && it.name == name)
    }

    pub(crate) fn hook(&self, repository: u64, id: u64) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.repository == repository && hook.id == id)
    }
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Its folder under the forge's own.
    pub(crate) fn folder(&self) -> String {
        format!("{}/{}.git", self.owner, self.name)
    }
}

impl Hook {
    pub(crate) fn json(&self, base: &str, repository: &Repository) -> Value {
        let url = format!("{base}api/v3/repos/{}/hooks/{}", repository.full_name(), self.id);
        serde_json::json!({
            "type": "Repository",
            "id": self.id,
            "name": "web",
            "active": self.active,
            "events": self.events,
            "config": {
                "content_type": self.content_type,
                "insecure_ssl": self.insecure_ssl,
                "url": self.url,
                "secret": "********",
            },
            "updated_at": "2026-01-01T00:00:00Z",
            "created_at": "2026-01-01T00:00:00Z",
            "url": url,
            "test_url": format!("{url}/test"),
            "ping_url": format!("{url}/pings"),
            "deliveries_url": format!("{url}/deliveries"),
            "last_response": {"code": null, "status": "unused", "message": null},
        })
    }
}
