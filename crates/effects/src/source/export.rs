//! A commit as an artifact: its files, or what is cloned of it.

use std::num::NonZeroU32;

use domain::revision::CloneReference;
use forges::Mirror;
use forges::mirror::Export;

use super::Fetching;
use super::named::{Wanted, is_set, named, setting};
use crate::clone;
use crate::trouble::Trouble;

impl Fetching<'_> {
    /// The commit as the action wants it.
    pub(super) async fn artifact(&self, wanted: &Wanted) -> Result<Export, Trouble> {
        let reference = self.reference(wanted)?;
        match reference.fetch_submodules || reference.fetch_lfs || self.is_clone() {
            true => self.gather(&reference).await,
            false => self.export(wanted).await,
        }
    }

    /// Brings the commit here, unless it is.
    pub(super) async fn bring(&self, mirror: &Mirror, wanted: &Wanted) -> Result<(), Trouble> {
        if mirror.holds(&wanted.commit) {
            return Ok(());
        }
        let fetch = |remote| async move { mirror.fetch(&remote, &wanted.commit).await };
        let fetched = self.access.by_git(&wanted.repository, fetch).await;
        fetched.map_err(Trouble::of_unanswered(wanted.named()))?;
        tracing::debug!(commit = %wanted.commit, "commit fetched");
        Ok(())
    }

    /// Where the commits of a repository are kept on this machine.
    pub(super) fn mirror(&self, wanted: &Wanted) -> Mirror {
        let (connection, name) = (&self.access.connection.arn, wanted.repository.as_str());
        self.performer.mirrors.of_depth(connection, name, self.depth())
    }

    /// All of its history where the configuration names no depth, or 0.
    fn depth(&self) -> Option<NonZeroU32> {
        setting(self.start, "GitCloneDepth").parse().ok()
    }

    pub(super) fn is_clone(&self) -> bool {
        is_set(self.start, "OutputArtifactFormat", "CODEBUILD_CLONE_REF")
    }

    /// The commit as what is cloned of it.
    fn reference(&self, wanted: &Wanted) -> Result<CloneReference, Trouble> {
        let url = self.access.forge.clone_url(&wanted.repository);
        Ok(CloneReference {
            connection_arn: self.access.connection.arn.clone(),
            full_repository_id: wanted.repository.clone(),
            clone_url: url.map_err(|cause| Trouble::unusable(cause.into()))?.into(),
            commit_id: wanted.commit.clone(),
            git_ref: wanted.git_ref.clone(),
            git_clone_depth: self.depth(),
            fetch_submodules: is_set(self.start, "FetchSubmodules", "true"),
            fetch_lfs: is_set(self.start, "FetchLfs", "true"),
        })
    }

    /// The commit with what belongs to it beside its own files: as a reference, once everything that
    /// its working copies need is here, or as files.
    async fn gather(&self, reference: &CloneReference) -> Result<Export, Trouble> {
        let Self { performer, start, .. } = self;
        let (mirror, artifact) = match self.is_clone() {
            true => {
                let mirror = clone::bring(performer, start, reference).await?;
                (mirror, clone::keep(performer, reference).await?)
            }
            false => clone::files(performer, start, reference).await?,
        };
        let info = mirror.commit_info(&reference.commit_id).await;
        let named = named(&reference.commit_id, &reference.full_repository_id);
        Ok(Export { artifact, info: info.map_err(Trouble::of_git(named))? })
    }

    /// The commit as an artifact that is whole on this machine: the one it was before, else a new one.
    async fn export(&self, wanted: &Wanted) -> Result<Export, Trouble> {
        let (mirror, commit) = (self.mirror(wanted), &wanted.commit);
        if let Some(export) = self.exported(&mirror, wanted).await? {
            tracing::debug!(%commit, "source was exported before");
            return Ok(export);
        }
        self.bring(&mirror, wanted).await?;
        let draft = self.performer.blobs.draft()?;
        let both = tokio::try_join!(mirror.export(commit, draft), mirror.commit_info(commit));
        let (draft, info) = both.map_err(Trouble::of_git(wanted.named()))?;
        let artifact = self.performer.on_disk(|blobs| blobs.keep(draft)).await??;
        let export = Export { artifact, info };
        tracing::debug!(%commit, "source exported");
        if let Err(cause) = mirror.remember(commit, &export) {
            tracing::warn!(%cause, "the next execution of this commit exports it again");
        }
        Ok(export)
    }

    /// What the commit was exported as before, if that is whole still.
    async fn exported(&self, mirror: &Mirror, wanted: &Wanted) -> Result<Option<Export>, Trouble> {
        let Some(export) = mirror.exported(&wanted.commit) else { return Ok(None) };
        let artifact = export.artifact.clone();
        let opened = self.performer.on_disk(move |blobs| blobs.open_checked(&artifact)).await?;
        Ok(opened.is_ok().then_some(export))
    }
}
