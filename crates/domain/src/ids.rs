//! Every id is a type of its own, so that one cannot stand where another is meant.

use crate::connection::ProviderType;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Defines text ids: a transparent `String` with `as_str`, `Display`, order and serde.
macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as this id; its form is checked where it came in.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    )*};
}

text_ids! {
    /// An AWS account: twelve digits.
    AccountId;
    /// A region's name, `us-east-1`.
    Region;
    /// A pipeline's name, unique in its account.
    PipelineName;
    /// A stage's name, unique in its pipeline.
    StageName;
    /// An action's name, unique in its stage.
    ActionName;
    /// An artifact's name, unique in its pipeline.
    ArtifactName;
    /// A pipeline execution: a UUID.
    ExecutionId;
    /// One attempt at an action, as `actionExecutionId` shows it: a UUID, derived from what it is of.
    ActionExecutionId;
    /// A connection's ARN as it was made, with the prefix of the caller who made it.
    ConnectionArn;
    /// A host's ARN as it was made.
    HostArn;
    /// One OAuth client or app of a forge, registered for one account and host: `reg-…`.
    RegistrationId;
    /// A webhook's unguessable id, the last segment of its URL.
    HookId;
    /// One webhook request as received: `dlv-…`.
    DeliveryId;
    /// An effect: `eff-…`, derived from the fact it follows from.
    EffectId;
    /// A handshake in progress: the OAuth `state` that was sent out.
    HandshakeId;
    /// A process that holds effects and attempts: `srv-…`.
    HolderId;
    /// An access key's id, `AKIA…`.
    AccessKeyId;
    /// A repository as its forge names it: `owner/name`, case kept.
    RepositoryName;
    /// A commit's hash in lower-case hex, forty digits (sixty-four with SHA-256).
    CommitSha;
    /// A bucket's name.
    BucketName;
}

impl ConnectionArn {
    /// Whether it is the ARN of a connection, under either of the two services' prefixes:
    /// `arn:aws:codeconnections:REGION:ACCOUNT:connection/ID`.
    pub fn is_valid(&self) -> bool {
        let connection = |arn: crate::Arn| {
            let service = matches!(&*arn.service, "codeconnections" | "codestar-connections");
            let account = arn.account.as_str();
            let owned = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
            let id = arn.resource.strip_prefix("connection/").unwrap_or_default();
            service && owned && !id.is_empty() && !id.contains('/')
        };
        crate::Arn::parse(&self.0).is_some_and(connection)
    }

    /// What stands in the place of a connection where a source action brings a token of its own
    /// (`ThirdParty/GitHub`): the ARN of that action.
    pub fn of_source_action(
        region: &Region,
        account: &AccountId,
        pipeline: &PipelineName,
        stage: &StageName,
        action: &ActionName,
    ) -> Self {
        let resource = source_action_id(pipeline, stage, action);
        Self(crate::Arn::aws("codepipeline", region, account, &resource).to_string())
    }

    /// Whether it is a source action's, which brings a token of its own.
    pub fn is_source_action(&self) -> bool {
        self.0.split(':').nth(2) == Some("codepipeline")
    }

    /// Of a connection the UUID at the end, the same under both prefixes; of a source action
    /// `PIPELINE/STAGE/ACTION`, the only ids with slashes; the whole text where it is no ARN.
    pub fn id(&self) -> &str {
        match self.is_source_action() {
            true => self.0.splitn(6, ':').nth(5).unwrap_or_default(),
            false => self.0.rsplit('/').next().unwrap_or_default(),
        }
    }
}

/// [`ConnectionArn::id`] of a source action that brings a token of its own.
pub fn source_action_id(pipeline: &PipelineName, stage: &StageName, action: &ActionName) -> String {
    format!("{pipeline}/{stage}/{action}")
}

impl HostArn {
    /// What stands behind `host/`; the whole text where it is no host's ARN.
    pub fn id(&self) -> &str {
        self.as_str().rsplit("host/").next().unwrap_or_default()
    }
}

/// Why a text cannot be a repository's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryNameError {
    /// It has no owner, or nothing between two slashes.
    #[error("write owner/name, as the forge writes it")]
    NoOwner,
    /// A part that a command, a path or the forge would take for something else.
    #[error(
        "each part of owner/name is made of letters, digits, `.`, `_`, `~` and `-`, and is \
         neither `.` nor `..` nor begins with `-`"
    )]
    Part,
    /// Groups inside groups at a forge that has none.
    #[error("write owner/name with one slash: only GitLab has groups inside groups")]
    Nested,
    /// The end of a clone URL.
    #[error("leave out .git: it ends the clone URL and is no part of the name")]
    DotGit,
}

impl RepositoryName {
    /// Checks that the text can be a repository at one of the forges: two parts, more with groups
    /// inside groups, of the characters that GitHub, GitLab and Bitbucket all stay within.
    ///
    /// # Errors
    /// The first rule that it breaks, each with what would be right.
    pub fn check(&self) -> Result<(), RepositoryNameError> {
        let parts: Vec<&str> = self.0.split('/').collect();
        if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
            return Err(RepositoryNameError::NoOwner);
        }
        let known = |b: u8| b.is_ascii_alphanumeric() || b"._~-".contains(&b);
        let good = |part: &&str| {
            !matches!(*part, "." | "..") && !part.starts_with('-') && part.bytes().all(known)
        };
        if !parts.iter().all(good) {
            return Err(RepositoryNameError::Part);
        }
        if self.0.ends_with(".git") { Err(RepositoryNameError::DotGit) } else { Ok(()) }
    }

    /// The same, at a forge of this kind.
    ///
    /// # Errors
    /// The first rule that it breaks, each with what would be right.
    pub fn check_at(&self, kind: ProviderType) -> Result<(), RepositoryNameError> {
        self.check()?;
        let nests = matches!(kind, ProviderType::GitLab | ProviderType::GitLabSelfManaged);
        let nested = self.0.split('/').count() > 2 && !nests;
        if nested { Err(RepositoryNameError::Nested) } else { Ok(()) }
    }
}

