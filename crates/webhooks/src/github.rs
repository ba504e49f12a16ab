//! GitHub and GitHub Enterprise Server: `X-GitHub-Event` names the payload's shape
//! (GitHub's documentation, "Webhook events and payloads").

use crate::Unusable;
use crate::body::Object;
use crate::headers::Headers;
use crate::refs::{
    commit_info, ignored, named, need_branch, need_commit, need_full_branch, need_number,
    of_branch_or_tag, sha,
};
use crate::signature::{HUB_SIGNATURE, SignatureRefusal, verify_hmac_sha256};
use domain::forge_event::{
    Change, CommitInfo, ForgeEvent, GitRef, Happening, Ignored, MergeGroup, PullRequest,
    PullRequestAction, PullRequestSides, RefChange, RefKind, Repository,
};
use domain::{CommitSha, RepositoryName, Secret};

pub(crate) const DELIVERY: &str = "x-github-delivery";
pub(crate) const EVENT: &str = "x-github-event";
const SIGNATURE: &str = "X-Hub-Signature-256";

pub(crate) fn verify(
    headers: &Headers,
    raw_body: &[u8],
    secrets: &[Secret],
) -> Result<(), SignatureRefusal> {
    let refused = verify_hmac_sha256(headers, SIGNATURE, raw_body, secrets);
    let Err(SignatureRefusal::Missing(name)) = refused else { return refused };
    // It is GitHub's own older one.
    match headers.one(&HUB_SIGNATURE.to_ascii_lowercase()) {
        Ok(Some(sent)) if sent.starts_with("sha1=") => Err(SignatureRefusal::OnlySha1(name)),
        _ => refused,
    }
}

pub(crate) fn normalise(headers: &Headers, body: &[u8]) -> Result<ForgeEvent, Unusable> {
    let event = headers.event(EVENT, "missing; GitHub always sends it")?;
    let payload = Object::payload(body)?;
    let happening = match event {
        "push" => of_branch_or_tag(&payload, "ref", "push:", |git_ref| push(&payload, git_ref))?,
        "pull_request" => pull_request(&payload)?,
        "merge_group" => merge_group(&payload)?,
        "ping" => Happening::Ping,
        "repository" => Happening::RepositoryLifecycle { action: payload.need("action")? },
        "installation" | "installation_repositories" | "installation_target" => {
            Happening::AppLifecycle { action: event_and_action(event, &payload)? }
        }
        "create" | "delete" => ignored(event_and_action(event, &payload)?, Ignored::ToldByPush),
        _ => {
            let because = Ignored::EventStartsNothing { event: event.to_owned() };
            ignored(event_and_action(event, &payload)?, because)
        }
    };
    let actor = payload.beside("sender").and_then(|sender| sender.told("login"));
    let repository = repository(&payload, "repository")?;
    if repository.is_none() && matches!(event, "push" | "pull_request" | "merge_group") {
        return Err(Unusable::new("/repository", "missing"));
    }
    Ok(ForgeEvent { repository, actor, happening })
}

fn event_and_action(event: &str, payload: &Object<'_>) -> Result<String, Unusable> {
    let action: Option<String> = payload.get("action")?;
    Ok(format!("{event}:{}", action.unwrap_or_default()))
}

/// A push of one branch or tag; GitHub sends one delivery a ref.
fn push(payload: &Object<'_>, git_ref: GitRef) -> Result<RefChange, Unusable> {
    let before = sha(payload, "before")?;
    let after = sha(payload, "after")?
        .ok_or_else(|| Unusable::new("/after", "missing; a push says where the ref points now"))?;
    let deleted = after.is_zero() || payload.get("deleted")? == Some(true);
    let created = before.as_ref().is_some_and(CommitSha::is_zero);
    let (head, commit) = if deleted { (None, None) } else { head(payload, &git_ref, &after)? };
    let change = match (deleted, created) {
        (true, _) => Change::Deleted,
        (false, true) => Change::Created,
        (false, false) => Change::Updated,
    };
    let forced = payload.get("forced")?;
    Ok(RefChange { git_ref, change, before, after, head, forced, commit })
}

