//! Source by connection: the commit is brought into the repository's mirror and becomes an artifact.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use domain::forge_event::{CommitInfo, GitRef, RefKind};
use domain::reason::FailureCode;
use domain::revision::{CloneReference, SourceRevision, Trigger};
use domain::{CommitSha, ConnectionArn, RepositoryName, Timestamp};
use engine::{AttemptResult, Produced, StartAction};
use forges::Mirror;
use forges::git::GitError;
use forges::github::Purpose;
use forges::mirror::Export;

use FailureCode::PermissionError as Permission;

use crate::access::Access;
use crate::branches;
use crate::clone;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::perform::{Performed, Performer};
use crate::steps::stored;
use crate::trouble::Trouble;

/// What is fetched.
struct Wanted {
    connection: ConnectionArn,
    repository: RepositoryName,
    commit: CommitSha,
    git_ref: Option<GitRef>,
}

impl Wanted {
    /// For messages.
    fn named(&self) -> String {
        format!("commit {} of {}", self.commit, self.repository)
    }
}

/// Fetches the source of an attempt.
///
/// # Errors
/// The store or the disk did not answer.
pub async fn fetch(performer: &Performer, start: &StartAction) -> anyhow::Result<Performed> {
    let mut known = None;
    match produce(performer, start, &mut known).await {
        Ok((produced, artifacts)) => {
            let result = AttemptResult::Succeeded(Box::new(produced));
            Ok(Performed::Ended(Box::new((start.attempt.clone(), result, artifacts))))
        }
        Err(trouble) => trouble.end_of(start, known),
    }
}

/// `known` says of which commit, as soon as that is known.
async fn produce(
    performer: &Performer,
    start: &StartAction,
    known: &mut Option<SourceRevision>,
) -> Result<(Produced, Vec<crate::Stored>), Trouble> {
    let named = Named::of(start);
    let (account, repository) = (&start.attempt.account, &named.repository);
    let access = match &named.connection {
        Some(connection) => performer.open(account, connection, repository, Purpose::Read).await?,
        None => performer.open_source_action(&start.attempt, repository).await?,
    };
    let made = match found(performer, start, (&access, &named), known).await {
        Err(Trouble::Fails(Permission, _) | Trouble::Unseen(Permission, _))
            if access.is_lost().await =>
        {
            return Err(Trouble::TokenLost(Box::new(access)));
        }
        Err(Trouble::Unseen(code, said)) => {
            access.sees().await?;
            let repository = &named.repository;
            Err(match access.refusal(repository).await {
                Some(cause) => Trouble::Fails(Permission, format!("{repository}: {cause}")),
                None => {
                    Trouble::Fails(code, format!("{said}. {}", access.who_must_see(repository)))
                }
            })
        }
        made => made,
    };
    made.map_err(|trouble| trouble.by(&access))
}

/// What a source action names.
struct Named {
    /// The connection as the action spells it; none where it brings a token of its own.
    connection: Option<ConnectionArn>,
    repository: RepositoryName,
    branch: String,
}

impl Named {
    fn of(start: &StartAction) -> Self {
        let setting = |name: &str| setting(start, name).to_owned();
        if start.work.action_type.is_older_github() {
            return Self {
                connection: None,
                repository: RepositoryName::new(format!(
                    "{}/{}",
                    setting("Owner"),
                    setting("Repo")
                )),
                branch: setting("Branch"),
            };
        }
        Self {
            connection: Some(ConnectionArn::new(setting("ConnectionArn"))),
            repository: RepositoryName::new(setting("FullRepositoryId")),
            branch: setting("BranchName"),
        }
    }
}

