//! Everything in this room that could grow, with its limit.

/// Decisions of one turn before it gives up: each further one means that another turn won.
pub const DECISIONS_MAX: usize = 100;
/// Loads of one decision: what is wanted depends on what was seen, a few steps deep.
pub const LOADS_MAX: usize = 16;
/// Tags of a pipeline (API reference of CodePipeline, TagResource).
pub const PIPELINE_TAGS_MAX: usize = 50;
/// Tags of a connection or host (API reference of CodeConnections, TagResource).
pub const CONNECTION_TAGS_MAX: usize = 200;
/// Pipelines on a page of `ListPipelines`.
pub const LIST_PIPELINES_MAX: u32 = 1000;
/// Open questions of one kind that are told of a delivery; it rarely has more than one.
pub const QUESTIONS_SHOWN_MAX: i64 = 20;
/// Rows on a page of every other list.
pub const LIST_MAX: u32 = 100;
/// Versions of a pipeline that are deleted with it; a sweep takes what is left.
pub const PIPELINE_VERSIONS_MAX: i64 = 1000;
/// CodePipeline's webhooks of an account (its quota).
pub const WEBHOOKS_MAX: i64 = 300;
/// Characters that are shown of what a delivery says where a webhook's filter looks.
pub const FOUND_CHARACTERS_MAX: usize = 150;
/// Connections that an account may create (CodeConnections' quota).
pub const CONNECTIONS_QUOTA: usize = 250;
/// Connections that are read of an account: one that is older than the quota may have more.
pub const CONNECTIONS_MAX: i64 = 1000;
/// Hosts that an account may create (CodeConnections' quota).
pub const HOSTS_QUOTA: usize = 50;
/// Hosts that are read of an account: one that is older than the quota may have more.
pub const HOSTS_MAX: i64 = 100;
/// Connections that rest on a host and are named where it cannot be changed for them.
pub const NAMED_CONNECTIONS_MAX: i64 = 5;
/// Repository links of an account (CodeConnections' quota).
pub const REPOSITORY_LINKS_MAX: i64 = 100;
/// Sync configurations of an account (CodeConnections' quota).
pub const SYNC_CONFIGURATIONS_MAX: i64 = 100;
/// Sync configurations of one branch of a link (CodeConnections' quota).
pub const SYNC_CONFIGURATIONS_OF_BRANCH_MAX: usize = 50;
/// Bytes of the path of a file that a resource is kept in step with.
pub const CONFIG_FILE_BYTES_MAX: usize = 1024;
/// Sync blockers of a resource that are kept, the newest.
pub const SYNC_BLOCKERS_MAX: usize = 10;
/// How long a sign-in link into the console is good, in seconds.
pub const LINK_SECONDS: i64 = 600;
/// How long a refused delivery is told among what is amiss with a hook, in seconds.
pub const REFUSALS_TOLD_SECONDS: i64 = 7 * 24 * 3600;
/// How long a handshake may take, in seconds.
pub const HANDSHAKE_SECONDS: i64 = 600;
/// How long before their end tokens are renewed, in seconds.
pub const RENEWAL_SECONDS: i64 = 300;
/// How long the secret before the present one still verifies, in seconds, once the forge has taken
/// the present one: deliveries that were signed with it may be sent again until then.
pub const SECRET_OVERLAP_SECONDS: i64 = 24 * 3600;
/// How long the session of a role lasts where nobody says, in seconds.
pub const ROLE_SESSION_SECONDS: u32 = 3600;
/// How long the session of a role lasts at the most that another session opened, in seconds.
pub const CHAINED_SESSION_SECONDS_MAX: u32 = 3600;
/// How long the session of a user lasts where nobody says, in seconds.
pub const USER_SESSION_SECONDS: u32 = 43_200;
/// How long a session of the account's own lasts at the most, in seconds.
pub const ROOT_SESSION_SECONDS_MAX: u32 = 3600;
/// Managed policies that a session is narrowed by.
pub const SESSION_POLICIES_MAX: usize = 10;
/// How long another's keys are not asked for again, because of one that is not among them or because
/// they could not be had, in seconds.
pub const ISSUER_KEYS_COOLDOWN_SECONDS: i64 = 30;
/// The longest that an issuer's keys are not looked at, in seconds.
pub const KEYS_LOOKED_AT_SECONDS: i64 = 86_400;
/// Pipelines by a connection, a repository each, that are told to whoever asks how it fares.
pub const USERS_TOLD_MAX: i64 = 1000;
/// Entries of the audit log that are looked through for who deleted a connection, from the newest on.
pub const DELETIONS_LOOKED_BACK_MAX: i64 = 5000;
/// Hooks of a connection whose secrets are replaced in one call.
pub const ROTATED_HOOKS_MAX: i64 = 1000;
/// Users of an account (IAM's quota).
pub const USERS_MAX: i64 = 5000;
/// Groups of an account (IAM's quota).
pub const GROUPS_MAX: i64 = 300;
/// Groups that a user is in (IAM's quota).
pub const GROUPS_OF_USER_MAX: usize = 10;
/// Roles of an account (IAM's quota).
pub const ROLES_MAX: i64 = 1000;
/// Managed policies of an account (IAM's quota).
pub const POLICIES_MAX: i64 = 1500;
/// Versions of a managed policy (IAM's quota).
pub const POLICY_VERSIONS_MAX: usize = 5;
/// Managed policies that are attached to one user, group or role (IAM's quota).
pub const ATTACHED_POLICIES_MAX: usize = 10;
/// Access keys of a user (IAM's quota).
pub const USER_KEYS_MAX: usize = 2;
/// Tags of what IAM has (IAM's quota).
pub const IAM_TAGS_MAX: usize = 50;
/// OIDC providers of an account (IAM's quota).
pub const PROVIDERS_MAX: i64 = 100;
/// Audiences of a provider (IAM's quota).
pub const CLIENT_IDS_MAX: usize = 100;
/// Thumbprints of a provider (IAM's quota).
pub const THUMBPRINTS_MAX: usize = 5;
/// Apps, providers and service accounts of an account to test against, together.
pub const RELYING_PARTIES_MAX: i64 = 100;
/// How long an app's token lives that was exchanged as at Entra, in seconds.
pub const ENTRA_TOKEN_SECONDS: i64 = 3599;
/// How long a token lives at the most that was exchanged as at Google, in seconds.
pub const GOOGLE_TOKEN_SECONDS: i64 = 3599;
/// Pairs of action and resource that are simulated in one call.
pub const SIMULATIONS_MAX: usize = 1000;
/// Accounts of a server.
pub const ACCOUNTS_MAX: i64 = 1000;
/// Policies above accounts, all of a server.
pub const ORGANISATION_POLICIES_MAX: i64 = 1000;
/// Characters of an App's name (GitHub's own limit).
pub const APP_NAME_CHARS_MAX: usize = 34;
/// Secrets of an account.
pub const SECRETS_MAX: i64 = 10_000;
/// Versions of a secret (Secrets Manager's quota is about as many).
pub const SECRET_VERSIONS_MAX: usize = 100;
/// How long a version without labels stays at the least, in seconds (Secrets Manager's rule).
pub const SECRET_VERSION_KEPT_SECONDS: i64 = 86_400;
/// Staging labels of a secret (Secrets Manager's quota).
pub const SECRET_STAGES_MAX: usize = 20;
/// Tags of a secret or a parameter (the quota of both services).
pub const SECRET_TAGS_MAX: usize = 50;
/// Characters of a secret's name.
pub const SECRET_NAME_CHARS_MAX: usize = 512;
/// Days that a deleted secret can be restored for: the fewest and the most (Secrets Manager's rule).
pub const RECOVERY_DAYS: std::ops::RangeInclusive<i64> = 7..=30;
/// Secrets on a page of `ListSecrets`, and their versions on one of `ListSecretVersionIds`.
pub const SECRETS_PAGE_MAX: u32 = 100;
/// Secrets that are read in one call.
pub const SECRETS_BATCH_MAX: u32 = 20;
/// Parameters of an account (Parameter Store's quota for standard ones).
pub const PARAMETERS_MAX: i64 = 10_000;
/// Versions of a parameter that are kept (Parameter Store's rule).
pub const PARAMETER_VERSIONS_MAX: i64 = 100;
/// Labels of a version of a parameter (Parameter Store's quota).
pub const PARAMETER_LABELS_MAX: usize = 10;
/// Levels of a parameter's name (Parameter Store's rule).
pub const PARAMETER_LEVELS_MAX: usize = 15;
/// Characters of a parameter's name with what stands before it in its ARN (Parameter Store's rule).
pub const PARAMETER_NAME_CHARS_MAX: usize = 1011;
/// Bytes of a standard parameter's value.
pub const STANDARD_PARAMETER_BYTES_MAX: usize = 4096;
/// Bytes of an advanced parameter's value.
pub const ADVANCED_PARAMETER_BYTES_MAX: usize = 8192;
/// Bytes that the compiled form of a parameter's pattern may take.
pub const ALLOWED_PATTERN_BYTES_MAX: usize = 1 << 20;
/// Parameters on a page of `GetParametersByPath`.
pub const PARAMETERS_BY_PATH_MAX: u32 = 10;
/// Parameters on a page of `DescribeParameters` and of `GetParameterHistory`.
pub const PARAMETERS_PAGE_MAX: u32 = 50;

