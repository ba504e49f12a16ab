//! Where all refs of a hook's repository are.

use domain::Timestamp;
use domain::forge_event::{GitRef, RefTarget};
use forges::git;
use forges::github::Purpose;
use store::{HeadRow, HookRow};

use crate::access::Access;
use crate::head::target;
use crate::limits::{DATED_HEADS_MAX, HEADS_MAX};
use crate::perform::Performer;

/// Refs, and where each leads now.
pub type Moved = Vec<(GitRef, RefTarget)>;

impl Performer {
    /// The refs of a hook's repository that moved without our knowledge, and where they lead: what was
    /// committed first comes first, for what starts later supersedes what started before. Of an
    /// annotated tag a delivery may have told the object or the commit: either is knowing it.
    ///
    /// # Errors
    /// The connection cannot be used, or the repository does not answer.
    pub async fn moved_heads(&self, hook: &HookRow) -> anyhow::Result<Moved> {
        let store = &self.store;
        let access =
            self.open(&hook.account, &hook.connection, &hook.repository, Purpose::Read).await?;
        let heads = |remote| async move { git::heads(&remote, HEADS_MAX).await };
        let heads = access.by_git(hook.present_name(), heads).await?;
        let mut moved = Vec::new();
        for (name, head) in heads {
            let key = HeadRow::at(&hook.account, &hook.connection, &hook.repository, &name);
            let known = store.get::<HeadRow>(key).await?.and_then(|row| row.sha);
            let target = target(head);
            let is_known = known.is_some_and(|sha| target.is(&sha));
            moved.extend(GitRef::parse(&name).filter(|_| !is_known).map(|it| (it, target)));
        }
        Ok(self.in_time(hook, &access, moved).await)
    }

    /// By the time of their commits. Nobody tells when a ref was moved, and a list of refs stands in the
    /// order of their names. One whose commit cannot be had is the oldest.
    async fn in_time(&self, hook: &HookRow, access: &Access, moved: Moved) -> Moved {
        if !(2..=DATED_HEADS_MAX).contains(&moved.len()) {
            return moved;
        }
        let mut dated = Vec::new();
        for (git_ref, target) in moved {
            dated.push((self.committed(hook, access, &target).await, git_ref, target));
        }
        dated.sort_by_key(|(at, ..)| *at);
        dated.into_iter().map(|(_, git_ref, target)| (git_ref, target)).collect()
    }

    /// When the commit of a ref was made, by what its repository says of it.
    async fn committed(
        &self,
        hook: &HookRow,
        access: &Access,
        RefTarget { commit, .. }: &RefTarget,
    ) -> Option<Timestamp> {
        let mirror = &self.mirrors.of(&access.connection.arn, hook.repository.as_str());
        let fetch = |remote| async move { mirror.fetch(&remote, commit).await };
        access.by_git(hook.present_name(), fetch).await.ok()?;
        mirror.commit_info(commit).await.ok()?.committed_at
    }
}
