//! What the forges limit; the figures are theirs (README.md says which were read and which are
//! believed).

use std::time::Duration;

/// Seconds that an authorization code is good for.
pub const CODE_SECONDS_MAX: i64 = 600;
/// Seconds that an access token is good for, where it expires at all.
pub const ACCESS_SECONDS: u64 = 7200;
/// Bytes of one push.
pub const PUSH_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Longest that a slow answer is held back: a test must not wait for ever.
pub const SLOW_MAX: Duration = Duration::from_secs(5);

/// Commits that a payload of GitHub lists.
pub const GITHUB_COMMITS_MAX: usize = 2048;
/// Tags of one push beyond which GitHub tells of none of them.
pub const GITHUB_TAGS_MAX: usize = 3;
/// Commits that a payload of GitLab lists, the newest.
pub const GITLAB_COMMITS_MAX: usize = 20;
/// Commits that a payload of either Bitbucket lists of one ref, the newest.
pub const BITBUCKET_COMMITS_MAX: usize = 5;
/// Branches, or tags, of one push beyond which GitLab tells no hook at all.
pub const GITLAB_REFS_MAX: usize = 3;
/// Bytes of a payload beyond which Bitbucket Cloud sends nothing and says nothing.
pub const BITBUCKET_PAYLOAD_BYTES_MAX: usize = 256 * 1024;

/// Failures in a row after which GitLab leaves a hook alone for a while.
pub const GITLAB_FAILURES_MAX: u32 = 4;
/// Failures in a row after which GitLab leaves a hook alone for good.
pub const GITLAB_FAILURES_FOR_GOOD: u32 = 40;
/// Seconds of GitLab's first pause; each further failure doubles it.
pub const GITLAB_PAUSE_SECONDS: i64 = 60;
/// Seconds of GitLab's longest pause.
pub const GITLAB_PAUSE_SECONDS_MAX: i64 = 24 * 3600;
/// Sends of one delivery by Bitbucket Cloud: the first and two more.
pub const BITBUCKET_SENDS_MAX: u32 = 3;
/// Seconds until Bitbucket Cloud sends again; the real figure is not documented.
pub const BITBUCKET_RETRY_SECONDS: i64 = 60;
/// Failures in a row that open Bitbucket Server's circuit breaker.
pub const SERVER_FAILURES_MAX: u32 = 5;
/// Seconds that the breaker is open at first; each further failure doubles it.
pub const SERVER_PAUSE_SECONDS: i64 = 10;
/// Seconds that the breaker is open at most.
pub const SERVER_PAUSE_SECONDS_MAX: i64 = 10 * 3600;
