//! Everything in this room that could grow, with its limit.

use std::time::Duration;

/// Open connections to one listener; more wait to be accepted.
pub const CONNECTIONS_MAX: usize = 4096;
/// Open connections to one step's gateway; more wait to be accepted. What one request may bring is
/// limited as everywhere ([`API_BYTES_MAX`], [`PUT_BYTES_MAX`]), and so is its time.
pub const GATEWAY_CONNECTIONS_MAX: usize = 64;
/// Seconds between two moments that are written down as a key's last use: not every call is a commit.
pub const KEY_USE_SECONDS: i64 = 600;

/// Characters of a forge's own words on a page of the handshake.
pub const FORGE_WORDS_CHARS_MAX: usize = 500;

/// How long nothing is accepted after the system refused to.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a peer may take for its TLS handshake.
pub const HANDSHAKE_SECONDS_MAX: Duration = Duration::from_secs(10);
/// How long a peer may take for the head of its first request.
pub const HEADER_SECONDS_MAX: Duration = Duration::from_secs(10);
/// How long a connection is kept between two requests, the second's head included. Clients and proxies that
/// keep theirs for a minute (load balancers, our own) end it before the server does, so that no request meets
/// a connection that is being closed.
pub const IDLE_SECONDS_MAX: Duration = Duration::from_secs(75);
/// How long a peer may take nothing of an answer that is there for it.
pub const WRITE_SECONDS_MAX: Duration = Duration::from_secs(60);
/// How often an HTTP/2 peer is asked whether it is still there.
pub const PING_PERIOD: Duration = Duration::from_secs(30);
/// How long a peer may take for a whole body.
pub const BODY_SECONDS_MAX: Duration = Duration::from_secs(30);
/// How long open requests may go on after a stop was asked for.
pub const DRAIN_SECONDS_MAX: Duration = Duration::from_secs(10);
/// How long a body that is too large is thrown away before that is said.
pub const LINGER_MAX: Duration = Duration::from_secs(1);
/// A webhook's body: GitHub's own cap is 25 MB.
pub const WEBHOOK_BYTES_MAX: usize = 25 * 1024 * 1024;
/// An API call's body: a pipeline of the largest documented size fits several times.
pub const API_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bodies in flight at once, all requests together.
pub const BYTES_IN_FLIGHT_MAX: usize = 256 * 1024 * 1024;
/// Access keys whose authority is kept in memory.
pub const AUTHORITIES_MAX: usize = 4096;
/// Private keys of issuers that are kept open.
pub const SIGNING_KEYS_MAX: usize = 1024;
/// How long others may keep what an issuer publishes, in seconds.
pub const KEY_SET_FRESH_SECONDS: u32 = 300;
/// How often issuers are looked for whose next key is due.
pub const ISSUERS_PERIOD: Duration = Duration::from_secs(60);
/// Issuers that are looked at in one go.
pub const ISSUERS_AT_ONCE_MAX: i64 = 100;
/// Characters of the name of a role's session (STS's limit).
pub const ROLE_SESSION_NAME_CHARS_MAX: usize = 64;
/// Issuers of others whose keys are kept.
pub const ISSUERS_KNOWN_MAX: usize = 1024;
/// How long others' keys are kept before they are asked for again, in seconds.
pub const ISSUER_KEYS_SECONDS_MAX: i64 = 3600;
/// How long a call waits for another's issuer.
pub const ISSUER_WAIT_MAX: Duration = Duration::from_secs(10);
/// Tokens that one step is given besides those that it begins with.
pub const MINTED_PER_STEP_MAX: u32 = 50_000;
/// Refusals of one caller in an hour that are kept with their reasons.
pub const DENIALS_KEPT_PER_HOUR_MAX: u32 = 100;
/// Callers whose refusals are counted at a time.
pub const DENIED_KNOWN_MAX: usize = 10_000;
/// Bytes of a request to a token endpoint.
pub const TOKEN_REQUEST_BYTES_MAX: usize = 65_536;
/// Tokens that may be refused in one second before nobody is told why.
pub const REFUSED_TOKENS_PER_SECOND_MAX: u32 = 200;
/// Deliveries decided at once; those of one repository follow one another.
pub const INTAKE_CONCURRENCY_MAX: usize = 8;
/// Effects performed at once that ask one and the same host. Others wait in line; those of other hosts
/// do not wait for them.
pub const EFFECTS_OF_A_HOST_MAX: usize = 16;
/// Effects performed at once that ask hosts, all of them together: many hosts that hang hold no more
/// than these, and each gives its places back when its time is over.
pub const EFFECTS_OF_HOSTS_MAX: usize = 256;
/// Effects performed at once that ask nobody, steps not counted (the worker has a limit of its own).
pub const EFFECTS_OF_NO_HOST_MAX: usize = 16;
/// Tries at an effect that the world did not answer, the first included.
pub const EFFECT_TRIES_MAX: i64 = 8;
/// The same for a commit status, which is told for as long as it holds: with the rests of a forge
/// that fails again and again, about a day.
pub const STATUS_TRIES_MAX: i64 = 150;
/// Bytes of a log or an artifact that one call gives.
pub const READ_BYTES_MAX: usize = 1024 * 1024;
/// Deliveries that one look into the inbox takes up.
pub const INBOX_ROWS_MAX: i64 = 1000;
/// Lines that are woken in one go.
pub const LINES_AT_ONCE_MAX: i64 = 256;
/// The longest that a loop sleeps without looking.
pub const WAIT_MAX: Duration = Duration::from_secs(30);
/// Seconds that an artifact is left alone after it was kept: what names it may not be committed yet.
pub const ARTIFACT_YOUNG_SECONDS: i64 = 3600;
/// How often tokens are looked at.
pub const TOKENS_PERIOD: Duration = Duration::from_secs(10);
/// Tokens that are looked at in one go.
pub const TOKENS_AT_ONCE_MAX: i64 = 1000;
/// How long an effect waits for a newer token before it is tried again later.
pub const RENEWAL_WAIT_MAX: Duration = Duration::from_secs(30);
/// How often what is to be polled is looked up.
pub const POLL_TICK: Duration = Duration::from_secs(1);
/// Repositories that are polled (CodePipeline's quota is 300 pipelines).
pub const POLLED_MAX: i64 = 10_000;
/// Repositories of one forge that are looked at at once.
pub const LOOKS_OF_A_HOST_MAX: usize = 8;
/// Repositories of all forges together that are looked at at once.
pub const LOOKS_OF_HOSTS_MAX: usize = 128;
/// Bytes of a delivery to a webhook that asks for no proof of whose it is.
pub const UNPROVEN_WEBHOOK_BYTES_MAX: usize = 256 * 1024;
/// How often what is kept too long is deleted.
pub const SWEEP_PERIOD: Duration = Duration::from_secs(3600);
/// Effects that are taken over in one go.
pub const EFFECTS_AT_ONCE_MAX: i64 = 1000;
/// How often a server on a shared database shows that it lives.
pub const BEAT_PERIOD: Duration = Duration::from_secs(3);
/// How long a server waits after telling the others of a commit before it tells them of the next.
pub const RING_PAUSE: Duration = Duration::from_millis(20);
/// How long another server may be silent before it is taken for dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(15);
/// Servers on one database that are looked at.
pub const HOLDERS_MAX: i64 = 1000;
/// How long a delivery that waits for the forge's word holds up those that came after it.
pub const QUESTION_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long after a hook's refused delivery was written down those that follow are counted together.
pub const REFUSALS_PERIOD: Duration = Duration::from_secs(1);
/// How long after the start repositories are first compared: what is in the inbox goes first.
pub const RECONCILE_DELAY: Duration = Duration::from_secs(3);
/// Accounts, connections of an account and hooks of a connection that one comparison looks at.
pub const HOOKS_LOOKED_AT_MAX: i64 = 10_000;
/// Seconds before a look at a forge's deliveries from which the next look goes on: what was on its
/// way then may have failed since.
pub const RECONCILE_MARGIN_SECONDS: i64 = 900;
/// Answers of forges that wait for the call that asked.
pub const ANSWERS_MAX: usize = 100;
/// Questions of a dry run one after the other: where a ref is, then which files changed.
pub const PREVIEW_ROUNDS_MAX: usize = 3;
/// How long a call waits for a forge.
pub const FORGE_WAIT_MAX: Duration = Duration::from_secs(30);
/// How often a server looks for effects that it holds and does not perform.
pub const EFFECTS_NET_PERIOD: Duration = Duration::from_secs(10);
/// Seconds after which a committed effect should have been handed over.
pub const EFFECT_SETTLED_SECONDS: i64 = 5;

