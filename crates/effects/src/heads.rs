//! Where all refs of a hook's repository are.

use domain::CommitSha;
use domain::forge_event::{GitRef, RefKind};
use store::{HeadRow, HookRow};

use crate::access::Access;
use crate::limits::HEADS_MAX;
use crate::perform::Performer;

/// A ref that is elsewhere than where we know it to be.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The ref.
    pub git_ref: GitRef,
    /// What it points at.
    pub points_at: CommitSha,
    /// The commit that it leads to.
    pub commit: CommitSha,
}

impl Performer {
    /// The refs of a hook's repository that moved without our knowledge.
    ///
    /// # Errors
    /// The connection cannot be used, or the repository does not answer.
    pub async fn moved_heads(&self, hook: &HookRow) -> anyhow::Result<Vec<Moved>> {
        let (store, vault, client) = (&self.store, &self.vault, &self.client);
        let access = Access::open(&hook.account, &hook.connection, store, vault, client).await?;
        let remote = access.remote(&hook.repository, client).await?;
        let mut moved = Vec::new();
        for (name, points_at) in forges::git::heads(&remote, HEADS_MAX).await? {
            let key = HeadRow::at(&hook.account, &hook.connection, &hook.repository, &name);
            let known = store.get::<HeadRow>(key).await?.and_then(|row| row.sha);
            let Some(git_ref) = GitRef::parse(&name).filter(|_| known.as_ref() != Some(&points_at))
            else {
                continue;
            };
            let commit = match git_ref.kind {
                RefKind::Branch => Some(points_at.clone()),
                RefKind::Tag => {
                    forges::git::resolve(&remote, &git_ref).await?.map(|head| head.commit)
                }
            };
            moved.extend(commit.map(|commit| Moved { git_ref, points_at, commit }));
        }
        Ok(moved)
    }
}
