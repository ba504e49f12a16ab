//! Hooks, and how long a forge goes on with one that fails. Each forge has habits of its own: they
//! are decided here, by the clock that is handed in.

use crate::Kind;
use crate::limits::{
    BITBUCKET_SENDS_MAX, GITLAB_FAILURES_FOR_GOOD, GITLAB_FAILURES_MAX, GITLAB_PAUSE_SECONDS,
    GITLAB_PAUSE_SECONDS_MAX, SERVER_FAILURES_MAX, SERVER_PAUSE_SECONDS, SERVER_PAUSE_SECONDS_MAX,
};
use domain::Timestamp;

#[derive(Clone, Debug, Default)]
pub(crate) struct Hook {
    pub(crate) id: u64,
    /// Bitbucket's `{uuid}` without the braces, and GitLab's `X-Gitlab-Webhook-UUID`.
    pub(crate) uuid: String,
    /// 0 for an App's.
    pub(crate) repository: u64,
    /// The GitHub App whose one hook it is.
    pub(crate) app: Option<u64>,
    /// Bitbucket's description, Bitbucket Server's and GitLab's name.
    pub(crate) name: String,
    pub(crate) active: bool,
    /// In the words of the forge's API.
    pub(crate) events: Vec<String>,
    pub(crate) url: String,
    /// What is signed with, or GitLab's token; empty for none.
    pub(crate) secret: String,
    /// GitLab's `signing_token`: `whsec_` and base64.
    pub(crate) signing_token: Option<String>,
    pub(crate) verifies_tls: bool,
    pub(crate) health: Health,
}

/// How a hook fared lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Health {
    /// Failures in a row.
    pub(crate) failures: u32,
    pub(crate) resting_until: Option<Timestamp>,
    pub(crate) disabled: bool,
}

impl Hook {
    pub(crate) fn wants(&self, event: &str) -> bool {
        self.active && self.events.iter().any(|it| it == event)
    }
}

impl Health {
    /// Why nothing is sent now; `None` where something may be.
    pub(crate) fn refusal(&self, at: Timestamp) -> Option<&'static str> {
        match self.resting_until {
            _ if self.disabled => Some("the forge has disabled the hook"),
            Some(until) if at < until => Some("the forge leaves the hook alone for a while"),
            _ => None,
        }
    }

    /// After a delivery was taken, or not.
    pub(crate) fn after(self, kind: Kind, good: bool, at: Timestamp) -> Self {
        if good {
            return Self::default();
        }
        let failures = self.failures + 1;
        let pause = match kind {
            Kind::GitLab => {
                pause(failures, GITLAB_FAILURES_MAX, GITLAB_PAUSE_SECONDS, GITLAB_PAUSE_SECONDS_MAX)
            }
            Kind::BitbucketServer => {
                pause(failures, SERVER_FAILURES_MAX, SERVER_PAUSE_SECONDS, SERVER_PAUSE_SECONDS_MAX)
            }
            Kind::GitHub | Kind::Bitbucket => None,
        };
        Self {
            failures,
            resting_until: pause.map(|seconds| at.plus_seconds(seconds)),
            disabled: kind == Kind::GitLab && failures >= GITLAB_FAILURES_FOR_GOOD,
        }
    }
}

/// From the `allowed`-th failure on: `first` seconds, doubled by each further one, up to `most`.
fn pause(failures: u32, allowed: u32, first: i64, most: i64) -> Option<i64> {
    let doublings = failures.checked_sub(allowed)?;
    Some(first.saturating_mul(1_i64 << doublings.min(32)).min(most))
}

/// Whether the forge sends a delivery again by itself: Bitbucket Cloud alone, and for 5xx alone.
pub(crate) fn sends_again(kind: Kind, attempt: u32, status: u16) -> bool {
    kind == Kind::Bitbucket && status / 100 == 5 && attempt < BITBUCKET_SENDS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, failures: u32, rests: Option<i64>, disabled: bool) {
        let at = Timestamp(0);
        let failed = |health: Health, _| health.after(kind, false, at);
        let health = (0..failures).fold(Health::default(), failed);
        let until = health.resting_until.map(|until| until.millis_since(at) / 1000);
        assert_eq!((until, health.disabled), (rests, disabled), "{kind} after {failures}");
        assert_eq!(health.after(kind, true, at), Health::default());
    }

    #[test]
    fn each_forge_loses_patience_in_its_own_way() {
        check(Kind::GitHub, 100, None, false);
        check(Kind::Bitbucket, 100, None, false);
        check(Kind::GitLab, 3, None, false);
        check(Kind::GitLab, 4, Some(60), false);
        check(Kind::GitLab, 6, Some(240), false);
        check(Kind::GitLab, 39, Some(24 * 3600), false);
        check(Kind::GitLab, 40, Some(24 * 3600), true);
        check(Kind::BitbucketServer, 4, None, false);
        check(Kind::BitbucketServer, 5, Some(10), false);
        check(Kind::BitbucketServer, 7, Some(40), false);
        check(Kind::BitbucketServer, 100, Some(10 * 3600), false);
    }

    #[test]
    fn only_bitbucket_cloud_sends_again_and_only_what_broke_there() {
        assert!(sends_again(Kind::Bitbucket, 1, 503) && sends_again(Kind::Bitbucket, 2, 500));
        assert!(!sends_again(Kind::Bitbucket, 3, 503) && !sends_again(Kind::Bitbucket, 1, 404));
        assert!(!sends_again(Kind::Bitbucket, 1, 0) && !sends_again(Kind::GitHub, 1, 503));
    }
}