/// Buckets of an account (S3's own quota).
pub const BUCKETS_MAX: i64 = 10_000;
/// Rules of a bucket for pages of other origins, and all of them in bytes.
pub const CORS_RULES_MAX: usize = 100;
/// The same in bytes, as they are kept.
pub const CORS_BYTES_MAX: usize = 64 * 1024;
/// A key, in bytes (S3's own limit, as all of these are but where it says otherwise).
pub const OBJECT_KEY_BYTES_MAX: usize = 1024;
/// A person's own metadata of an object: names and values together.
pub const METADATA_BYTES_MAX: usize = 2048;
/// Tags of an object.
pub const OBJECT_TAGS_MAX: usize = 10;
/// Characters of a tag's key.
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Characters of a tag's value.
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// Bytes of the policy on a bucket.
pub const BUCKET_POLICY_BYTES_MAX: usize = 20 * 1024;
/// Open uploads that one decision drops with their bucket; ours.
pub const UPLOADS_DROPPED_MAX: i64 = 500;
/// Objects, prefixes, parts or uploads that one list shows.
pub const LISTED_OBJECTS_MAX: u32 = 1000;
/// Looks that one list of objects takes; ours. Fewer than [`LOADS_MAX`].
pub const LISTING_LOOKS_MAX: usize = 8;
/// Parts of an upload.
pub const PARTS_MAX: u32 = 10_000;
/// Bytes of every part but the last, at least.
pub const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;
/// Bytes of an object that was uploaded in parts; ours, for the parts are put together in one go.
pub const OBJECT_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;
/// Variables of one workspace, repository or deployment.
pub const VARIABLES_MAX: i64 = 500;
/// Facts of an execution among which the beginning of an attempt is looked for.
pub const FACTS_LOOKED_AT: i64 = 10_000;

/// Characters of an issuer that nobody registered, as they are kept: as many as a provider's URL may have.
pub const ISSUER_CHARS_MAX: usize = 255;
