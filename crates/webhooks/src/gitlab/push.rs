//! Pushes: one ref a delivery, or all refs of a push in the `repository_update` of a system hook.
//! A push of more than three branches or tags comes as nothing at all, unless as the latter
//! (GitLab's setting `push_event_hooks_limit`).

use crate::Unusable;
use crate::body::Object;
use crate::refs::{commit_info, each, moved, need_sha, of_branch_or_tag, sha};
use domain::CommitSha;
use domain::forge_event::{Change, CommitInfo, GitRef, Happening, RefChange, RefKind};

/// The change of a push or of a tag push.
pub(super) fn change(payload: &Object<'_>, git_ref: GitRef) -> Result<RefChange, Unusable> {
    let mut change = moved(git_ref, need_sha(payload, "before")?, need_sha(payload, "after")?);
    if change.git_ref.kind == RefKind::Tag && change.change != Change::Deleted {
        // For an annotated tag `after` is the tag's own object.
        change.head = sha(payload, "checkout_sha")?;
    }
    if let Some(head) = &change.head {
        change.commit = info(payload, head);
    }
    Ok(change)
}

/// The changes of a `repository_update`, which names no commits.
pub(super) fn changes(payload: &Object<'_>, kind: &str) -> Result<Vec<Happening>, Unusable> {
    each(payload.need_list("changes")?, kind, |change| {
        of_branch_or_tag(change, "ref", kind, |git_ref| {
            Ok(moved(git_ref, need_sha(change, "before")?, need_sha(change, "after")?))
        })
    })
}

/// What the list of commits says of one of them. It holds the newest twenty, and none for a new
/// branch at an old commit.
fn info(payload: &Object<'_>, head: &CommitSha) -> Option<CommitInfo> {
    let listed = payload.list("commits").ok().flatten()?;
    let is_head = |commit: &Object<'_>| commit.told("id").as_deref() == Some(head.as_str());
    listed.into_iter().rev().flatten().find(is_head).map(|commit| commit_info(&commit))
}
