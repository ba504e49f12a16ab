//! Connections to forges: whether they work, and what is missing where they do not.

use super::Frame;
use super::words::{Status, Why};
use crate::href::Href;
use askama::Template;
use serde::Serialize;

/// All connections of the account.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "connections.html", blocks = ["live"])]
pub struct Connections {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// By name.
    pub connections: Vec<Connection>,
    /// What the last handshake came to, once.
    pub outcome: Option<Why>,
}

/// One connection.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `GitHub Enterprise Server`.
    pub provider: String,
    /// `https://git.example`, where it has a host of its own.
    pub host: Option<String>,
    /// `AVAILABLE`, `PENDING`, `ERROR`.
    pub status: Status,
    /// What is missing, or what went wrong.
    pub missing: Option<Why>,
    /// Until when its forge is left alone, and why.
    pub throttled: Option<Why>,
    /// What is not as it should be with the webhooks of its repositories.
    pub hooks: Vec<Why>,
    /// Commit statuses that the forge refused.
    pub statuses: Vec<Why>,
    /// When the forge last said that it has the webhooks; `None` where one is not there.
    pub asked: Option<String>,
    /// The forge's user who authorised it; `None` before somebody has, and where an App speaks.
    pub login: Option<String>,
    /// Where somebody authorises it, also again where it works; `None` where something else must be
    /// done first (then `missing` says what).
    pub finish: Option<Href>,
    /// Where it is asked what it may do in a repository; `None` while it does not work.
    pub test: Option<Href>,
}

/// What a connection may do in a repository: the question, and once it was asked the answer.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "connection_test.html")]
pub struct ConnectionTest {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// The connection's ARN.
    pub connection: String,
    /// Which repository; empty before somebody asked.
    pub repository: String,
    /// What the forge said.
    pub answer: Option<Rights>,
}

/// What a forge lets a connection do.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Rights {
    /// The forge's user for whom it speaks.
    pub login: Option<String>,
    /// Each right that a pipeline needs.
    pub rights: Vec<RightLine>,
    /// Scopes that it lacks, in the forge's names.
    pub missing_scopes: Vec<String>,
}

/// One right.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct RightLine {
    /// `Webhooks`.
    pub what: String,
    /// `given`, `refused`, `unsaid`.
    pub status: Status,
    /// Why not, and who must mend it.
    pub why: Option<String>,
}
