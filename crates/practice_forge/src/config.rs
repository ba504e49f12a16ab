//! How a forge is to be.

use crate::Kind;
use crate::shared::Time;
use crate::world::grant::TokenRules;
use domain::clock::SystemClock;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// How the forge is to be.
#[derive(Clone, Debug)]
pub struct Config {
    /// The dialect it speaks.
    pub kind: Kind,
    /// Where it listens; a loopback address, port 0 for a free one.
    pub listen: SocketAddr,
    /// Where its repositories lie; `None` for a folder that is gone when it stops.
    pub folder: Option<PathBuf>,
    /// The first user, whom the browser is signed in as.
    pub login: String,
    /// Whether the user agrees to every OAuth app without being asked.
    pub auto_approve: bool,
    /// How tokens live; `None` for the kind's own rules.
    pub token_rules: Option<TokenRules>,
    /// What time it is: tokens expire by it, and hooks are left alone by it.
    pub time: Time,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            kind: Kind::GitHub,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            folder: None,
            login: "practice".to_owned(),
            auto_approve: true,
            token_rules: None,
            time: Time::of(Arc::new(SystemClock)),
        }
    }
}
