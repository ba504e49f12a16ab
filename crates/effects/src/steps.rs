//! Actions that run commands become jobs for a worker.

use domain::forge_event::{GitRef, RefKind};
use domain::reason::FailureCode;
use domain::revision::{SourceRevision, Trigger};
use domain::{ArtifactName, ArtifactRef, BucketName};
use engine::{AttemptResult, StartAction, StoredArtifact};
use identity::step::Asked;
use recipes::bitbucket::variables::Scope;
use recipes::bitbucket::{Event, FILE_NAME, File, Run};
use recipes::plan::{Depth, Oidc, Step};
use recipes::{Diagnostic, Plan, Source, bitbucket};
use runners::{Job, Output};
use std::num::NonZeroU32;
use store::ExecutionRow;

use crate::bearer::{Bearer, Began, bearer};
use crate::limits::RECIPE_BYTES_MAX;
use crate::perform::{Performed, Performer, Prepared};
use crate::{inputs, own_secrets};

/// Commits that a step of Bitbucket's gets where nothing else is said, as at Bitbucket.
const BITBUCKET_DEPTH: Option<NonZeroU32> = NonZeroU32::new(50);

/// A Commands action: its commands in one shell.
///
/// # Errors
/// The store does not answer.
pub async fn commands(
    performer: &Performer,
    start: &StartAction,
    epoch: i64,
) -> anyhow::Result<Performed> {
    let environment = start.work.environment.iter();
    let environment = environment.map(|it| (it.name.clone(), it.value.clone())).collect();
    let refuse = |message: String| Ok(failed(start, FailureCode::ConfigurationError, message));
    let action = start.attempt.action.as_str();
    let plan = recipes::commands::plan(action, &start.work.commands, environment);
    let mut plan = match plan {
        Ok(plan) => plan,
        Err(why) => return refuse(why.to_string()),
    };
    let asked = match Asked::by_switch(&start.work.configuration) {
        Ok(asked) => asked,
        Err(why) => return refuse(why.to_string()),
    };
    let mut bearers = vec![None];
    if let (Some(asked), [step]) = (asked, plan.steps.as_mut_slice()) {
        let began = began(performer, start).await?;
        match bearer(start, (&began, 0), step, asked, performer.limits.step_seconds_max) {
            Ok(bearer) => bearers = vec![Some(bearer)],
            Err(why) => return refuse(why.to_string()),
        }
        step.oidc = Some(Oidc::default());
    }
    let planned = Planned { plan, notices: Vec::new(), bearers, depth: None, scopes: Vec::new() };
    job(performer, start, epoch, planned, &["CODEBUILD_SRC_DIR"]).await
}

/// A Build/AWS/BitbucketPipelines/1 action: the steps that the source's own file names for the ref.
///
/// # Errors
/// The store or the disk did not answer.
pub async fn bitbucket_pipelines(
    performer: &Performer,
    start: &StartAction,
    epoch: i64,
) -> anyhow::Result<Performed> {
    let refuse = |message: String| Ok(failed(start, FailureCode::ConfigurationError, message));
    let Some(primary) = start.work.inputs.first() else {
        return refuse("the action has no input artifact to read the file from".to_owned());
    };
    let name = start.work.configuration.get("File").map_or(FILE_NAME, String::as_str);
    let text = match inputs::file(performer, start, primary, name, RECIPE_BYTES_MAX).await {
        Ok(Ok(text)) => text,
        Ok(Err(why)) => return refuse(why),
        Err(trouble) => return trouble.end(start),
    };
    let began = began(performer, start).await?;
    let file = File::read(Source { name, text: &text });
    let planned = match bitbucket::plan(&file, &began.run, None) {
        Ok(planned) => planned,
        Err(why) => return refuse(why.to_string()),
    };
    let (seconds, mut bearers) = (performer.limits.step_seconds_max, Vec::new());
    for (index, step) in planned.plan.steps.iter().enumerate() {
        let asked = step.oidc.as_ref();
        let asked = asked.map(|it| Asked::read(&start.work.configuration, &it.audiences));
        let known = asked.transpose().and_then(|asked| {
            asked.map(|asked| bearer(start, (&began, index), step, asked, seconds)).transpose()
        });
        match known {
            Ok(bearer) => bearers.push(bearer),
            Err(why) => return refuse(format!("{}: {why}", step.name)),
        }
    }
    let notices = notices(&planned.warnings);
    let of_step = |step: &Step| Scope::of_step(&began.run.repository, step.deployment.as_deref());
    let scopes = planned.plan.steps.iter().map(of_step).collect();
    let depth = BITBUCKET_DEPTH.map(Depth::Commits);
    let planned = Planned { plan: planned.plan, notices, bearers, depth, scopes };
    job(performer, start, epoch, planned, bitbucket::FOLDER_VARIABLES).await
}

/// What an attempt's job is made of.
struct Planned {
    plan: Plan,
    notices: Vec<String>,
    bearers: Vec<Option<Bearer>>,
    /// How much history a step gets that does not say.
    depth: Option<Depth>,
    /// Whose variables its steps have.
    scopes: Vec<Vec<Scope>>,
}

/// What is said at the top of the log of a stranger's code.
const FORK: &str = "the code is a pull request's from a fork: its steps get no tokens, no secrets and no \
                    variables of the repository (ForkPullRequests is WithoutIdentity)";

impl Planned {
    /// What steps of this trigger get of it.
    fn granted(mut self, trigger: &Trigger) -> Self {
        if trigger.grants_identity() {
            return self;
        }
        self.plan.steps.iter_mut().for_each(|step| step.oidc = None);
        self.notices.push(FORK.to_owned());
        Self { bearers: Vec::new(), scopes: Vec::new(), ..self }
    }
}

