//! Everything in this room that could grow, with its limit.

/// Refs of a repository whose place is remembered when its hook is registered.
pub const HEADS_MAX: usize = 10_000;
/// Refs that moved unheard whose commits are fetched to learn their order; of more, nobody asks which
/// came first.
pub const DATED_HEADS_MAX: usize = 100;
/// Characters of a commit's message that become a variable (100 KB, CodeStarSourceConnection).
pub const MESSAGE_BYTES_MAX: usize = 100 * 1024;
/// Pull requests of a repository that are known to be open and are compared with those that are.
pub const REQUESTS_MAX: i64 = 10_000;
/// Pull requests that ended unheard and are asked for one by one in one look; the next asks on.
pub const REQUESTS_ASKED_MAX: usize = 100;
/// Submodules of a working copy, those within others included.
pub const SUBMODULES_MAX: usize = 200;
/// How deep submodules may lie in each other.
pub const SUBMODULE_DEPTH_MAX: usize = 8;
/// Bytes of a reference to clone.
pub const CLONE_REFERENCE_BYTES_MAX: u64 = 64 * 1024;
/// Commits and contexts whose newest status a process remembers.
pub const CONTEXTS_MAX: usize = 10_000;
/// Newer executions among which one of the same commit is looked for.
pub const NEWER_EXECUTIONS_MAX: i64 = 20;
/// Characters of a status' description (GitHub's own limit).
pub const DESCRIPTION_CHARACTERS_MAX: usize = 140;
/// Connections of an account whose tokens are masked in what a step prints.
pub const OWN_SECRETS_MAX: i64 = 10_000;
/// Bytes of a file that a resource is kept in step with (what the reader of YAML takes).
pub const SYNC_FILE_BYTES_MAX: u64 = 512 * 1024;
/// Bytes of an issuer's configuration that are taken; known ones have about 2,000.
pub const ISSUER_CONFIGURATION_BYTES_MAX: usize = 64 * 1024;
/// Failures in a row after which a forge's host is left alone for a while.
pub const FAILURES_MAX: u32 = 5;
/// Seconds that it is left alone at first; each further failure doubles them.
pub const REST_SECONDS: i64 = 5;
/// Seconds that it is left alone at most, where it does not ask for more itself.
pub const REST_SECONDS_MAX: i64 = 600;
/// Seconds after which a question that was let through and never came back counts no more.
pub const PROBE_SECONDS_MAX: i64 = 60;
/// Seconds after which those who were not let through meanwhile ask for what became of it.
pub const PROBE_WAIT_SECONDS: i64 = 2;
/// Seconds that the forges' lists of deliveries are looked back. What was asked for again is
/// remembered for longer: [`store::Retention::commit_keys_days`].
pub const DELIVERIES_SECONDS: i64 = 36 * 3600;
/// Seconds after which a delivery without an answer is not on its way any more.
pub const DELIVERY_SECONDS_MAX: i64 = 60;
/// Deliveries of one hook that are asked for again in one go (GitLab lets five a minute through).
pub const REDELIVERIES_MAX: usize = 5;

/// Seconds before its end after which a token of an App's installation is not used any more.
pub const TOKEN_MARGIN_SECONDS: i64 = 300;

/// Tokens of Apps' installations that are kept.
pub const INSTALLATION_TOKENS_MAX: usize = 10_000;

/// Links that lead to links, of a file that is read from a source.
pub const LINKS_MAX: usize = 8;

/// Hosts of an account that are looked through for an endpoint.
pub const HOSTS_MAX: i64 = 100;

/// Objects that a deployment names in one commit.
pub const OBJECTS_AT_ONCE: usize = 200;
/// How long a forge is asked for what a connection may do: a little less than who waits for the answer
/// reads on.
pub const TEST_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(8);

/// Bytes of a bitbucket-pipelines.yml that are read.
pub const RECIPE_BYTES_MAX: u64 = 1024 * 1024;
