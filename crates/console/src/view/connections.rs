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
    /// Where "finish connecting" goes; `None` where there is nothing to finish, or where
    /// something else must be done first (then `missing` says what).
    pub finish: Option<Href>,
}
