//! Every question to a forge passes here: a host that asked to be left alone, or that fails again and
//! again, is not asked until its rest is over ([`crate::breaker`] decides).
//!
//! git is held up by what git was told alone: no forge counts it among the calls of its API. What it
//! was told is meant for whoever comes from this server, so the API is left alone then, too.

mod watched;

pub(crate) use watched::Watched;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{AccountId, Clock, ConnectionArn, Timestamp};
use forges::Error;
use forges::git::GitError;

use crate::breaker::{Breaker, Rest};
use crate::git::Unanswered;

/// A connection whose forge is left alone for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Whose.
    pub account: AccountId,
    /// The connection that noticed.
    pub connection: ConnectionArn,
    /// The forge's host.
    pub host: String,
    /// Until when.
    pub until: Timestamp,
    /// What the host did.
    pub why: String,
}

/// What this process knows of the forges' hosts.
pub struct Hosts {
    clock: Arc<dyn Clock>,
    breakers: Mutex<BTreeMap<String, Doors>>,
    tell: Box<dyn Fn(Throttled) + Send + Sync>,
}

/// What is known of the two ways into one host.
#[derive(Default)]
struct Doors {
    api: Breaker,
    git: Breaker,
}

impl Hosts {
    /// Knows of none yet. `tell` hears of every rest that begins.
    pub fn new(clock: Arc<dyn Clock>, tell: impl Fn(Throttled) + Send + Sync + 'static) -> Self {
        Self { clock, breakers: Mutex::default(), tell: Box::new(tell) }
    }

    /// Until when a host is left alone, if it is now.
    pub fn rest_of(&self, host: &str) -> Option<Timestamp> {
        self.at(host, |doors, at| doors.api.rest_at(at))
    }

    fn at<T>(&self, host: &str, ask: impl FnOnce(&mut Doors, Timestamp) -> T) -> T {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        ask(breakers.entry(host.to_owned()).or_default(), self.clock.now())
    }
}

/// Asks one host, for a connection.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) host: String,
    pub(crate) account: AccountId,
    pub(crate) connection: ConnectionArn,
}

impl Caller {
    async fn api<T>(&self, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let entered = self.hosts.at(&self.host, |doors, at| doors.api.enter(at));
        entered.map_err(|rest| self.held(rest))?;
        let answer = asked.await;
        let rest = self.hosts.at(&self.host, |Doors { api, .. }, at| match &answer {
            Err(Error::RateLimited { wait }) => api.limited(*wait, at).cloned(),
            Err(Error::Unavailable { why }) => api.failed(why, at).cloned(),
            _ => {
                api.answered(at);
                None
            }
        });
        rest.into_iter().for_each(|rest| self.tell(rest));
        answer
    }

    /// Has git ask. That it was not answered is told of a moment's try; only a limit is kept to.
    pub(crate) async fn git<T>(
        &self,
        asked: impl Future<Output = Result<T, GitError>>,
    ) -> Result<T, Unanswered> {
        let entered = self.hosts.at(&self.host, |doors, at| doors.git.enter(at));
        entered.map_err(|rest| Unanswered::Held(self.held(rest)))?;
        let answer = asked.await;
        let rest = self.hosts.at(&self.host, |Doors { api, git }, at| match &answer {
            Err(GitError::RateLimited { wait }) => {
                api.limited(*wait, at);
                git.limited(*wait, at).cloned()
            }
            _ => {
                git.answered(at);
                None
            }
        });
        rest.into_iter().for_each(|rest| self.tell(rest));
        answer.map_err(Unanswered::Git)
    }

    fn held(&self, Rest { until, why }: Rest) -> Error {
        Error::Held { host: self.host.clone(), until, why }
    }

    fn tell(&self, Rest { until, why }: Rest) {
        let (account, connection) = (self.account.clone(), self.connection.clone());
        let host = self.host.clone();
        tracing::warn!(host, until = until.rfc3339(), why, "a forge is left alone for a while");
        (self.hosts.tell)(Throttled { account, connection, host, until, why });
    }
}
