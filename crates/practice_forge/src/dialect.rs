//! The table of the dialects: what each answers where the forges differ.

use crate::caller::Caller;
use crate::deliver::{Letter, Telling};
use crate::limits::{ACCESS_SECONDS, BITBUCKET_PAYLOAD_BYTES_MAX};
use crate::news::{News, Scene};
use crate::problem::Problem;
use crate::world::grant::{Refresh, TokenRules};
use crate::world::hook::Hook;
use crate::world::repository::Access;
use crate::{Kind, Shared, bitbucket, bitbucket_server, github, gitlab};
use axum::Router;
use axum::response::Response;
use std::sync::Arc;

impl Kind {
    pub(crate) fn routes(self) -> Router<Arc<Shared>> {
        match self {
            Self::GitHub => github::routes(),
            Self::GitLab => gitlab::routes(),
            Self::Bitbucket => bitbucket::routes(),
            Self::BitbucketServer => bitbucket_server::routes(),
        }
    }

    /// How it says no.
    pub(crate) fn refusal(self, problem: &Problem) -> Response {
        match self {
            Self::GitHub => github::problem::say(problem),
            Self::GitLab => gitlab::problem::say(problem),
            Self::Bitbucket => bitbucket::problem::say(problem),
            Self::BitbucketServer => bitbucket_server::problem::say(problem),
        }
    }

    /// What a hook is sent about something that happened.
    pub(crate) fn tell(self, scene: Scene<'_>, hook: &Hook, news: &News) -> Vec<Telling> {
        match self {
            Self::GitHub => github::payload::tell(scene, hook, news),
            Self::GitLab => gitlab::payload::tell(scene, hook, news),
            Self::Bitbucket => bitbucket::payload::tell(scene, hook, news),
            Self::BitbucketServer => bitbucket_server::payload::tell(scene, hook, news),
        }
    }

    /// The headers of a delivery, its signature among them.
    pub(crate) fn headers(self, shared: &Shared, letter: &Letter) -> Vec<(String, String)> {
        match self {
            Self::GitHub => github::sign::headers(shared, letter),
            Self::GitLab => gitlab::sign::headers(shared, letter),
            Self::Bitbucket => bitbucket::sign::headers(letter),
            Self::BitbucketServer => bitbucket_server::sign::headers(letter),
        }
    }

    /// Bytes of a payload beyond which nothing is sent.
    pub(crate) fn payload_bytes_max(self) -> Option<usize> {
        (self == Self::Bitbucket).then_some(BITBUCKET_PAYLOAD_BYTES_MAX)
    }

    /// How its tokens live unless it is told otherwise.
    pub fn token_rules(self) -> TokenRules {
        match self {
            Self::GitHub => TokenRules { access_seconds: None, refresh: Refresh::None },
            _ => TokenRules { access_seconds: Some(ACCESS_SECONDS), refresh: Refresh::Rotating },
        }
    }

    /// Where its API begins, below its address.
    pub fn api_path(self) -> &'static str {
        match self {
            Self::GitHub => "api/v3",
            Self::GitLab => "api/v4",
            Self::Bitbucket => "2.0",
            Self::BitbucketServer => "rest/api/latest",
        }
    }

    /// The path of a repository's git address.
    pub(crate) fn clone_path(self, full_name: &str) -> String {
        match self {
            Self::BitbucketServer => format!("scm/{full_name}.git"),
            _ => format!("{full_name}.git"),
        }
    }

    /// The user name that goes with an OAuth token in git, where only one will do.
    pub(crate) fn git_user(self) -> Option<&'static str> {
        match self {
            Self::GitLab => Some("oauth2"),
            Self::Bitbucket => Some("x-token-auth"),
            Self::GitHub | Self::BitbucketServer => None,
        }
    }

    /// The ref that shows a pull request's head.
    pub(crate) fn pull_request_ref(self, number: u64) -> Option<String> {
        match self {
            Self::GitHub => Some(format!("refs/pull/{number}/head")),
            Self::GitLab => Some(format!("refs/merge-requests/{number}/head")),
            Self::BitbucketServer => Some(format!("refs/pull-requests/{number}/from")),
            Self::Bitbucket => None,
        }
    }

    /// Whether that ref is made only when somebody looks at the changes.
    pub(crate) fn shows_pull_requests_late(self) -> bool {
        self == Self::BitbucketServer
    }

    /// What stands before a token's random digits.
    pub(crate) fn token_prefix(self) -> &'static str {
        match self {
            Self::GitHub => "gho_",
            Self::GitLab => "gloas-",
            Self::Bitbucket | Self::BitbucketServer => "",
        }
    }

    /// The same of one that a person makes in the settings.
    pub(crate) fn personal_prefix(self) -> &'static str {
        match self {
            Self::GitHub => "ghp_",
            Self::GitLab => "glpat-",
            Self::Bitbucket => "ATCTT3",
            Self::BitbucketServer => "BBDC-",
        }
    }

    /// The scope that an OAuth app's token lacks to do that much with a repository.
    pub(crate) fn missing_scope(self, caller: &Caller, need: Access) -> Option<&'static str> {
        let enough: &[&str] = match (self, need) {
            (Self::GitHub, Access::Admin) => &["admin:repo_hook", "repo"],
            (Self::GitHub, _) => &["repo"],
            (Self::GitLab, Access::None | Access::Read) => &["api", "read_api", "read_repository"],
            (Self::GitLab, _) => &["api"],
            (Self::Bitbucket, Access::Admin) => &["webhook"],
            (Self::Bitbucket, _) => {
                &["repository", "repository:write", "pullrequest", "pullrequest:write"]
            }
            (Self::BitbucketServer, Access::Admin) => &["REPO_ADMIN", "PROJECT_ADMIN"],
            (Self::BitbucketServer, Access::Write) => {
                &["REPO_WRITE", "REPO_ADMIN", "PROJECT_ADMIN"]
            }
            (Self::BitbucketServer, _) => {
                &["REPO_READ", "REPO_WRITE", "REPO_ADMIN", "PROJECT_ADMIN"]
            }
        };
        let granted = |scope: &&str| caller.scope.split([' ', ',']).any(|it| it == *scope);
        (caller.by_app && !enough.iter().any(granted)).then_some(enough[0])
    }

    /// The scopes of a token with every right.
    pub(crate) fn every_scope(self) -> &'static str {
        match self {
            Self::GitHub => "repo,admin:repo_hook,read:user",
            Self::GitLab => "api",
            Self::Bitbucket => "account repository:write pullrequest:write webhook",
            Self::BitbucketServer => "REPO_ADMIN",
        }
    }
}
