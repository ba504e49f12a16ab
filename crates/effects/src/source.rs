//! Source by connection: the commit is brought into the repository's mirror and becomes an artifact.

use std::collections::BTreeMap;

use domain::forge_event::{CommitInfo, GitRef, RefKind};
use domain::reason::FailureCode;
use domain::revision::SourceRevision;
use domain::{CommitSha, ConnectionArn, RepositoryName, Timestamp};
use engine::{AttemptResult, Produced, StartAction};
use forges::git::{GitError, Remote};

use crate::access::{Access, NoAccess};
use crate::limits::MESSAGE_BYTES_MAX;
use crate::perform::{Performed, Performer};
use crate::steps::stored;

/// What is fetched.
struct Wanted {
    connection: ConnectionArn,
    repository: RepositoryName,
    commit: CommitSha,
    git_ref: Option<GitRef>,
}

/// A failure of the attempt, as opposed to a world that did not answer.
struct Failed(FailureCode, String);

/// Fetches the source of an attempt.
///
/// # Errors
/// The store or the disk did not answer.
pub async fn fetch(performer: &Performer, start: &StartAction) -> anyhow::Result<Performed> {
    let ended = match produce(performer, start).await? {
        Ok((produced, artifacts)) => (AttemptResult::Succeeded(Box::new(produced)), artifacts),
        Err(Failed(code, message)) => (AttemptResult::Failed { code, message }, Vec::new()),
    };
    Ok(Performed::Ended(Box::new((start.attempt.clone(), ended.0, ended.1))))
}

type Made = Result<(Produced, Vec<crate::Stored>), Failed>;

async fn produce(performer: &Performer, start: &StartAction) -> anyhow::Result<Made> {
    let setting = |name: &str| start.work.configuration.get(name).cloned().unwrap_or_default();
    let connection = ConnectionArn::new(setting("ConnectionArn"));
    let repository = RepositoryName::new(setting("FullRepositoryId"));
    let account = &start.attempt.account;
    let (store, vault, client) = (&performer.store, &performer.vault, &performer.client);
    let access = match Access::open(account, &connection, store, vault, client).await {
        Ok(access) => access,
        Err(NoAccess::Credentials(cause)) => {
            let cause = format!("Could not determine connection credentials: {cause}");
            return Ok(Err(Failed(FailureCode::ConnectionUnavailable, cause)));
        }
        Err(NoAccess::Store(cause)) => return Err(cause.into()),
    };
    let remote = match access.remote(&repository, client).await {
        Ok(remote) => remote,
        Err(cause) => {
            return Ok(Err(Failed(FailureCode::ConfigurationError, format!("{cause:#}"))));
        }
    };
    let wanted = match wanted(start, &setting("BranchName"), connection, repository, &remote).await
    {
        Ok(wanted) => wanted,
        Err(failed) => return Ok(Err(failed)),
    };
    bring(performer, start, &access, &remote, wanted).await
}

/// The commit that was pushed or asked for, else the head of the configured branch.
async fn wanted(
    start: &StartAction,
    branch: &str,
    connection: ConnectionArn,
    repository: RepositoryName,
    remote: &Remote,
) -> Result<Wanted, Failed> {
    if let Some(revision) = &start.work.revision {
        let (commit, git_ref) = (revision.commit.clone(), revision.git_ref.clone());
        return Ok(Wanted { connection, repository, commit, git_ref });
    }
    let git_ref = GitRef::branch(branch);
    let head = forges::git::resolve(remote, &git_ref)
        .await
        .map_err(|cause| failed(&repository, &cause))?;
    let missing = || {
        let message =
            format!("{repository} has no branch {branch}: push it, or name another in BranchName");
        Failed(FailureCode::RevisionUnavailable, message)
    };
    let commit = head.ok_or_else(missing)?.commit;
    Ok(Wanted { connection, repository, commit, git_ref: Some(git_ref) })
}

fn failed(repository: &RepositoryName, cause: &GitError) -> Failed {
    Failed(FailureCode::RevisionUnavailable, format!("{repository} could not be fetched: {cause}"))
}

async fn bring(
    performer: &Performer,
    start: &StartAction,
    access: &Access,
    remote: &Remote,
    wanted: Wanted,
) -> anyhow::Result<Made> {
    let mirror = performer.mirrors.of(&access.connection.arn, wanted.repository.as_str());
    if !mirror.holds(&wanted.commit)
        && let Err(cause) = mirror.fetch(remote, &wanted.commit).await
    {
        return Ok(Err(failed(&wanted.repository, &cause)));
    }
    let draft = performer.blobs.draft()?;
    let (exported, info) = tokio::join!(
        mirror.export(&wanted.commit, draft.path()),
        mirror.commit_info(&wanted.commit)
    );
    let info = match exported.and(info) {
        Ok(info) => info,
        Err(cause) => return Ok(Err(failed(&wanted.repository, &cause))),
    };
    let artifact = performer.blobs.keep(draft.written_elsewhere())?;
    let outputs: BTreeMap<_, _> =
        start.work.outputs.iter().map(|output| (output.name.clone(), artifact.clone())).collect();
    let artifacts = stored(performer, start, outputs.iter());
    let variables = variables(access, &wanted, &info);
    let url = access.forge.clone_url(&wanted.repository).ok();
    let url = url
        .map(|url| format!("{}/commit/{}", url.as_str().trim_end_matches(".git"), wanted.commit));
    let revision = SourceRevision {
        action: start.attempt.action.clone(),
        connection: wanted.connection,
        repository: wanted.repository,
        git_ref: wanted.git_ref,
        commit: wanted.commit,
        info,
        url: url.clone(),
    };
    let summary = Some(revision.summary()).filter(|text| !text.is_empty());
    let external_id = Some(revision.commit.to_string());
    let produced = Produced {
        outputs,
        variables,
        revision: Some(revision),
        summary,
        external_id,
        external_url: url,
    };
    Ok(Ok((produced, artifacts)))
}

/// The output variables of CodeStarSourceConnection, documented and seen (aws.md §3).
fn variables(access: &Access, wanted: &Wanted, info: &CommitInfo) -> BTreeMap<String, String> {
    let date = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
    let mut message = info.message.clone();
    while message.len() > MESSAGE_BYTES_MAX {
        message.pop();
    }
    let mut variables = BTreeMap::from([
        ("AuthorDate".to_owned(), date(info.authored_at)),
        ("CommitId".to_owned(), wanted.commit.to_string()),
        ("CommitMessage".to_owned(), message),
        ("ConnectionArn".to_owned(), wanted.connection.to_string()),
        ("FullRepositoryName".to_owned(), wanted.repository.to_string()),
        ("AuthorDisplayName".to_owned(), info.author_name.clone()),
        ("AuthorEmail".to_owned(), info.author_email.clone()),
        ("ProviderType".to_owned(), access.connection.provider.as_str().to_owned()),
    ]);
    if let Some(git_ref) = &wanted.git_ref {
        let name = match git_ref.kind {
            RefKind::Branch => "BranchName",
            RefKind::Tag => "TagName",
        };
        variables.insert(name.to_owned(), git_ref.name.clone());
    }
    variables
}