async fn found(
    performer: &Performer,
    start: &StartAction,
    (access, named): (&Access, &Named),
    known: &mut Option<SourceRevision>,
) -> Result<(Produced, Vec<crate::Stored>), Trouble> {
    let connection = named.connection.as_ref().unwrap_or(&access.connection.arn).clone();
    let repository = named.repository.clone();
    let wanted = match &start.work.revision {
        Some(revision) => {
            let (commit, git_ref) = (revision.commit.clone(), revision.git_ref.clone());
            let wanted = Wanted { connection, repository, commit, git_ref };
            match is_pushed(start) {
                true => wanted,
                false => {
                    let wanted = of_commit(performer, start, access, wanted).await?;
                    on_branch(start, access, wanted, &named.branch).await?
                }
            }
        }
        None => {
            let git_ref = GitRef::branch(&*named.branch);
            let commit = branches::head(access, &repository, &git_ref).await?;
            Wanted { connection, repository, commit, git_ref: Some(git_ref) }
        }
    };
    *known = Some(revision(start, access, &wanted, CommitInfo::default()));
    let reference = reference(start, access, &wanted)?;
    let is_clone = is_set(start, "OutputArtifactFormat", "CODEBUILD_CLONE_REF");
    let export = match reference.fetch_submodules || reference.fetch_lfs || is_clone {
        true => gather(performer, start, &reference, is_clone).await?,
        false => export(performer, access, &wanted, reference.git_clone_depth).await?,
    };
    Ok(produced(performer, start, access, wanted, export))
}

/// Whether the revision is that of the push that started the execution: the forge told the commit.
fn is_pushed(start: &StartAction) -> bool {
    matches!(&start.trigger, Trigger::WebhookV2(push) if push.source_action == start.attempt.action)
}

/// What somebody named may be an annotated tag's own object: then its commit is meant.
async fn of_commit(
    performer: &Performer,
    start: &StartAction,
    access: &Access,
    wanted: Wanted,
) -> Result<Wanted, Trouble> {
    let depth = setting(start, "GitCloneDepth").parse().ok();
    let mirror = mirror(performer, access, &wanted, depth);
    if mirror.exported(&wanted.commit).is_some() {
        return Ok(wanted);
    }
    bring(&mirror, access, &wanted).await?;
    let commit = mirror.commit_of(&wanted.commit).await.map_err(Trouble::of_git(wanted.named()))?;
    Ok(Wanted { commit, ..wanted })
}

/// A commit that somebody named for an action whose BranchName is a pattern is on the branch of it
/// whose head it is, if there is one.
async fn on_branch(
    start: &StartAction,
    access: &Access,
    wanted: Wanted,
    pattern: &str,
) -> Result<Wanted, Trouble> {
    if wanted.git_ref.is_some() || start.work.tracked_branch().is_some() {
        return Ok(wanted);
    }
    let git_ref = branches::at(access, &wanted.repository, &wanted.commit, pattern).await?;
    Ok(Wanted { git_ref, ..wanted })
}

/// Where the commits of a repository are kept on this machine.
fn mirror(
    performer: &Performer,
    access: &Access,
    wanted: &Wanted,
    depth: Option<NonZeroU32>,
) -> Mirror {
    let (connection, name) = (&access.connection.arn, wanted.repository.as_str());
    performer.mirrors.of_depth(connection, name, depth)
}

/// Brings the commit here, unless it is.
async fn bring(mirror: &Mirror, access: &Access, wanted: &Wanted) -> Result<(), Trouble> {
    if mirror.holds(&wanted.commit) {
        return Ok(());
    }
    let remote = access.remote(&wanted.repository).await;
    let remote = remote.map_err(Trouble::unusable)?;
    let mut fetched = mirror.fetch(&remote, &wanted.commit).await;
    if let Err(GitError::Redirected) = fetched {
        let remote = access.moved(&wanted.repository).await;
        fetched = mirror.fetch(&remote.map_err(Trouble::unusable)?, &wanted.commit).await;
    }
    fetched.map_err(Trouble::of_git(wanted.named()))?;
    tracing::debug!(commit = %wanted.commit, "commit fetched");
    Ok(())
}

/// The commit as what is cloned of it.
fn reference(
    start: &StartAction,
    access: &Access,
    wanted: &Wanted,
) -> Result<CloneReference, Trouble> {
    let url = access.forge.clone_url(&wanted.repository);
    Ok(CloneReference {
        connection_arn: access.connection.arn.clone(),
        full_repository_id: wanted.repository.clone(),
        clone_url: url.map_err(|cause| Trouble::unusable(cause.into()))?.into(),
        commit_id: wanted.commit.clone(),
        git_ref: wanted.git_ref.clone(),
        // All of it where the configuration names no depth, or 0.
        git_clone_depth: setting(start, "GitCloneDepth").parse().ok(),
        fetch_submodules: is_set(start, "FetchSubmodules", "true"),
        fetch_lfs: is_set(start, "FetchLfs", "true"),
    })
}

