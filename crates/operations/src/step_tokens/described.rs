//! `DescribeStepToken`: what the token of an action's steps will say, so that whoever sets up or
//! mends what takes it need not run the pipeline first.

use std::collections::BTreeMap;

use domain::forge_event::GitRef;
use domain::pipeline::{ActionDeclaration, PipelineDeclaration, StageDeclaration};
use domain::revision::SourceRevision;
use domain::{AttemptRef, Timestamp};
use identity::step::{Asked, Environment, Step, Unusable};
use recipes::bitbucket::variables::Ids;
use recipes::bitbucket::{Event, Run};
use store::{ExecutionRow, PipelineRow, Query};
use wire::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::issuer;
use crate::pipelines::{arn, seen, tag_keys};
use crate::refusal::Refused;
use crate::table::operation;

/// What stands for ids that every run has of its own.
const MADE_UP: &str = "00000000-0000-4000-8000-000000000000";

operation! {
    /// `towpath:DescribeStepToken`.
    Describe: shapes::DescribeStepTokenInput => shapes::DescribeStepTokenOutput;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.pipeline_name, view)) }
    wants(caller, input, _) {
        vec![
            PipelineRow::at(caller.account(), &input.pipeline_name).into(),
            latest(caller, input).into(),
        ]
    }
    decide(caller, input, view, now, changes) {
        let row = seen(caller, &input.pipeline_name, view)?;
        let (stage, action) = asking(&row.declaration, input)?;
        let asked = asked(action).map_err(unusable)?.ok_or_else(|| no_token(action))?;
        let mut step = step(caller, input, &row.declaration, (stage, action));
        let run = view.list::<ExecutionRow>(&latest(caller, input));
        step.protected = run.first().and_then(|run| protection(run, &step));
        let claims = claims(caller, &asked, &step, now.at).map_err(unusable)?;
        let subject = asked.subject_of(&step).map_err(|why| unusable(why.into()))?;
        let stable = subject.strip_suffix(&step.step_uuid).map(|stable| format!("{stable}*"));
        let output = shapes::DescribeStepTokenOutput {
            stage_name: stage.name.clone(),
            action_name: action.name.clone(),
            claims,
            subject: stable.unwrap_or(subject),
            role_arn: asked.role_arn,
        };
        Ok((changes, output))
    }
}

/// The action that is meant: the one that is named, or the first whose steps get tokens.
fn asking<'a>(
    declaration: &'a PipelineDeclaration,
    input: &shapes::DescribeStepTokenInput,
) -> Result<(&'a StageDeclaration, &'a ActionDeclaration), Refused> {
    let named = input.action_name.as_ref();
    let mut actions = declaration
        .stages
        .iter()
        .flat_map(|stage| stage.actions.iter().map(move |action| (stage, action)));
    let found = actions.find(|(_, action)| match named {
        Some(name) => action.name == *name,
        None => matches!(asked(action), Ok(Some(_)) | Err(_)),
    });
    found.ok_or_else(|| {
        let message = match named {
            Some(name) => format!("The pipeline has no action {name}."),
            None => "No action of the pipeline asks for tokens: write \"Oidc\": \"true\" in a \
                     Commands action's configuration."
                .to_owned(),
        };
        AwsError::refused("ResourceNotFoundException", message)
    })
}

/// What an action's steps ask for. Of a file in the repository nothing is known here: its steps'
/// own `oidc` decides.
fn asked(action: &ActionDeclaration) -> Result<Option<Asked>, Unusable> {
    let configuration: BTreeMap<_, _> =
        action.configuration.clone().unwrap_or_default().into_iter().collect();
    match action.action_type_id.provider.as_str() {
        "Commands" => Asked::by_switch(&configuration),
        "BitbucketPipelines" => Asked::read(&configuration, &[]).map(Some),
        _ => Ok(None),
    }
}

fn no_token(action: &ActionDeclaration) -> Refused {
    let message = format!(
        "The steps of {} get no token: write \"Oidc\": \"true\" in its configuration.",
        action.name
    );
    AwsError::refused("ResourceNotFoundException", message)
}

fn unusable(why: Unusable) -> Refused {
    AwsError::validation(why.to_string())
}

/// The step as its next run would be, but for what only the run knows.
fn step(
    caller: &Caller,
    input: &shapes::DescribeStepTokenInput,
    declaration: &PipelineDeclaration,
    (stage, action): (&StageDeclaration, &ActionDeclaration),
) -> Step {
    let mut sources = declaration.sources().filter(|source| source.repository().is_some());
    let source = sources.next();
    let repository = source.and_then(ActionDeclaration::repository);
    let branch = source.map(ActionDeclaration::branch).unwrap_or_default().to_owned();
    let run = Run {
        repository: repository.map(|it| it.to_string()).unwrap_or_default(),
        event: Event::Branch(branch.clone()),
        commit: String::new(),
        build_number: 1,
        id: MADE_UP.to_owned(),
        git_http_origin: None,
        git_ssh_origin: None,
    };
    let ids = Ids::of(&run, 0, input.environment.as_deref());
    Step {
        attempt: AttemptRef {
            account: caller.account().clone(),
            pipeline: input.pipeline_name.clone(),
            execution: MADE_UP.into(),
            stage: stage.name.clone(),
            action: action.name.clone(),
            attempt: 1,
        },
        repository: run.repository,
        repository_uuid: ids.repository,
        workspace_uuid: ids.workspace,
        pipeline_uuid: ids.pipeline,
        step_uuid: ids.step,
        environment: ids.environment.map(|(slug, uuid)| Environment { slug, uuid }),
        git_ref: Some(branch).filter(|it| !it.is_empty()).map(GitRef::branch),
        protected: None,
        commit: None,
        pull_request: None,
        seconds_max: u32::MAX,
    }
}

/// The pipeline's latest run.
fn latest(caller: &Caller, input: &shapes::DescribeStepTokenInput) -> Query {
    ExecutionRow::of_pipeline(caller.account(), &input.pipeline_name, None, 1)
}

/// What the forge said of the step's ref when it was last asked.
fn protection(run: &ExecutionRow, step: &Step) -> Option<bool> {
    let of = |it: &&SourceRevision| {
        it.repository.as_str() == step.repository && it.git_ref == step.git_ref
    };
    run.doc.revisions.iter().find(of)?.protected
}

/// The claims of its first token, as JSON.
fn claims(caller: &Caller, asked: &Asked, step: &Step, at: Timestamp) -> Result<String, Unusable> {
    let (issuer, subject) =
        (issuer::url(&caller.public_url, caller.account()), asked.subject_of(step)?);
    let [first, ..] = &*asked.tokens else { return Ok("{}".to_owned()) };
    let claims = step.claims(&issuer, &subject, &first.audience, MADE_UP, at);
    Ok(serde_json::Value::Object(claims).to_string())
}