/// How often a lock is asked for whose holder is no more.
pub const LOCK_TRIES_MAX: u32 = 100;
/// How long after each time.
pub const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// How often the audit log's heads are signed, where it has grown.
pub const AUDIT_SIGN_PERIOD: Duration = Duration::from_secs(60);
/// Connections through one installation of an App, and hooks of one connection, among which a delivery
/// is routed.
pub const ROUTES_MAX: i64 = 1000;

/// How long who completes an upload waits for an ordinary answer; then one begins early.
pub const JOINING_PATIENCE: Duration = Duration::from_secs(5);
/// How often such an answer goes on with a blank.
pub const BLANK_PERIOD: Duration = Duration::from_secs(5);
/// Bytes of one object that is put, and of one part (S3's own limit).
pub const PUT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// Turns that the deletion of a bucket takes at most, each of which may drop some of its uploads.
pub const BUCKET_TURNS_MAX: usize = 64;
/// Contents that are received at once; more are told to come again.
pub const UPLOADS_AT_ONCE_MAX: usize = 256;
/// Of these, those of one account.
pub const UPLOADS_OF_ACCOUNT_MAX: usize = 128;
/// Bytes that a content brings on in each second, over all of its way in but the first
/// [`UPLOAD_PAUSE_MAX`]: who is slower holds a place for nothing.
pub const UPLOAD_RATE_MIN: u64 = 1024;
/// Pieces of a content that wait for the disk.
pub const UPLOAD_PIECES_MAX: usize = 8;
/// How long a content may pause on its way in.
pub const UPLOAD_PAUSE_MAX: Duration = Duration::from_secs(60);
/// Bytes of a content that are read at once on its way out.
pub const CONTENT_PIECE_BYTES: usize = 256 * 1024;
/// Objects that one call deletes (S3's own limit).
pub const DELETED_AT_ONCE_MAX: usize = 1000;
/// How many of them are under way at a time.
pub const DELETES_CONCURRENCY_MAX: usize = 16;
