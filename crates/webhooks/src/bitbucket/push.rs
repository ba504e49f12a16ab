//! Pushes: each entry of `push.changes` has the ref as it was and as it is, either of them null.
//! Its list of commits is cut at five (`truncated`); nothing here depends on it.

use crate::Unusable;
use crate::body::Object;
use crate::refs::{checked, each, ignored, need_sha};
use domain::CommitSha;
use domain::forge_event::{Change, CommitInfo, GitRef, Happening, Ignored, RefChange};

/// No commit, in the notation of the forges that have one for it.
const NONE: &str = "0000000000000000000000000000000000000000";

/// What each change of the push says.
pub(super) fn changes(payload: &Object<'_>, key: &str) -> Result<Vec<Happening>, Unusable> {
    let push = payload.need_object("push")?;
    each(push.need_list("changes")?, key, |change| {
        let (old, new) = (change.object("old")?, change.object("new")?);
        let Some(named) = new.as_ref().or(old.as_ref()) else {
            let why = "missing, and so is the old one; a change has the ref before it or after it";
            return Err(Unusable::new(change.place("new"), why));
        };
        let git_ref = match git_ref(named)? {
            Ok(git_ref) => git_ref,
            Err(name) => return Ok(ignored(key.to_owned(), Ignored::NeitherBranchNorTag { name })),
        };
        let moved = moved(git_ref, old.as_ref(), new.as_ref())?;
        Ok(Happening::Ref(RefChange { forced: change.get("forced")?, ..moved }))
    })
}

/// The branch or tag; else what it is called.
fn git_ref(named: &Object<'_>) -> Result<Result<GitRef, String>, Unusable> {
    let (kind, name): (String, String) = (named.need("type")?, named.need("name")?);
    let git_ref = match kind.as_str() {
        "branch" => GitRef::branch(name),
        "tag" | "annotated_tag" => GitRef::tag(name),
        _ => return Ok(Err(format!("{kind} {name}"))),
    };
    checked(&git_ref, named.place("name"))?;
    Ok(Ok(git_ref))
}

/// `target` is the commit, for annotated tags too; their own objects are not told.
fn moved(
    git_ref: GitRef,
    old: Option<&Object<'_>>,
    new: Option<&Object<'_>>,
) -> Result<RefChange, Unusable> {
    let hash = |side: &Object<'_>| need_sha(&side.need_object("target")?, "hash");
    let (before, head) = (old.map(hash).transpose()?, new.map(hash).transpose()?);
    let change = match (&before, &head) {
        (_, None) => Change::Deleted,
        (None, _) => Change::Created,
        _ => Change::Updated,
    };
    let after = head.clone().unwrap_or_else(|| CommitSha::new(NONE));
    let commit = new.map(info).transpose()?;
    Ok(RefChange { git_ref, change, before, after, head, forced: None, commit })
}

fn info(new: &Object<'_>) -> Result<CommitInfo, Unusable> {
    let commit = new.need_object("target")?;
    let raw = commit.beside("author").and_then(|it| it.told("raw")).unwrap_or_default();
    let (name, email) = raw.split_once(" <").unwrap_or((&raw, ""));
    Ok(CommitInfo {
        message: commit.told("message").unwrap_or_default(),
        author_name: name.to_owned(),
        author_email: email.trim_end_matches('>').to_owned(),
        authored_at: commit.moment("date"),
        committed_at: None,
    })
}
