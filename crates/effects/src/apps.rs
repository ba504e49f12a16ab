//! Tokens of Apps' installations: asked for when an effect needs one, each for one repository and
//! one purpose, kept in memory until they are about to end, and never written down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::connection::Halted;
use domain::{AccountId, Clock, ConnectionArn, Installation, RepositoryName, Secret, Timestamp};
use forges::Error;
use forges::github::Purpose;
use store::ConnectionRow;

use crate::installed::Asker;
use crate::limits::{INSTALLATION_TOKENS_MAX, TOKEN_MARGIN_SECONDS};

/// A connection whose App's installation gives no tokens any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Whose.
    pub account: AccountId,
    /// The connection that noticed.
    pub connection: ConnectionArn,
    /// Why.
    pub halted: Halted,
    /// When the forge was asked that said so: what was asked later is truer.
    pub asked: Timestamp,
}

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) installation: Installation,
    pub(crate) repository: RepositoryName,
    pub(crate) purpose: Purpose,
}

struct Given {
    token: Secret,
    until: Timestamp,
}

/// The tokens that this process was given.
pub struct Apps {
    clock: Arc<dyn Clock>,
    given: Mutex<HashMap<Scope, Given>>,
    tell: Box<dyn Fn(Stopped) + Send + Sync>,
}

impl Apps {
    /// Has none yet. `tell` hears of every connection whose installation does not serve any more.
    pub fn new(clock: Arc<dyn Clock>, tell: impl Fn(Stopped) + Send + Sync + 'static) -> Self {
        Self { clock, given: Mutex::default(), tell: Box::new(tell) }
    }

    fn known(&self, scope: &Scope) -> Option<Secret> {
        let (given, now) = (self.given.lock().unwrap_or_else(PoisonError::into_inner), self.now());
        given.get(scope).filter(|it| now < it.until).map(|it| it.token.clone())
    }

    fn keep(&self, scope: Scope, token: Secret, until: Timestamp) {
        let (mut given, now) =
            (self.given.lock().unwrap_or_else(PoisonError::into_inner), self.now());
        if given.len() >= INSTALLATION_TOKENS_MAX {
            given.retain(|_, it| now < it.until);
        }
        if given.len() < INSTALLATION_TOKENS_MAX {
            given.insert(scope, Given { token, until });
        }
    }

    pub(crate) fn forget(&self, scope: &Scope) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).remove(scope);
    }

    /// The tokens that are good now: whatever a step prints, these are masked in it.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.values().map(|it| it.token.clone()).collect()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A token for this: the one that was given before, unless it is about to end, or a new one.
    pub(crate) async fn token(&self, asker: &Asker) -> Result<Secret, Error> {
        match self.known(&asker.scope) {
            Some(token) => Ok(token),
            None => self.new_token(asker).await,
        }
    }

    /// A new token for this, in the place of the one that was given before.
    pub(crate) async fn new_token(&self, asker: &Asker) -> Result<Secret, Error> {
        let Asker { github, app, scope, .. } = asker;
        self.forget(scope);
        let (number, now) = (scope.installation.number, self.now());
        let what = (asker.only(), scope.purpose);
        let grant = github.installation_token(app, number, what, now).await?;
        let lasts = grant.expires_in_seconds.unwrap_or(0) as i64 - TOKEN_MARGIN_SECONDS;
        self.keep(scope.clone(), grant.token.clone(), now.plus_seconds(lasts));
        Ok(grant.token)
    }

    /// Tells that a connection's installation serves no more, which was learnt by asking at `asked`.
    pub(crate) fn stop(&self, connection: &ConnectionRow, halted: Halted, asked: Timestamp) {
        let (account, connection) = (connection.account.clone(), connection.arn.clone());
        tracing::warn!(%connection, ?halted, "an App's installation gives no tokens");
        (self.tell)(Stopped { account, connection, halted, asked });
    }
}

/// What is wrong with an installation that was given no token; `None` where that passes, or is
/// about the repository alone.
pub(crate) fn halted(cause: &Error) -> Option<Halted> {
    match cause {
        Error::NotFound { .. } => Some(Halted::Uninstalled),
        Error::Unauthorised => Some(Halted::Key),
        Error::Forbidden { message, .. } if message.contains("suspended") => {
            Some(Halted::Suspended)
        }
        Error::Rejected { what, .. } if what.contains("private key") => Some(Halted::Key),
        Error::Rejected { message, .. } if message.contains("ermissions requested") => {
            Some(Halted::Permissions)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stopped(Mutex<Timestamp>);

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            *self.0.lock().expect("a time")
        }
    }

    fn scope(repository: &str, purpose: Purpose) -> Scope {
        let installation = Installation { registration: "reg-1".into(), number: 1 };
        Scope { installation, repository: repository.into(), purpose }
    }

    #[test]
    fn a_token_serves_one_repository_and_one_purpose_until_it_is_about_to_end() {
        let clock = Arc::new(Stopped(Mutex::new(Timestamp(0))));
        let apps = Apps::new(clock.clone(), |_| {});
        let read = scope("ada/engine", Purpose::Read);
        apps.keep(read.clone(), Secret::new("t"), Timestamp(1000));
        assert_eq!(apps.known(&read), Some(Secret::new("t")));
        assert_eq!(apps.known(&scope("ada/engine", Purpose::Report)), None);
        assert_eq!(apps.known(&scope("ada/notes", Purpose::Read)), None);
        *clock.0.lock().expect("a time") = Timestamp(1000);
        assert_eq!(apps.known(&read), None, "it is about to end");
        apps.keep(read.clone(), Secret::new("u"), Timestamp(2000));
        apps.forget(&read);
        assert_eq!(apps.known(&read), None);
    }

    #[test]
    fn what_is_wrong_with_an_installation_is_told_apart() {
        fn check(cause: Error, expect: Option<Halted>) {
            assert_eq!(halted(&cause), expect, "{cause}");
        }
        let what = || "a token of installation 1".to_owned();
        let said = |message: &str| message.to_owned();
        check(Error::NotFound { what: what() }, Some(Halted::Uninstalled));
        check(Error::Unauthorised, Some(Halted::Key));
        let message = said("This installation has been suspended");
        check(Error::Forbidden { what: what(), message }, Some(Halted::Suspended));
        let message = said("The permissions requested are not granted to this installation.");
        check(Error::Rejected { what: what(), message }, Some(Halted::Permissions));
        let message = said("There is at least one repository that does not exist");
        check(Error::Rejected { what: what(), message }, None);
        check(Error::Unavailable { why: said("503") }, None);
    }
}
