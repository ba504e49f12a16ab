//! The head rule: what a change of a ref is, given the commit that we know the ref to be at.
//!
//! The delivery id is not signed, so it alone cannot tell a replay. The chain of before and after
//! can: a thousand replays start nothing, a recreated tag starts, and A→B, B→A, A→B starts three.

use domain::CommitSha;
use domain::forge_event::{RefTarget, Subject};
use store::{HeadRow, HookRow, Key};

use crate::turn::Now;

/// What a change of a ref is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The ref is already known to be there.
    Duplicate,
    /// The next link of the chain.
    Apply,
    /// A gap, or a repeat of an earlier link: the forge has to be asked for its head.
    Ask,
}

/// What is known about a ref.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// Nothing was ever heard of it.
    Nothing,
    /// It is at this commit, or deleted.
    At(Option<&'a CommitSha>),
}

impl Known<'_> {
    /// Whether the ref is known to be where the repository says that it is.
    pub fn is_at(&self, target: &RefTarget) -> bool {
        matches!(self, Self::At(Some(head)) if target.is(head))
    }
}

/// Judges a change from `before` to `after` (`None`: the ref was or is not there).
/// `seen` says whether a delivery with the very same bytes was already taken: an honest repeat of
/// a move differs in its times, a replay does not.
pub fn judge(
    known: Known,
    before: Option<&CommitSha>,
    after: Option<&CommitSha>,
    seen: bool,
) -> Verdict {
    match known {
        Known::At(head) if head == after => Verdict::Duplicate,
        Known::At(head) if head == before && !seen => Verdict::Apply,
        Known::Nothing if before.is_none() && !seen => Verdict::Apply,
        _ => Verdict::Ask,
    }
}

/// A hash as the ref's state: forty zeros mean that the ref is not there.
pub fn state(sha: &CommitSha) -> Option<&CommitSha> {
    (!sha.is_zero()).then_some(sha)
}

/// Where the head of a hook's repository is kept that we know of a subject.
pub(crate) fn head_key(hook: &HookRow, subject: &Subject) -> Key {
    HeadRow::at(&hook.account, &hook.connection, &hook.repository, &subject.full())
}

/// What a hook's repository has at this full name from now on; nothing where it is gone, or closed.
pub(crate) fn head_at(
    hook: &HookRow,
    ref_name: String,
    sha: Option<CommitSha>,
    now: &Now,
) -> HeadRow {
    HeadRow {
        account: hook.account.clone(),
        connection: hook.connection.clone(),
        repository: hook.repository.clone(),
        ref_name,
        sha,
        updated: now.at,
        merged: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_decides() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let (a, b, c) = (CommitSha::new(a), CommitSha::new(b), CommitSha::new(c));
        let at_a = Known::At(Some(&a));
        fn check(known: Known, from: Option<&CommitSha>, to: Option<&CommitSha>, expect: Verdict) {
            assert_eq!(judge(known, from, to, false), expect, "{known:?} {from:?} {to:?}");
        }
        check(at_a, Some(&b), Some(&a), Verdict::Duplicate);
        check(at_a, Some(&a), Some(&b), Verdict::Apply);
        check(at_a, Some(&b), Some(&c), Verdict::Ask);
        check(at_a, Some(&a), None, Verdict::Apply);
        check(Known::At(None), None, Some(&a), Verdict::Apply);
        check(Known::At(None), Some(&a), None, Verdict::Duplicate);
        check(Known::Nothing, None, Some(&a), Verdict::Apply);
        check(Known::Nothing, Some(&a), Some(&b), Verdict::Ask);
    }

    #[test]
    fn a_repeat_of_the_very_same_bytes_is_never_simply_applied() {
        let (a, b) = (CommitSha::new("a".repeat(40)), CommitSha::new("b".repeat(40)));
        assert_eq!(judge(Known::At(Some(&a)), Some(&a), Some(&b), true), Verdict::Ask);
        assert_eq!(judge(Known::At(Some(&b)), Some(&a), Some(&b), true), Verdict::Duplicate);
    }
}