fn setting<'a>(start: &'a StartAction, key: &str) -> &'a str {
    start.work.configuration.get(key).map(String::as_str).unwrap_or_default()
}

fn is_set(start: &StartAction, key: &str, value: &str) -> bool {
    setting(start, key) == value
}

/// The commit with what belongs to it beside its own files: as a reference, once everything that its
/// working copies need is here, or as files.
async fn gather(
    performer: &Performer,
    start: &StartAction,
    reference: &CloneReference,
    is_clone: bool,
) -> Result<Export, Trouble> {
    let (mirror, artifact) = match is_clone {
        true => {
            let mirror = clone::bring(performer, start, reference).await?;
            (mirror, clone::keep(performer, reference).await?)
        }
        false => clone::files(performer, start, reference).await?,
    };
    let info = mirror.commit_info(&reference.commit_id).await;
    let named = format!("commit {} of {}", reference.commit_id, reference.full_repository_id);
    Ok(Export { artifact, info: info.map_err(Trouble::of_git(named))? })
}

/// The commit as an artifact that is whole on this machine: the one it was before, else a new one.
async fn export(
    performer: &Performer,
    access: &Access,
    wanted: &Wanted,
    depth: Option<NonZeroU32>,
) -> Result<Export, Trouble> {
    let mirror = mirror(performer, access, wanted, depth);
    if let Some(export) = mirror.exported(&wanted.commit) {
        let artifact = export.artifact.clone();
        if on_disk(performer, move |blobs| blobs.open_checked(&artifact)).await?.is_ok() {
            tracing::debug!(commit = %wanted.commit, "source was exported before");
            return Ok(export);
        }
    }
    bring(&mirror, access, wanted).await?;
    let draft = performer.blobs.draft()?;
    let both =
        tokio::try_join!(mirror.export(&wanted.commit, draft), mirror.commit_info(&wanted.commit));
    let (draft, info) = both.map_err(Trouble::of_git(wanted.named()))?;
    let artifact = on_disk(performer, |blobs| blobs.keep(draft)).await??;
    let export = Export { artifact, info };
    tracing::debug!(commit = %wanted.commit, "source exported");
    if let Err(cause) = mirror.remember(&wanted.commit, &export) {
        tracing::warn!(%cause, "the next execution of this commit exports it again");
    }
    Ok(export)
}

/// Reading and syncing whole artifacts would hold up everything else on this thread.
pub async fn on_disk<T: Send + 'static>(
    performer: &Performer,
    work: impl FnOnce(&blobs::Blobs) -> T + Send + 'static,
) -> Result<T, Trouble> {
    let blobs = performer.blobs.clone();
    let done = tokio::task::spawn_blocking(move || work(&blobs)).await;
    done.map_err(|cause| Trouble::Passes(cause.into()))
}

fn produced(
    performer: &Performer,
    start: &StartAction,
    access: &Access,
    wanted: Wanted,
    Export { artifact, info }: Export,
) -> (Produced, Vec<crate::Stored>) {
    let outputs: BTreeMap<_, _> =
        start.work.outputs.iter().map(|output| (output.name.clone(), artifact.clone())).collect();
    let artifacts = stored(performer, start, outputs.iter());
    let revision = revision(start, access, &wanted, info);
    let variables = match start.work.action_type.is_older_github() {
        true => older_variables(&wanted, &revision.info, revision.url.as_deref()),
        false => {
            let tracked = start.work.tracked_branch();
            let mut variables = variables(access, &wanted, &revision.info, tracked);
            variables.extend(of_pull_request(start));
            variables
        }
    };
    let summary = Some(revision.summary()).filter(|text| !text.is_empty());
    let (external_id, external_url) = (Some(revision.commit.to_string()), revision.url.clone());
    let produced = Produced {
        outputs,
        variables,
        revision: Some(revision),
        summary,
        external_id,
        external_url,
    };
    (produced, artifacts)
}