impl CommitSha {
    /// Whether the text is forty or sixty-four lower-case hex digits and not all zeros.
    pub fn is_valid(&self) -> bool {
        let text = self.as_str();
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        matches!(text.len(), 40 | 64) && text.bytes().all(hex) && !self.is_zero()
    }

    /// Whether this is the all-zero hash by which forges say "there was none".
    pub fn is_zero(&self) -> bool {
        !self.as_str().is_empty() && self.as_str().bytes().all(|b| b == b'0')
    }

    /// The first eight digits, for people.
    pub fn short(&self) -> &str {
        self.as_str().get(..8).unwrap_or(self.as_str())
    }
}

/// Which try at an action: execution, stage, action and the number of the attempt, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptRef {
    /// The account that owns the pipeline.
    pub account: AccountId,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The execution.
    pub execution: ExecutionId,
    /// The stage.
    pub stage: StageName,
    /// The action.
    pub action: ActionName,
    /// 1 for the first attempt; every retry and every new try after `Lost` adds one.
    pub attempt: u32,
}

impl fmt::Display for AttemptRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pipeline, execution, stage, action, attempt, .. } = self;
        write!(f, "{pipeline}/{execution}/{stage}/{action}#{attempt}")
    }
}

/// Sixteen bytes as the text of a UUID of the given version (RFC 9562; variant bits set).
pub fn uuid_text(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A version-8 UUID derived from the parts: the same parts give the same id, on every machine.
/// Not a secret and not proof against forgery; ids that must not be guessed come from `Entropy`.
pub fn derived_uuid(parts: &[&str]) -> String {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid_text(bytes, 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_depend_on_every_part_and_on_nothing_else() {
        assert_eq!(derived_uuid(&["a", "b"]), derived_uuid(&["a", "b"]));
        assert_ne!(derived_uuid(&["a", "b"]), derived_uuid(&["ab", ""]));
        assert_eq!(derived_uuid(&["a"]).len(), 36);
    }

    #[test]
    fn a_connection_is_named_under_either_prefix() {
        for service in ["codeconnections", "codestar-connections"] {
            let arn = format!("arn:aws:{service}:us-east-1:000000000000:connection/1-2");
            assert!(ConnectionArn::new(&*arn).is_valid(), "{arn}");
        }
        for wrong in [
            "",
            "practice",
            "arn:aws:s3:::bucket",
            "arn:aws:codeconnections:us-east-1:000000000000:host/1-2",
            "arn:aws:codeconnections:us-east-1:0:connection/1-2",
            "arn:aws:codeconnections:us-east-1:000000000000:connection/",
        ] {
            assert!(!ConnectionArn::new(wrong).is_valid(), "{wrong}");
        }
    }

    #[test]
    fn a_source_action_stands_in_the_place_of_a_connection() {
        let (region, account) = (Region::new("us-east-1"), AccountId::new("000000000000"));
        let arn = ConnectionArn::of_source_action(
            &region,
            &account,
            &"app".into(),
            &"Source".into(),
            &"Fetch".into(),
        );
        assert_eq!(arn.as_str(), "arn:aws:codepipeline:us-east-1:000000000000:app/Source/Fetch");
        assert_eq!(arn.id(), "app/Source/Fetch");
        assert!(arn.is_source_action() && !arn.is_valid());
        let connection = "arn:aws:codeconnections:us-east-1:000000000000:connection/1-2";
        let connection = ConnectionArn::new(connection);
        assert_eq!((connection.id(), connection.is_source_action()), ("1-2", false));
    }

    #[test]
    fn a_repository_has_an_owner_and_nothing_that_leads_elsewhere() {
        fn check(name: &str, expect: Result<(), RepositoryNameError>) {
            assert_eq!(RepositoryName::new(name).check(), expect, "{name}");
        }
        for good in ["o/r", "group/sub/project", "~ada/site", "o/.github", "o/a.b_c-d"] {
            check(good, Ok(()));
        }
        for bare in ["", "r", "o/", "/r", "o//r", "/"] {
            check(bare, Err(RepositoryNameError::NoOwner));
        }
        for odd in ["../r", "o/..", "o/-r", "o/a b", "o/r?x", "o/r#x", "https://h/o/r", "o/\u{e4}"]
        {
            let refused = RepositoryName::new(odd).check();
            assert!(refused.is_err(), "{odd}");
        }
        check("o/r.git", Err(RepositoryNameError::DotGit));
        let nested = RepositoryName::new("group/sub/project");
        assert_eq!(nested.check_at(ProviderType::GitLabSelfManaged), Ok(()));
        let refused = Err(RepositoryNameError::Nested);
        assert_eq!(nested.check_at(ProviderType::GitHubEnterpriseServer), refused);
    }

    #[test]
    fn a_commit_is_forty_or_sixty_four_hex_digits() {
        assert!(CommitSha::new("a".repeat(40)).is_valid());
        for wrong in ["", "abc", &"A".repeat(40), &"0".repeat(40), "--upload-pack=x"] {
            assert!(!CommitSha::new(wrong).is_valid(), "{wrong}");
        }
    }
}
