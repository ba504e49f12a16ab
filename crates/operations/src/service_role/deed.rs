//! What a pipeline does in the world, what of the account's it uses for that, and the condition keys
//! of each use ("CodeConnections permissions reference", Developer Tools console user guide).

use domain::forge_event::{GitRef, RefKind};
use domain::revision::{SourceRevision, Trigger};
use domain::{AccountId, ConnectionArn, ExecutionId, PipelineName, RepositoryName};
use engine::{Attempt, Execution, ReportStatus, StartAction, Work};
use identity::policy::{Context, Value};
use store::{AttemptRow, ExecutionRow, Key, PipelineRow, Query, View, Want};

/// What it does.
#[derive(Clone, Copy, Debug)]
pub enum Deed<'a> {
    /// It performs an action.
    Action(&'a StartAction),
    /// It fetches a submodule of what an action fetches.
    Submodule {
        /// The action.
        of: &'a StartAction,
        /// By which connection.
        connection: &'a ConnectionArn,
        /// The submodule's own repository.
        repository: &'a RepositoryName,
    },
    /// It tells a forge how a commit of an execution fares.
    Status(&'a ReportStatus, &'a ExecutionId),
}

/// What its role must allow.
#[derive(Debug)]
pub(super) enum Use {
    Connection { arn: ConnectionArn, keys: Context },
    Bucket { arn: String },
}

/// What a connection is used for: `ProviderAction`, and the permissions that it takes at the forge.
type Purpose = (&'static str, &'static str);

const ARCHIVE: Purpose = ("StartUploadArchiveToS3", "read_only");
const CLONE: Purpose = ("GitPull", "read_only");
const STATUS: Purpose = ("CreateCommitStatus", "read_write");

impl<'a> Deed<'a> {
    fn of(&self) -> (&'a AccountId, &'a PipelineName, &'a ExecutionId) {
        match self {
            Self::Action(start) | Self::Submodule { of: start, .. } => {
                let of = &start.attempt;
                (&of.account, &of.pipeline, &of.execution)
            }
            Self::Status(report, execution) => (&report.account, &report.pipeline, execution),
        }
    }

    /// The name of the session as which the pipeline does it.
    pub(super) fn session(&self) -> String {
        self.of().2.to_string()
    }

    pub(super) fn pipeline(&self) -> Key {
        let (account, pipeline, _) = self.of();
        PipelineRow::at(account, pipeline)
    }

    /// The role that answers for it: the action's, or the pipeline's where it is of no action.
    pub(super) fn role_arn<'b>(&self, row: &'b PipelineRow) -> &'b str
    where
        'a: 'b,
    {
        match self {
            Self::Action(start) | Self::Submodule { of: start, .. } => &start.work.role_arn,
            Self::Status(..) => &row.declaration.role_arn,
        }
    }

    /// Whether anything is asked of the role for it.
    pub(super) fn is_asked(&self) -> bool {
        match self {
            Self::Action(start) => of_action(start).is_some() || is_cloned(start),
            Self::Submodule { .. } | Self::Status(..) => true,
        }
    }

    /// What has to be seen to know what it uses.
    pub(super) fn wants(&self) -> Vec<Want> {
        match self {
            Self::Action(start) if is_cloned(start) => vec![self.attempts().into()],
            Self::Action(_) | Self::Submodule { .. } => Vec::new(),
            Self::Status(..) => vec![self.execution().into()],
        }
    }

    pub(super) fn uses(&self, seen: &View) -> Vec<Use> {
        match self {
            Self::Action(start) => {
                let attempts = seen.known_list::<AttemptRow>(&self.attempts());
                let attempts: Vec<_> = attempts.iter().map(|row| &row.doc).collect();
                of_action(start).into_iter().chain(of_clones(start, &attempts)).collect()
            }
            Self::Submodule { connection, repository, .. } => {
                // Its commit is named by the tree around it, by no branch.
                vec![used(connection.as_str(), repository.as_str(), None, CLONE)]
            }
            Self::Status(report, _) => {
                let execution = seen.known::<ExecutionRow>(self.execution());
                let branch = execution.and_then(|row| branch_of(&row.doc, report));
                let (connection, repository) = (&report.connection, &report.repository);
                vec![used(connection.as_str(), repository.as_str(), branch, STATUS)]
            }
        }
    }

    /// Whether whoever's code it is may have what the pipeline has.
    pub(crate) fn grants_identity(&self) -> bool {
        match self {
            Self::Action(start) | Self::Submodule { of: start, .. } => {
                start.trigger.grants_identity()
            }
            Self::Status(..) => true,
        }
    }

    fn attempts(&self) -> Query {
        let (account, pipeline, execution) = self.of();
        AttemptRow::of_execution(account, pipeline, execution)
    }

    fn execution(&self) -> Key {
        let (account, pipeline, execution) = self.of();
        ExecutionRow::at(account, pipeline, execution)
    }
}