/// The commit that was pushed: for an annotated tag `after` is the tag's own object, and only
/// `head_commit` knows the commit.
fn head(
    payload: &Object<'_>,
    git_ref: &GitRef,
    after: &CommitSha,
) -> Result<(Option<CommitSha>, Option<CommitInfo>), Unusable> {
    let told = match git_ref.kind {
        RefKind::Tag => payload.object("head_commit")?,
        RefKind::Branch | RefKind::PullRequest => payload.beside("head_commit"),
    };
    let named = match (git_ref.kind, &told) {
        (RefKind::Tag, Some(commit)) => sha(commit, "id")?,
        _ => None,
    };
    Ok((named.or_else(|| Some(after.clone())), told.as_ref().map(commit_info)))
}

fn pull_request(payload: &Object<'_>) -> Result<Happening, Unusable> {
    let request = payload.need_object("pull_request")?;
    let sides = sides(payload, &request)?;
    let word: String = payload.need("action")?;
    let merged = request.get("merged")? == Some(true);
    let action = match word.as_str() {
        "opened" => PullRequestAction::Opened,
        "reopened" => PullRequestAction::Reopened,
        "ready_for_review" => PullRequestAction::Ready,
        "synchronize" => PullRequestAction::Updated,
        "closed" if merged => PullRequestAction::Merged,
        "closed" => PullRequestAction::Closed,
        other => {
            let (action, pull_request) = (format!("pr:{other}"), Some(sides));
            let because = Ignored::NoCodeChanged;
            return Ok(Happening::Ignored { action, because, pull_request });
        }
    };
    let title = request.told("title").unwrap_or_default();
    Ok(Happening::PullRequest(PullRequest {
        action,
        title,
        before: sha(payload, "before")?,
        sides,
    }))
}

fn sides(payload: &Object<'_>, request: &Object<'_>) -> Result<PullRequestSides, Unusable> {
    let number = match payload.get::<u64>("number")? {
        Some(_) => need_number(payload, "number")?,
        None => need_number(request, "number")?,
    };
    let (source, target) = (request.need_object("head")?, request.need_object("base")?);
    let source_repository = repository(&source, "repo")?;
    let target_repository = repository(&target, "repo")?;
    let known = source_repository.as_ref().zip(target_repository);
    Ok(PullRequestSides {
        number,
        head: need_commit(&source, "sha")?,
        source: need_branch(&source, "ref")?,
        target: need_branch(&target, "ref")?,
        fork: known.is_none_or(|(from, to)| from.id != to.id),
        source_repository,
    })
}

fn merge_group(payload: &Object<'_>) -> Result<Happening, Unusable> {
    let group = payload.need_object("merge_group")?;
    Ok(Happening::MergeGroup(MergeGroup {
        action: payload.need("action")?,
        head: need_commit(&group, "head_sha")?,
        source: need_full_branch(&group, "head_ref")?,
        target: need_full_branch(&group, "base_ref")?,
    }))
}

/// `full_name` is rarely absent; the owner and the name then make it.
pub(crate) fn repository(
    parent: &Object<'_>,
    member: &str,
) -> Result<Option<Repository>, Unusable> {
    let Some(found) = parent.object(member)? else { return Ok(None) };
    let id: u64 = found.need("id")?;
    let name: RepositoryName = match found.get("full_name")? {
        Some(name) => name,
        None => {
            let owner: String = found.need_object("owner")?.need("login")?;
            RepositoryName::new(format!("{owner}/{}", found.need::<String>("name")?))
        }
    };
    let name = named(name, found.place("full_name"))?;
    Ok(Some(Repository { id: Some(id.to_string()), name }))
}