/// What the run of an attempt knows of itself, from its execution's row.
async fn began(performer: &Performer, start: &StartAction) -> anyhow::Result<Began> {
    let of = &start.attempt;
    let key = ExecutionRow::at(&of.account, &of.pipeline, &of.execution);
    let execution = performer.store.get::<ExecutionRow>(key).await?;
    let revision = execution.as_ref().and_then(|row| revision(&start.trigger, &row.doc.revisions));
    let origin = match revision {
        Some(it) => performer.clone_url(&of.account, &it.connection, &it.repository).await?,
        None => None,
    };
    let git_ref = git_ref(&start.trigger, revision).cloned();
    let number = execution.as_ref().map_or(1, |row| row.number);
    let run = run(start, revision, git_ref.as_ref(), number);
    let run = Run { git_http_origin: origin.map(String::from), ..run };
    Ok(Began { run, git_ref, protected: revision.and_then(|it| it.protected) })
}

/// What a run is of where several sources brought something: what was pushed, else the first.
fn revision<'a>(trigger: &Trigger, all: &'a [SourceRevision]) -> Option<&'a SourceRevision> {
    let pushed = match trigger {
        Trigger::WebhookV2(push) => all.iter().find(|it| it.action == push.source_action),
        _ => None,
    };
    pushed.or(all.first())
}

/// What the file says and is not followed, for the top of the log.
fn notices(warnings: &[Diagnostic]) -> Vec<String> {
    let line = |warning: &Diagnostic| match &warning.fix {
        Some(fix) => format!("{}; {fix}", warning.headline()),
        None => warning.headline(),
    };
    warnings.iter().map(line).collect()
}

/// The ref that was pushed, or the source's own branch.
fn git_ref<'a>(trigger: &'a Trigger, revision: Option<&'a SourceRevision>) -> Option<&'a GitRef> {
    match trigger {
        Trigger::WebhookV2(push) => Some(&push.git_ref),
        _ => revision.and_then(|revision| revision.git_ref.as_ref()),
    }
}

/// What a run knows of itself. The file's `branches` see the pull request of a fork as a branch that is
/// called as the forge shows it.
fn run(
    start: &StartAction,
    revision: Option<&SourceRevision>,
    git_ref: Option<&GitRef>,
    number: i64,
) -> Run {
    let event = match git_ref {
        Some(git_ref) if git_ref.kind == RefKind::Tag => Event::Tag(git_ref.name.clone()),
        Some(git_ref) => Event::Branch(git_ref.name.clone()),
        None => Event::Branch(String::new()),
    };
    Run {
        repository: revision.map(|it| it.repository.to_string()).unwrap_or_default(),
        event,
        commit: revision.map(|it| it.commit.to_string()).unwrap_or_default(),
        build_number: number.max(1) as u64,
        id: start.attempt.execution.to_string(),
        git_http_origin: None,
        git_ssh_origin: None,
    }
}

fn failed(start: &StartAction, code: FailureCode, message: String) -> Performed {
    let result = AttemptResult::Failed { code, message };
    Performed::Ended(Box::new((start.attempt.clone(), result, Vec::new())))
}

async fn job(
    performer: &Performer,
    start: &StartAction,
    epoch: i64,
    planned: Planned,
    variables: &[&str],
) -> anyhow::Result<Performed> {
    let planned = planned.granted(&start.trigger);
    let Planned { mut plan, mut notices, bearers, depth, scopes } = planned;
    let has_secrets = !start.work.secrets.is_empty() || !scopes.is_empty();
    plan.steps.iter_mut().for_each(|step| step.has_secrets |= has_secrets);
    let unpacked = inputs::unpacked(performer, start, (&plan, depth), variables).await;
    let inputs = match unpacked {
        Ok((inputs, said)) => {
            notices.extend(said);
            inputs
        }
        Err(trouble) => return trouble.end(start),
    };
    let output = |output: &domain::pipeline::OutputArtifact| Output {
        name: output.name.clone(),
        files: output.files.clone().unwrap_or_default(),
    };
    let job = Job {
        attempt: start.action_execution.clone(),
        epoch: epoch.unsigned_abs(),
        plan,
        notices,
        environment: inputs::environment(start),
        inputs,
        outputs: start.work.outputs.iter().map(output).collect(),
        output_variables: start.work.output_variables.clone(),
        limits: performer.limits.clone(),
        network: performer.network,
    };
    let secrets =
        own_secrets::of_account(performer, &start.attempt.account, &start.trigger).await?;
    let prepared = Prepared { start: start.clone(), job, secrets, bearers, scopes };
    Ok(Performed::Job(Box::new(prepared)))
}

/// Where the artifacts of an attempt are shown: `<pipeline>/<artifact>/<random>` in the bucket of
/// the pipeline, names cut as AWS cuts them.
pub fn stored<'a>(
    performer: &Performer,
    start: &StartAction,
    made: impl Iterator<Item = (&'a ArtifactName, &'a ArtifactRef)>,
) -> Vec<StoredArtifact> {
    let bucket = start.artifact_store.as_ref().map(|store| store.location.clone());
    let bucket = bucket.unwrap_or_else(|| BucketName::new(""));
    let cut = |name: &str| name.chars().take(20).collect::<String>();
    let stored = |(name, artifact): (&ArtifactName, &ArtifactRef)| {
        let random = performer.entropy.uuid().replace('-', "");
        let (pipeline, short) = (cut(start.attempt.pipeline.as_str()), cut(name.as_str()));
        StoredArtifact {
            name: name.clone(),
            artifact: artifact.clone(),
            bucket: bucket.clone(),
            object_key: format!("{pipeline}/{short}/{}", &random[..7]),
        }
    };
    made.map(stored).collect()
}
