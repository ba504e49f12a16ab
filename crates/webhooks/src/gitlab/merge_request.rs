//! Merge requests. `update` is sent for whatever changes; only with `oldrev` it is the code.

use crate::Unusable;
use crate::body::Object;
use crate::refs::{need_branch, need_commit, need_number, sha};
use domain::RepositoryName;
use domain::forge_event::{
    Happening, Ignored, PullRequest, PullRequestAction, PullRequestSides, Repository,
};

/// The repository that it aims at, and what became of it.
pub(super) fn understand(payload: &Object<'_>) -> Result<(Repository, Happening), Unusable> {
    let request = payload.need_object("object_attributes")?;
    let target = target(payload, &request)?;
    let word: String = request.get("action")?.unwrap_or_default();
    let ignored = |because, pull_request| Happening::Ignored {
        action: format!("merge_request:{word}"),
        because,
        pull_request,
    };
    let Some(sides) = sides(&request)? else {
        return Ok((target, ignored(Ignored::WithoutCommit, None)));
    };
    let before = sha(&request, "oldrev")?;
    let action = match word.as_str() {
        "open" => PullRequestAction::Opened,
        "reopen" => PullRequestAction::Reopened,
        "close" => PullRequestAction::Closed,
        "merge" => PullRequestAction::Merged,
        "update" if before.is_some() => PullRequestAction::Updated,
        "update" if no_longer_draft(payload)? => PullRequestAction::Ready,
        _ => return Ok((target, ignored(Ignored::NoCodeChanged, Some(sides)))),
    };
    let title = request.told("title").unwrap_or_default();
    Ok((target, Happening::PullRequest(PullRequest { action, title, before, sides })))
}

fn target(payload: &Object<'_>, request: &Object<'_>) -> Result<Repository, Unusable> {
    let id: u64 = request.need("target_project_id")?;
    let name = match request.object("target")? {
        Some(target) => target.need("path_with_namespace")?,
        None => payload.need_object("project")?.need("path_with_namespace")?,
    };
    Ok(Repository { id: Some(id.to_string()), name })
}

/// From where to where; `None` while the source has no commit of its own.
fn sides(request: &Object<'_>) -> Result<Option<PullRequestSides>, Unusable> {
    let Some(commit) = request.object("last_commit")? else { return Ok(None) };
    let from: Option<u64> = request.get("source_project_id")?;
    let to: u64 = request.need("target_project_id")?;
    // The fork of a merge request can be deleted while that stays open.
    let source: Option<RepositoryName> =
        request.object("source")?.map(|it| it.need("path_with_namespace")).transpose()?;
    let id = from.map(|id| id.to_string());
    Ok(Some(PullRequestSides {
        number: need_number(request, "iid")?,
        head: need_commit(&commit, "id")?,
        source: need_branch(request, "source_branch")?,
        target: need_branch(request, "target_branch")?,
        source_repository: source.map(|name| Repository { id, name }),
        fork: from != Some(to),
    }))
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