fn is_cloned(start: &StartAction) -> bool {
    start.work.inputs.iter().any(|input| input.is_clone_reference)
}

/// By what the action says itself.
fn of_action(start: &StartAction) -> Option<Use> {
    let Work { action_type, revision, .. } = &start.work;
    let text = |key: &str| text(&start.work, key);
    match (action_type.category.as_str(), action_type.provider.as_str()) {
        ("Source", "CodeStarSourceConnection") => {
            let git_ref = revision.as_ref().and_then(|it| it.git_ref.as_ref());
            Some(of_source(&start.work, git_ref))
        }
        ("Deploy", "S3") => {
            let (bucket, key) = (text("BucketName"), text("ObjectKey"));
            let key = if key.is_empty() { "*" } else { key };
            Some(Use::Bucket { arn: format!("arn:aws:s3:::{bucket}/{key}") })
        }
        _ => None,
    }
}

/// By the sources whose clones it takes, as these were performed: a step that gets a clone has it
/// made then, with the source's connection.
fn of_clones(start: &StartAction, attempts: &[&Attempt]) -> Vec<Use> {
    let cloned = start.work.inputs.iter().filter(|input| input.is_clone_reference);
    let sources = cloned.filter_map(|input| {
        let made = |it: &&&Attempt| {
            it.produced().is_some_and(|made| made.outputs.get(&input.name) == Some(&input.artifact))
        };
        let source = attempts.iter().rev().find(made)?;
        let git_ref = source.produced()?.revision.as_ref().and_then(|it| it.git_ref.as_ref());
        Some(of_source(&source.work, git_ref))
    });
    sources.collect()
}

/// What a source uses, its variables in place. The branch is the one that is fetched, where that is
/// known: a source may track a pattern.
fn of_source(work: &Work, fetched: Option<&GitRef>) -> Use {
    let is_clone = text(work, "OutputArtifactFormat") == "CODEBUILD_CLONE_REF";
    let branch = match fetched {
        // What a fork brings is on no branch of ours: a role that is for some branches is not for it.
        Some(GitRef { kind: RefKind::PullRequest, .. }) => None,
        fetched => Some(branch(fetched).unwrap_or_else(|| text(work, "BranchName"))),
    };
    let purpose = if is_clone { CLONE } else { ARCHIVE };
    used(text(work, "ConnectionArn"), text(work, "FullRepositoryId"), branch, purpose)
}

fn text<'a>(work: &'a Work, key: &str) -> &'a str {
    work.configuration.get(key).map(String::as_str).unwrap_or_default()
}

fn branch(git_ref: Option<&GitRef>) -> Option<&str> {
    git_ref.filter(|it| it.kind == RefKind::Branch).map(|it| it.name.as_str())
}

/// The branch on which a commit came to its execution.
fn branch_of<'a>(execution: &'a Execution, report: &ReportStatus) -> Option<&'a str> {
    let is_reported = |it: &&SourceRevision| it.commit == report.commit;
    let brought = execution.revisions.iter().find(is_reported).and_then(|it| it.git_ref.as_ref());
    let pushed = match &execution.trigger {
        Trigger::WebhookV2(push) if push.commit == report.commit => Some(&push.git_ref),
        _ => None,
    };
    branch(brought.or(pushed))
}

fn used(arn: &str, repository: &str, branch: Option<&str>, (action, needed): Purpose) -> Use {
    let (owner, name) = repository.rsplit_once('/').unwrap_or_default();
    let mut keys = Context::default();
    let mut set = |key: &str, value: &str| {
        keys.set(&format!("codeconnections:{key}"), [Value::from(value)]);
    };
    set("FullRepositoryId", repository);
    set("OwnerId", owner);
    set("RepositoryName", name);
    set("ProviderAction", action);
    set("ProviderPermissionsRequired", needed);
    if let Some(branch) = branch {
        set("BranchName", branch);
    }
    Use::Connection { arn: ConnectionArn::new(arn), keys }
}
