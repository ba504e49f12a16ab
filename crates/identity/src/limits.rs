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
