//! Merge requests. `update` is sent for whatever changes; only with `oldrev` it is the code.

use crate::Unusable;
use crate::body::Object;
use crate::refs::{need_branch, need_commit, need_number, repository_name, request, sha};
use domain::forge_event::{
    Happening, Ignored, PullRequest, PullRequestAction, PullRequestSides, Repository,
};

/// The repository that it aims at, and what became of it.
pub(super) fn understand(payload: &Object<'_>) -> Result<(Repository, Happening), Unusable> {
    let told = payload.need_object("object_attributes")?;
    let target = target(payload, &told)?;
    let word: String = told.get("action")?.unwrap_or_default();
    let sides = sides(&told)?;
    let before = sha(&told, "oldrev")?;
    let event = format!("merge_request:{word}");
    let action = match word.as_str() {
        "open" => PullRequestAction::Opened,
        "reopen" => PullRequestAction::Reopened,
        "close" => PullRequestAction::Closed,
        "merge" => PullRequestAction::Merged,
        "update" if before.is_some() => PullRequestAction::Updated,
        "update" if no_longer_draft(payload)? => PullRequestAction::Ready,
        _ => {
            let (because, pull_request) = (Ignored::NoCodeChanged, Some(sides));
            return Ok((target, Happening::Ignored { action: event, because, pull_request }));
        }
    };
    let title = told.told("title").unwrap_or_default();
    Ok((target, request(&event, PullRequest { action, title, before, sides })))
}

fn target(payload: &Object<'_>, request: &Object<'_>) -> Result<Repository, Unusable> {
    let id: u64 = request.need("target_project_id")?;
    let named = match request.object("target")? {
        Some(target) => target,
        None => payload.need_object("project")?,
    };
    let name = repository_name(&named, "path_with_namespace")?;
    Ok(Repository { id: Some(id.to_string()), name })
}

/// From where to where; without a commit while the source has none of its own, or has it no more.
fn sides(request: &Object<'_>) -> Result<PullRequestSides, Unusable> {
    let commit = request.object("last_commit")?;
    let head = commit.map(|commit| need_commit(&commit, "id")).transpose()?;
    let from: Option<u64> = request.get("source_project_id")?;
    let to: u64 = request.need("target_project_id")?;
    // The fork of a merge request can be deleted while that stays open.
    let source = request.object("source")?;
    let source = source.map(|it| repository_name(&it, "path_with_namespace")).transpose()?;
    let id = from.map(|id| id.to_string());
    Ok(PullRequestSides {
        number: need_number(request, "iid")?,
        head: head.unwrap_or_default(),
        source: need_branch(request, "source_branch")?,
        target: need_branch(request, "target_branch")?,
        source_repository: source.map(|name| Repository { id, name }),
        fork: from != Some(to),
    })
}

/// Whether the change says so, by the member's name of today or of before GitLab 14.
fn no_longer_draft(payload: &Object<'_>) -> Result<bool, Unusable> {
    let Some(changes) = payload.object("changes")? else { return Ok(false) };
    for name in ["draft", "work_in_progress"] {
        let Some(change) = changes.object(name)? else { continue };
        if change.get("previous")? == Some(true) && change.get("current")? == Some(false) {
            return Ok(true);
        }
    }
    Ok(false)
}
