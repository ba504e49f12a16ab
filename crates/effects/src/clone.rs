//! A source that is cloned: what stands in its artifact, and the working copy that a step gets of it.
//!
//! Whatever needs the network happens here, with the guarded git of the server and a token that ends
//! here; a step gets files.

use std::num::NonZeroU32;

use blobs::archive::{ArchiveError, LeftOut};
use blobs::limits::ArchiveLimits;
use domain::ArtifactRef;
use domain::reason::FailureCode;
use domain::revision::CloneReference;
use engine::StartAction;
use forges::Mirror;
use recipes::plan::{CloneSettings, Depth};
use tempfile::TempDir;

use crate::limits::CLONE_REFERENCE_BYTES_MAX;
use crate::parts::{Gather, Part};
use crate::perform::Performer;
use crate::trouble::Trouble;

/// A working copy as an artifact.
pub struct Copied {
    /// A zip file of the folder, `.git` and all.
    pub artifact: ArtifactRef,
    /// What could not be put into it.
    pub left_out: LeftOut,
}

/// Brings here what the working copies of a commit are made of, its tags as they are now.
pub async fn bring(
    performer: &Performer,
    start: &StartAction,
    reference: &CloneReference,
) -> Result<Mirror, Trouble> {
    let gather = Gather { performer, start, reference, with_tags: true };
    let parts = gather.all().await?;
    if reference.fetch_lfs {
        // What LFS keeps is seen in a working copy only.
        assembled(&gather, &parts, (Some(NonZeroU32::MIN), true)).await?;
    }
    Ok(parts[0].mirror.clone())
}

/// The files of a commit with those of its submodules and those that LFS keeps, without history.
pub async fn files(
    performer: &Performer,
    start: &StartAction,
    reference: &CloneReference,
) -> Result<(Mirror, ArtifactRef), Trouble> {
    let gather = Gather { performer, start, reference, with_tags: false };
    let parts = gather.all().await?;
    let shallow = Some(NonZeroU32::MIN);
    let folder = assembled(&gather, &parts, (shallow, reference.fetch_lfs)).await?;
    for part in &parts {
        std::fs::remove_dir_all(folder.path().join(&part.path).join(".git"))?;
    }
    let copied = packed(performer, folder, parts[0].named()).await?;
    if !copied.left_out.is_empty() {
        tracing::warn!(left_out = %copied.left_out, "not taken into a source's artifact");
    }
    Ok((parts[0].mirror.clone(), copied.artifact))
}

/// Keeps a reference as an artifact.
pub async fn keep(
    performer: &Performer,
    reference: &CloneReference,
) -> Result<ArtifactRef, Trouble> {
    let text = serde_json::to_vec(reference).map_err(|cause| Trouble::Passes(cause.into()))?;
    Ok(performer.on_disk(move |blobs| blobs.put(&text)).await??)
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
    performer.on_disk(read).await?.map_err(Trouble::Passes)
}

/// The mirror of a reference's repository, with its commit; what another server fetched, or a sweep
/// took, is fetched again.
pub async fn held(
    performer: &Performer,
    start: &StartAction,
    reference: &CloneReference,
) -> Result<Mirror, Trouble> {
    let gather = Gather { performer, start, reference, with_tags: false };
    Ok(gather.source().await?.mirror)
}

/// The working copy that a step with these settings gets.
pub async fn working_copy(
    performer: &Performer,
    start: &StartAction,
    reference: &CloneReference,
    settings: CloneSettings,
) -> Result<Copied, Trouble> {
    let gather = Gather { performer, start, reference, with_tags: false };
    let parts = gather.all().await?;
    let depth = settings.depth.map_or(reference.git_clone_depth, commits);
    let lfs = reference.fetch_lfs || settings.lfs;
    let folder = assembled(&gather, &parts, (depth, lfs)).await?;
    packed(performer, folder, parts[0].named()).await
}

/// A folder with a working copy of each part in its place, of so many commits, with what LFS keeps
/// where that is wanted.
async fn assembled(
    gather: &Gather<'_>,
    parts: &[Part],
    (depth, lfs): (Option<NonZeroU32>, bool),
) -> Result<TempDir, Trouble> {
    let folder = gather.performer.mirrors.scratch()?;
    for part in parts {
        part.copy(gather.reference, depth, folder.path()).await?;
        if lfs {
            gather.large_files(part, folder.path()).await?;
        }
    }
    Ok(folder)
}

async fn packed(performer: &Performer, folder: TempDir, named: String) -> Result<Copied, Trouble> {
    let packed = move |blobs: &blobs::Blobs| -> Result<Copied, ArchiveError> {
        let mut draft = blobs.draft()?;
        let limits = ArchiveLimits::default();
        let packed = blobs::archive::pack(folder.path(), &[], &limits, &mut draft)?;
        Ok(Copied { artifact: blobs.keep(draft)?, left_out: packed.left_out })
    };
    performer.on_disk(packed).await?.map_err(|cause| match cause {
        ArchiveError::Io(cause) => cause.into(),
        other => Trouble::Fails(FailureCode::LimitReached, format!("{named}: {other}")),
    })
}

fn commits(depth: Depth) -> Option<NonZeroU32> {
    match depth {
        Depth::Commits(commits) => Some(commits),
        Depth::Full => None,
    }
}
