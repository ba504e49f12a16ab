//! Where all refs of a hook's repository are.

use domain::forge_event::{GitRef, RefTarget};
use forges::git;
use forges::github::Purpose;
use store::{HeadRow, HookRow};

use crate::head::target;
use crate::limits::HEADS_MAX;
use crate::perform::Performer;

impl Performer {
    /// The refs of a hook's repository that moved without our knowledge, and where they lead. Of an
    /// annotated tag a delivery may have told the object or the commit: either is knowing it.
    ///
    /// # Errors
    /// The connection cannot be used, or the repository does not answer.
    pub async fn moved_heads(&self, hook: &HookRow) -> anyhow::Result<Vec<(GitRef, RefTarget)>> {
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
        Ok(moved)
    }
}
