//! What the forges' tales of refs and commits have in common: names and hashes that are checked
//! before anyone sees them, and deliveries that tell of several changes.

use crate::body::{Entry, Object};
use crate::{Unusable, limits};
use domain::forge_event::{
    Change, CommitInfo, GitRef, Happening, Ignored, PullRequest, RefChange, RefKind,
};
use domain::{CommitSha, RepositoryName};

/// The change of the branch or tag that a member names in full (`refs/heads/…`); a ref that is
/// neither is ignored, as `action`.
pub(crate) fn of_branch_or_tag(
    parent: &Object<'_>,
    member: &str,
    action: &str,
    change: impl FnOnce(GitRef) -> Result<RefChange, Unusable>,
) -> Result<Happening, Unusable> {
    let name: String = parent.need(member)?;
    let Some(git_ref) = GitRef::parse(&name) else {
        return Ok(ignored(action.to_owned(), Ignored::NeitherBranchNorTag { name }));
    };
    checked(&git_ref, parent.place(member))?;
    change(git_ref).map(Happening::Ref)
}

/// Refuses a name that git or a command line cannot take.
pub(crate) fn checked(git_ref: &GitRef, place: String) -> Result<(), Unusable> {
    git_ref.check().map_err(|error| Unusable::new(place, error.to_string()))
}

/// An event that starts nothing and is about no pull request.
pub(crate) fn ignored(action: String, because: Ignored) -> Happening {
    Happening::Ignored { action, because, pull_request: None }
}

/// A ref's move as the two hashes around it tell it, all zeros where it was not or is not there.
/// Of a tag they may be those of its own object: they do not tell the commit.
pub(crate) fn moved(git_ref: GitRef, before: CommitSha, after: CommitSha) -> RefChange {
    let change = match (before.is_zero(), after.is_zero()) {
        (_, true) => Change::Deleted,
        (true, false) => Change::Created,
        (false, false) => Change::Updated,
    };
    let told = change != Change::Deleted && git_ref.kind == RefKind::Branch;
    let head = told.then(|| after.clone());
    RefChange { git_ref, change, before: Some(before), after, head, forced: None, commit: None }
}

/// What each entry of a list of changes says, or that the list says nothing, as `action`. An entry that
/// cannot be understood spoils the delivery only where none of the others can.
pub(crate) fn each<'a>(
    entries: Vec<Entry<'a>>,
    action: &str,
    understand: impl Fn(&Object<'a>) -> Result<Happening, Unusable>,
) -> Result<Vec<Happening>, Unusable> {
    let alone = |because| Ok(vec![ignored(action.to_owned(), because)]);
    match entries.len() {
        0 => return alone(Ignored::NamesNoRef),
        count if count > limits::CHANGES_MAX => return alone(Ignored::TooManyRefs { count }),
        _ => {}
    }
    let understood: Vec<_> = entries.into_iter().map(|it| understand(&it?)).collect();
    if understood.iter().all(Result::is_err) {
        return understood.into_iter().collect();
    }
    let each = |one: Result<_, Unusable>| {
        one.unwrap_or_else(|it| Happening::Unusable { at: it.place, problem: it.why })
    };
    Ok(understood.into_iter().map(each).collect())
}

/// What `message`, `timestamp` and `author` of a commit say, as GitHub and GitLab write it. Nothing
/// depends on any of it.
pub(crate) fn commit_info(commit: &Object<'_>) -> CommitInfo {
    let author = commit.beside("author");
    let of_author = |name: &str| author.as_ref().and_then(|it| it.told(name)).unwrap_or_default();
    CommitInfo {
        message: commit.told("message").unwrap_or_default(),
        author_name: of_author("name"),
        author_email: of_author("email"),
        authored_at: commit.moment("timestamp"),
        committed_at: None,
    }
}

/// What became of a pull request, by the forge's words for it. Without a commit nothing follows from
/// one that is open; one that ended may have outlived its source.
pub(crate) fn request(words: &str, request: PullRequest) -> Happening {
    if request.action.ends() || !request.sides.head.as_str().is_empty() {
        return Happening::PullRequest(request);
    }
    let (action, pull_request) = (words.to_owned(), Some(request.sides));
    Happening::Ignored { action, because: Ignored::WithoutCommit, pull_request }
}

/// The name of a repository, which must be one: it is shown, compared and put into paths.
pub(crate) fn repository_name(
    parent: &Object<'_>,
    member: &str,
) -> Result<RepositoryName, Unusable> {
    named(parent.need(member)?, parent.place(member))
}

/// The name of a repository that stands at `place`.
pub(crate) fn named(name: RepositoryName, place: String) -> Result<RepositoryName, Unusable> {
    name.check().map_err(|why| Unusable::new(place, format!("no repository's name: {why}")))?;
    Ok(name)
}

/// The number of a pull request, from 1.
pub(crate) fn need_number(parent: &Object<'_>, member: &str) -> Result<u64, Unusable> {
    let number: u64 = parent.need(member)?;
    let why = "0 is the number of no request; they begin at 1";
    (number > 0).then_some(number).ok_or_else(|| Unusable::new(parent.place(member), why))
}

/// The branch on one side of a pull request, by its short name.
pub(crate) fn need_branch(parent: &Object<'_>, member: &str) -> Result<String, Unusable> {
    branch(parent.need(member)?, parent.place(member))
}

/// The branch on one side of a pull request where the forge names it in full (`refs/heads/…`).
pub(crate) fn need_full_branch(parent: &Object<'_>, member: &str) -> Result<String, Unusable> {
    let full: String = parent.need(member)?;
    branch(full.strip_prefix("refs/heads/").unwrap_or(&full).to_owned(), parent.place(member))
}

fn branch(name: String, place: String) -> Result<String, Unusable> {
    let branch = GitRef::branch(name);
    checked(&branch, place)?;
    Ok(branch.name)
}

/// A commit that must be there: the zeros are none.
pub(crate) fn need_commit(parent: &Object<'_>, member: &str) -> Result<CommitSha, Unusable> {
    let commit = need_sha(parent, member)?;
    let why = "zeros, which stand for no commit";
    (!commit.is_zero()).then_some(commit).ok_or_else(|| Unusable::new(parent.place(member), why))
}

/// A hash that must be there, the zeros included.
pub(crate) fn need_sha(parent: &Object<'_>, member: &str) -> Result<CommitSha, Unusable> {
    sha(parent, member)?.ok_or_else(|| Unusable::new(parent.place(member), "missing"))
}

/// A commit's hash, or the zeros that stand for none.
pub(crate) fn sha(parent: &Object<'_>, member: &str) -> Result<Option<CommitSha>, Unusable> {
    let Some(text) = parent.get::<String>(member)? else { return Ok(None) };
    let sha = CommitSha::new(text);
    let zeros = sha.is_zero() && matches!(sha.as_str().len(), 40 | 64);
    if sha.is_valid() || zeros {
        return Ok(Some(sha));
    }
    Err(Unusable::new(parent.place(member), "not a commit's hash: 40 or 64 lower-case hex digits"))
}
