//! Pull requests. `pullrequest:updated` is sent for whatever changes and does not say what: that
//! the code did follows only from another commit than the one known (the head rule).

use super::repository;
use crate::Unusable;
use crate::body::Object;
use crate::refs::{need_branch, need_number, request};
use domain::CommitSha;
use domain::forge_event::{Happening, Ignored, PullRequest, PullRequestAction, PullRequestSides};

/// Digits of a commit's hash that Bitbucket writes here.
const SHORT_DIGITS_MIN: usize = 12;

pub(super) fn understand(payload: &Object<'_>, key: &str) -> Result<Happening, Unusable> {
    let told = payload.need_object("pullrequest")?;
    let sides = sides(&told)?;
    let action = match key {
        "pullrequest:created" => PullRequestAction::Opened,
        "pullrequest:updated" => PullRequestAction::Updated,
        "pullrequest:fulfilled" => PullRequestAction::Merged,
        "pullrequest:rejected" => PullRequestAction::Closed,
        _ => {
            let (action, pull_request) = (key.to_owned(), Some(sides));
            let because = Ignored::NoCodeChanged;
            return Ok(Happening::Ignored { action, because, pull_request });
        }
    };
    let title = told.told("title").unwrap_or_default();
    Ok(request(key, PullRequest { action, title, before: None, sides }))
}

/// From where to where; without a commit where the source's is gone with its repository.
fn sides(request: &Object<'_>) -> Result<PullRequestSides, Unusable> {
    let (from, to) = (request.need_object("source")?, request.need_object("destination")?);
    let head = from.object("commit")?.map(|commit| short_sha(&commit, "hash")).transpose()?;
    let (source_repository, target_repository) = (repository(&from)?, repository(&to)?);
    let known = source_repository.as_ref().zip(target_repository);
    let branch = |side: &Object<'_>| -> Result<String, Unusable> {
        need_branch(&side.need_object("branch")?, "name")
    };
    Ok(PullRequestSides {
        number: need_number(request, "id")?,
        head: head.unwrap_or_default(),
        source: branch(&from)?,
        target: branch(&to)?,
        fork: known.is_none_or(|(from, to)| from.id != to.id),
        source_repository,
    })
}

/// At least the first twelve digits of a commit's hash, which are not all zeros.
fn short_sha(commit: &Object<'_>, member: &str) -> Result<CommitSha, Unusable> {
    let text: String = commit.need(member)?;
    let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_commit = text.bytes().any(|digit| digit != b'0');
    if hex && is_commit && (SHORT_DIGITS_MIN..=64).contains(&text.len()) {
        return Ok(CommitSha::new(text));
    }
    let why = "not the beginning of a commit's hash: at least 12 lower-case hex digits";
    Err(Unusable::new(commit.place(member), why))
}
