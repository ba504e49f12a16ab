//! Pull requests. `pr:modified` is the one event for title, description, draft and target, and
//! says of each what it was.

use super::repository;
use crate::Unusable;
use crate::body::Object;
use crate::refs::{need_commit, need_full_branch, need_number, sha};
use domain::forge_event::{
    Happening, Ignored, PullRequest, PullRequestAction, PullRequestSides, Repository,
};

/// The repository that it aims at, and what became of it.
pub(super) fn understand(
    payload: &Object<'_>,
    key: &str,
) -> Result<(Option<Repository>, Happening), Unusable> {
    let request = payload.need_object("pullRequest")?;
    let sides = sides(&request)?;
    let target = repository(&request.need_object("toRef")?, "repository")?;
    let action = match key {
        "pr:opened" => PullRequestAction::Opened,
        "pr:reopened" => PullRequestAction::Reopened,
        "pr:from_ref_updated" => PullRequestAction::Updated,
        "pr:modified" if retargeted(payload, &request)? => PullRequestAction::Retargeted,
        "pr:modified" if no_longer_draft(payload, &request)? => PullRequestAction::Ready,
        "pr:merged" => PullRequestAction::Merged,
        "pr:declined" | "pr:deleted" => PullRequestAction::Closed,
        _ => {
            let (action, pull_request) = (key.to_owned(), Some(sides));
            let because = Ignored::NoCodeChanged;
            return Ok((target, Happening::Ignored { action, because, pull_request }));
        }
    };
    let title = request.told("title").unwrap_or_default();
    let before = sha(payload, "previousFromHash")?;
    Ok((target, Happening::PullRequest(PullRequest { action, title, before, sides })))
}

fn retargeted(payload: &Object<'_>, request: &Object<'_>) -> Result<bool, Unusable> {
    let Some(previous) = payload.object("previousTarget")? else { return Ok(false) };
    let now: String = request.need_object("toRef")?.need("id")?;
    Ok(previous.need::<String>("id")? != now)
}

/// Drafts came with Data Center 8.18; before, neither member is there.
fn no_longer_draft(payload: &Object<'_>, request: &Object<'_>) -> Result<bool, Unusable> {
    let was: Option<bool> = payload.get("previousDraft")?;
    Ok(was == Some(true) && request.get("draft")? == Some(false))
}

fn sides(request: &Object<'_>) -> Result<PullRequestSides, Unusable> {
    let (from, to) = (request.need_object("fromRef")?, request.need_object("toRef")?);
    let source_repository = repository(&from, "repository")?;
    let target_repository = repository(&to, "repository")?;
    let known = source_repository.as_ref().zip(target_repository);
    Ok(PullRequestSides {
        number: need_number(request, "id")?,
        head: need_commit(&from, "latestCommit")?,
        source: need_full_branch(&from, "id")?,
        target: need_full_branch(&to, "id")?,
        fork: known.is_none_or(|(from, to)| from.id != to.id),
        source_repository,
    })
}
