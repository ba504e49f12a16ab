//! A source that is cloned: what stands in its artifact, and the working copy that a step gets of it.
//!
//! Whatever needs the network happens here, with the guarded git of the server and a token that ends
//! here; a step gets files.

use std::num::NonZeroU32;

use blobs::archive::{ArchiveError, LeftOut};
use blobs::limits::ArchiveLimits;
use domain::reason::FailureCode;
use domain::revision::CloneReference;
use domain::{AccountId, ArtifactRef};
use forges::Mirror;
use forges::git::{GitError, Remote};
use forges::github::Purpose;
use forges::mirror::WorkingCopy;
use recipes::plan::Depth;

use crate::access::Access;
use crate::limits::CLONE_REFERENCE_BYTES_MAX;
use crate::perform::Performer;
use crate::source::on_disk;
use crate::trouble::Trouble;

/// A working copy as an artifact.
pub struct Copied {
    /// A zip file of the folder, `.git` and all.
    pub artifact: ArtifactRef,
    /// What could not be put into it.
    pub left_out: LeftOut,
}

/// Brings here what the working copies of a commit are made of.
pub async fn bring(
    performer: &Performer,
    access: &Access,
    reference: &CloneReference,
) -> Result<Mirror, Trouble> {
    let mirror = mirror(performer, reference);
    let name = &reference.full_repository_id;
    let remote = access.remote(name).await.map_err(Trouble::unusable)?;
    let mut fetched = mirror.fetch_with_tags(&remote, &reference.commit_id).await;
    if let Err(GitError::Redirected) = fetched {
        let remote: Remote = access.moved(name).await.map_err(Trouble::unusable)?;
        fetched = mirror.fetch_with_tags(&remote, &reference.commit_id).await;
    }
    fetched.map_err(Trouble::of_git(named(reference)))?;
    Ok(mirror)
}

/// Keeps a reference as an artifact.
pub async fn keep(
    performer: &Performer,
    reference: &CloneReference,
) -> Result<ArtifactRef, Trouble> {
    let text = serde_json::to_vec(reference).map_err(|cause| Trouble::Passes(cause.into()))?;
    Ok(on_disk(performer, move |blobs| blobs.put(&text)).await??)
}

/// The reference that an artifact holds.
pub async fn read(
    performer: &Performer,
    artifact: &ArtifactRef,
) -> Result<CloneReference, Trouble> {
    let artifact = artifact.clone();
    let read = move |blobs: &blobs::Blobs| -> anyhow::Result<CloneReference> {
        let file = std::io::Read::take(blobs.open_checked(&artifact)?, CLONE_REFERENCE_BYTES_MAX);
        Ok(serde_json::from_reader(file)?)
    };
    on_disk(performer, read).await?.map_err(Trouble::Passes)
}

/// The mirror of a reference's repository, with its commit; what another server fetched, or a sweep
/// took, is fetched again.
pub async fn held(
    performer: &Performer,
    account: &AccountId,
    reference: &CloneReference,
) -> Result<Mirror, Trouble> {
    let mirror = mirror(performer, reference);
    if mirror.holds(&reference.commit_id) {
        return Ok(mirror);
    }
    let access = performer
        .open(account, &reference.connection_arn, &reference.full_repository_id, Purpose::Read)
        .await?;
    bring(performer, &access, reference).await
}

/// The working copy that a step with these settings gets.
pub async fn working_copy(
    performer: &Performer,
    account: &AccountId,
    reference: &CloneReference,
    depth: Option<Depth>,
) -> Result<Copied, Trouble> {
    let mirror = held(performer, account, reference).await?;
    let folder = performer.mirrors.scratch()?;
    let copy = WorkingCopy {
        commit: &reference.commit_id,
        git_ref: reference.git_ref.as_ref(),
        origin: &reference.clone_url,
        depth: depth.map_or(reference.git_clone_depth, commits),
    };
    mirror.copy_into(&copy, folder.path()).await.map_err(Trouble::of_git(named(reference)))?;
    let packed = move |blobs: &blobs::Blobs| -> Result<Copied, ArchiveError> {
        let mut draft = blobs.draft()?;
        let limits = ArchiveLimits::default();
        let packed = blobs::archive::pack(folder.path(), &[], &limits, &mut draft)?;
        Ok(Copied { artifact: blobs.keep(draft)?, left_out: packed.left_out })
    };
    on_disk(performer, packed).await?.map_err(|cause| match cause {
        ArchiveError::Io(cause) => cause.into(),
        other => {
            Trouble::Fails(FailureCode::LimitReached, format!("{}: {other}", named(reference)))
        }
    })
}

fn mirror(performer: &Performer, reference: &CloneReference) -> Mirror {
    let (connection, name) = (&reference.connection_arn, reference.full_repository_id.as_str());
    performer.mirrors.of_depth(connection, name, reference.git_clone_depth)
}

fn commits(depth: Depth) -> Option<NonZeroU32> {
    match depth {
        Depth::Commits(commits) => Some(commits),
        Depth::Full => None,
    }
}

fn named(reference: &CloneReference) -> String {
    format!("commit {} of {}", reference.commit_id, reference.full_repository_id)
}
