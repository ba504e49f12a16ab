//! Pushes: each entry of `changes` names a ref and its two hashes. For an annotated tag those are
//! the tag's own objects; the commit stands beside the list, in `toCommit`, since 8.

use crate::Unusable;
use crate::body::Object;
use crate::refs::{each, moved, need_sha, of_branch_or_tag};
use domain::CommitSha;
use domain::forge_event::{Change, CommitInfo, GitRef, Happening, RefChange, RefKind};

/// The event of a mirror that has the changes.
pub(super) const MIRRORED: &str = "mirror:repo_synchronized";

/// A commit and what is said of it.
struct Told {
    id: CommitSha,
    info: CommitInfo,
}

/// What each change of the push says.
pub(super) fn changes(payload: &Object<'_>, key: &str) -> Result<Vec<Happening>, Unusable> {
    let entries = match payload.list("changes")? {
        Some(entries) => entries,
        // A mirror leaves the list out where it would be too long (`refLimitExceeded`).
        None if key == MIRRORED => Vec::new(),
        None => payload.need_list("changes")?,
    };
    let told = payload.beside("toCommit").as_ref().and_then(told);
    // Beside several changes nothing says which of them the commit is of.
    let mut of_all = each(entries, key, |change| {
        let (place, member) = named(change)?;
        of_branch_or_tag(&place, member, key, |git_ref| self::change(change, git_ref))
    })?;
    let alone = of_all.len() == 1;
    for happening in &mut of_all {
        if let (Happening::Ref(change), Some(told)) = (happening, &told) {
            learn(change, told, alone);
        }
    }
    Ok(of_all)
}

/// Where the full ref stands: in `ref.id`, or in `refId` alone.
fn named<'a>(change: &Object<'a>) -> Result<(Object<'a>, &'static str), Unusable> {
    match change.object("ref")? {
        Some(found) => Ok((found, "id")),
        None => Ok((change.clone(), "refId")),
    }
}

fn change(change: &Object<'_>, git_ref: GitRef) -> Result<RefChange, Unusable> {
    Ok(moved(git_ref, need_sha(change, "fromHash")?, need_sha(change, "toHash")?))
}

fn learn(change: &mut RefChange, told: &Told, alone: bool) {
    let deleted = change.change == Change::Deleted;
    if alone && change.git_ref.kind == RefKind::Tag && !deleted {
        change.head = Some(told.id.clone());
    }
    if change.head.as_ref() == Some(&told.id) {
        change.commit = Some(told.info.clone());
    }
}

/// Nothing is told where it has no hash that is one: it may be asked for.
fn told(commit: &Object<'_>) -> Option<Told> {
    let author = commit.beside("author");
    let of_author = |name: &str| author.as_ref().and_then(|it| it.told(name)).unwrap_or_default();
    let info = CommitInfo {
        message: commit.told("message").unwrap_or_default(),
        author_name: of_author("name"),
        author_email: of_author("emailAddress"),
        authored_at: commit.moment("authorTimestamp"),
        committed_at: commit.moment("committerTimestamp"),
    };
    Some(Told { id: need_sha(commit, "id").ok()?, info })
}