fn revision(
    start: &StartAction,
    access: &Access,
    wanted: &Wanted,
    info: CommitInfo,
) -> SourceRevision {
    let url = access.forge.commit_page(&wanted.repository, &wanted.commit);
    SourceRevision {
        action: start.attempt.action.clone(),
        connection: wanted.connection.clone(),
        repository: wanted.repository.clone(),
        git_ref: wanted.git_ref.clone(),
        commit: wanted.commit.clone(),
        info,
        url: url.ok().map(String::from),
    }
}

/// The output variables of CodeStarSourceConnection, documented and seen (aws.md §3), all from git.
/// git knows no accounts, so `AuthorId` is the author's name, as in AWS's own example.
fn variables(
    access: &Access,
    wanted: &Wanted,
    info: &CommitInfo,
    tracked: Option<&str>,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([
        ("AuthorDate".to_owned(), date(info.authored_at)),
        ("CommitId".to_owned(), wanted.commit.to_string()),
        ("CommitMessage".to_owned(), message(info)),
        ("ConnectionArn".to_owned(), wanted.connection.to_string()),
        ("FullRepositoryName".to_owned(), wanted.repository.to_string()),
        ("AuthorDisplayName".to_owned(), info.author_name.clone()),
        ("AuthorEmail".to_owned(), info.author_email.clone()),
        ("AuthorId".to_owned(), info.author_name.clone()),
        ("CommitterDate".to_owned(), date(info.committed_at)),
        ("ProviderType".to_owned(), access.connection.provider.as_str().to_owned()),
    ]);
    // A tag is on no branch: then it is the one that the action tracks, which is what is documented.
    let branch = match &wanted.git_ref {
        Some(git_ref) if git_ref.kind == RefKind::Branch => Some(git_ref.name.as_str()),
        Some(tag) => {
            variables.insert("TagName".to_owned(), tag.name.clone());
            tracked
        }
        None => None,
    };
    variables.extend(branch.map(|branch| ("BranchName".to_owned(), branch.to_owned())));
    variables
}

fn date(at: Option<Timestamp>) -> String {
    at.map(Timestamp::rfc3339).unwrap_or_default()
}

fn message(info: &CommitInfo) -> String {
    let mut message = info.message.clone();
    while message.len() > MESSAGE_BYTES_MAX {
        message.pop();
    }
    message
}

/// The output variables of `ThirdParty/GitHub` (aws.md §4).
fn older_variables(
    wanted: &Wanted,
    info: &CommitInfo,
    url: Option<&str>,
) -> BTreeMap<String, String> {
    let name = wanted.repository.as_str().rsplit('/').next().unwrap_or_default();
    let branch = wanted.git_ref.as_ref().map(|it| it.name.clone());
    let variables = [
        ("AuthorDate", date(info.authored_at)),
        ("BranchName", branch.unwrap_or_default()),
        ("CommitId", wanted.commit.to_string()),
        ("CommitMessage", message(info)),
        ("CommitUrl", url.unwrap_or_default().to_owned()),
        ("CommitterDate", date(info.committed_at)),
        ("RepositoryName", name.to_owned()),
    ];
    BTreeMap::from(variables.map(|(name, value)| (name.to_owned(), value)))
}

/// Those that only an execution of a pull request has; `BranchName` is its source branch there.
fn of_pull_request(start: &StartAction) -> BTreeMap<String, String> {
    let Trigger::WebhookV2(push) = &start.trigger else { return BTreeMap::new() };
    let request = push.pull_request.as_ref().filter(|_| push.source_action == start.attempt.action);
    let Some(request) = request else { return BTreeMap::new() };
    BTreeMap::from([
        ("PullRequestId".to_owned(), request.number.to_string()),
        ("PullRequestTitle".to_owned(), request.title.clone()),
        ("SourceBranchName".to_owned(), push.git_ref.name.clone()),
        ("DestinationBranchName".to_owned(), request.target.clone()),
    ])
}
