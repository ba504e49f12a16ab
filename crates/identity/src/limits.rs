//! Everything here that can grow has a named limit; IAM's own where IAM has one ("IAM and AWS STS
//! quotas", IAM user guide). IAM counts a policy's characters without its white space.

/// Bytes of a policy's text that are read at all: the longest `PolicyDocument` of IAM's model.
pub const POLICY_TEXT_BYTES_MAX: usize = 131_072;
/// Characters of a managed policy.
pub const MANAGED_POLICY_CHARS_MAX: usize = 6_144;
/// Characters of all inline policies of one user together; the caller adds them up.
pub const USER_INLINE_CHARS_MAX: usize = 2_048;
/// Characters of all inline policies of one group together.
pub const GROUP_INLINE_CHARS_MAX: usize = 5_120;
/// Characters of all inline policies of one role together, and so of any single inline policy.
pub const ROLE_INLINE_CHARS_MAX: usize = 10_240;
/// Characters of a session policy.
pub const SESSION_POLICY_CHARS_MAX: usize = 2_048;
/// Characters of a service or resource control policy.
pub const ORGANISATION_POLICY_CHARS_MAX: usize = 5_120;
/// Characters of a policy on a resource (Amazon S3 and Secrets Manager: 20 KB).
pub const RESOURCE_POLICY_CHARS_MAX: usize = 20_480;
/// Characters of a role's trust policy: what the quota can be raised to.
pub const TRUST_POLICY_CHARS_MAX: usize = 4_096;
/// Bytes of a token: a token of ours has about 1,000, the largest known issuers' about 4,000.
pub const TOKEN_BYTES_MAX: usize = 16_384;
/// Bytes of a key set that another issuer publishes.
pub const KEY_SET_BYTES_MAX: usize = 262_144;
/// Keys in a key set: STS takes 100 of RSA and 100 of elliptic curves.
pub const KEY_SET_KEYS_MAX: usize = 200;
/// Bits of a key of RSA that signatures are checked with (RFC 7518, section 3.3, asks for 2048 or more).
pub const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;
/// How far another machine's clock may be ahead where a token's beginning is judged. Its end has no
/// leeway: a token is over when it says so.
pub const CLOCK_LEEWAY_SECONDS: i64 = 60;
/// Characters of a subject that STS takes.
pub const SUBJECT_CHARS_MAX: usize = 255;
/// How long a key is published before it signs, and how long others may keep a key set.
pub const KEY_PUBLISHED_AHEAD_SECONDS: i64 = 3_600;
/// How long a key signs.
pub const KEY_SIGNS_SECONDS: i64 = 30 * 86_400;
/// The longest life of a token that we sign: a key stays published so long after its last one.
pub const TOKEN_LIFE_SECONDS_MAX: i64 = 3_600;
/// Audiences of one token of a step, its own not counted (Bitbucket's limit).
pub const STEP_AUDIENCES_MAX: usize = 10;
/// Characters of an audience of a step's token (Bitbucket's limit).
pub const STEP_AUDIENCE_CHARS_MAX: usize = 150;
/// Tokens that one step gets besides its first.
pub const STEP_TOKENS_MAX: usize = 5;
/// Characters of a session tag's key.
pub const SESSION_TAG_KEY_CHARS_MAX: usize = 128;
/// Characters of a session tag's value.
pub const SESSION_TAG_VALUE_CHARS_MAX: usize = 256;
/// Session tags of one session.
pub const SESSION_TAGS_MAX: usize = 50;
/// Bytes of one of Google's expressions: what it takes itself.
pub const CONDITION_BYTES_MAX: usize = 4_096;
/// Brackets within each other, and signs in a row, in one of Google's expressions.
pub const CONDITION_DEPTH_MAX: usize = 24;
/// Bytes of a subject that Google maps a token to.
pub const MAPPED_SUBJECT_BYTES_MAX: usize = 127;
/// Hours between `iat` and `exp` that a token which is shown to Google must stay below.
pub const TOKEN_HOURS_MAX: i64 = 48;
/// Bytes of a document that sets up an app, a provider or a service account to test against.
pub const RELYING_PARTY_BYTES_MAX: usize = 65_536;
/// Federated credentials of an app (Entra's limit).
pub const FEDERATED_CREDENTIALS_MAX: usize = 20;
/// Characters of a credential's issuer, subject and audience (Entra's limit).
pub const CREDENTIAL_CHARS_MAX: usize = 600;
/// Attributes that a provider maps (Google's limit).
pub const ATTRIBUTE_MAPPINGS_MAX: usize = 50;
/// Audiences of a provider (Google's limit).
pub const AUDIENCES_OF_PROVIDER_MAX: usize = 10;
/// Members of all bindings of a service account (Google's limit).
pub const MEMBERS_MAX: usize = 1_500;
/// Bytes of one piece of evidence that the doctor reads.
pub const EVIDENCE_BYTES_MAX: usize = 524_288;
/// Pieces of evidence that it looks at together.
pub const EVIDENCE_PIECES_MAX: usize = 64;
