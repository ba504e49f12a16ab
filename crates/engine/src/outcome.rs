//! What came of effects, in the words that who performs them and who decides about it share. What an
//! attempt came to is an event ([`crate::AttemptResult`]).

use domain::{ArtifactName, ArtifactRef, BucketName, CommitSha, RepositoryName};

/// Where an artifact was put, to be shown beside the attempt that made it.
#[derive(Clone, Debug)]
pub struct StoredArtifact {
    /// Its name in the pipeline.
    pub name: ArtifactName,
    /// Its content.
    pub artifact: ArtifactRef,
    /// The bucket.
    pub bucket: BucketName,
    /// The object's key.
    pub object_key: String,
}

/// What a forge has once it was brought to a hook that is wanted, or is not any more.
#[derive(Clone, Debug)]
pub enum HookOutcome {
    /// The hook.
    Registered(RegisteredHook),
    /// Nothing: it was removed, or never there.
    Removed,
    /// Not what was wanted.
    Failed {
        /// Why, for people.
        trouble: String,
        /// Where the repository's refs are, where that much could be had.
        heads: Heads,
    },
}

/// Full refs and what they point at.
pub type Heads = Vec<(String, CommitSha)>;

/// A hook as the forge has it; and where the repository's refs are.
#[derive(Clone, Debug)]
pub struct RegisteredHook {
    /// The forge's id of the hook; none of its own where an App's one hook tells of it.
    pub forge_hook_id: Option<String>,
    /// The forge's id of the repository.
    pub repository_id: String,
    /// The repository's present name, where that is another than pipelines know it by.
    pub known_as: Option<RepositoryName>,
    /// Whether the forge signs its deliveries.
    pub signs: bool,
    /// Whether the forge had none until now.
    pub made: bool,
    /// Where its refs were before the hook was written.
    pub heads: Heads,
}

/// The file that a resource is kept in step with, as it was read.
#[derive(Clone, Debug)]
pub struct SyncFile {
    /// Its path.
    pub path: String,
    /// The commit that it is of.
    pub commit: CommitSha,
    /// What it holds.
    pub content: Vec<u8>,
}

/// Why there is no such file.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The commit that was asked for, where it is known.
    pub commit: Option<CommitSha>,
    /// Why, for people.
    pub reason: String,
}
