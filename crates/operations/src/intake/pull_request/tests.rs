//! What follows from what, row by row.

use super::*;
use domain::Timestamp;

fn sha(digit: &str) -> CommitSha {
    CommitSha::new(digit.repeat(40))
}

/// The verdict on an event at commit `b`.
fn judged(known: Option<Option<&str>>, action: Action, before: Option<&str>) -> Verdict {
    judged_after(known, false, action, before)
}

/// The same; `merged`: whether one that ended was.
fn judged_after(
    known: Option<Option<&str>>,
    merged: bool,
    action: Action,
    before: Option<&str>,
) -> Verdict {
    let row = known.map(|at| HeadRow {
        account: "000000000000".into(),
        connection: "arn".into(),
        repository: "o/r".into(),
        ref_name: "refs/pull/7".into(),
        sha: at.map(sha),
        updated: Timestamp(0),
        merged: at.is_none().then_some(merged),
    });
    let sides = PullRequestSides {
        number: 7,
        head: sha("b"),
        source: "feature".into(),
        target: "main".into(),
        source_repository: None,
        fork: false,
    };
    let request = PullRequest { action, title: String::new(), before: before.map(sha), sides };
    verdict(row.as_ref(), &request, &sha("b"))
}

#[test]
fn state_and_commit_are_the_head() {
    let (closed, open_at_a, open_at_b) = (Some(None), Some(Some("a")), Some(Some("b")));
    let rows = [
        (None, Action::Opened, None, Verdict::Apply),
        (closed, Action::Reopened, None, Verdict::Apply),
        (open_at_b, Action::Opened, None, Verdict::Duplicate),
        (open_at_a, Action::Opened, None, Verdict::Ask),
        (open_at_a, Action::Updated, Some("a"), Verdict::Apply),
        (open_at_a, Action::Updated, Some("c"), Verdict::Ask),
        (open_at_a, Action::Updated, None, Verdict::Ask),
        (None, Action::Updated, None, Verdict::Ask),
        (open_at_b, Action::Updated, Some("a"), Verdict::Duplicate),
        (open_at_b, Action::Ready, None, Verdict::Duplicate),
        (open_at_b, Action::Retargeted, None, Verdict::Duplicate),
        (open_at_b, Action::Merged, None, Verdict::Apply),
        (open_at_a, Action::Closed, None, Verdict::Ask),
        (None, Action::Closed, None, Verdict::Ask),
        (closed, Action::Closed, None, Verdict::Duplicate),
    ];
    for (known, action, before, expect) in rows {
        assert_eq!(judged(known, action, before), expect, "{known:?} {action:?} {before:?}");
    }
}

#[test]
fn one_that_was_declined_and_is_merged_was_opened_again_unheard() {
    let closed = Some(None);
    assert_eq!(judged_after(closed, false, Action::Merged, None), Verdict::Apply);
    assert_eq!(judged_after(closed, true, Action::Merged, None), Verdict::Duplicate);
    assert_eq!(judged_after(closed, true, Action::Closed, None), Verdict::Duplicate);
}

#[test]
fn a_hash_of_twelve_digits_is_made_whole_by_what_is_known_or_by_the_source_branch() {
    let (short, b) = (CommitSha::new("b".repeat(12)), sha("b"));
    let at = |sha: &CommitSha| Some(RefTarget::of(sha.clone()));
    assert_eq!(at_source(at(&b).as_ref(), &short, true), Some(b.clone()));
    assert_eq!(at_source(at(&sha("a")).as_ref(), &short, true), None);
    assert_eq!(at_source(None, &short, false), None);
    assert_eq!(at_source(None, &b, false), Some(b.clone()));
    assert_eq!(at_source(None, &b, true), None);
}
