//! What people ask of a running pipeline: start, stop, retry, approve, open and close a way in.
//! Each is an event on the pipeline's line; the engine decides.

use std::collections::BTreeSet;

use domain::pipeline::PipelineDeclaration;
use domain::reason::Stop as StopWish;
use domain::revision::{RevisionType, SourceRevisionOverride, Trigger};
use domain::{ExecutionId, PipelineName, derived_uuid};
use engine::event::Approve;
use engine::{EventKind, Refused as Engine, Start as EngineStart};
use store::{Changes, PipelineRow, View, Want};
use wire::codepipeline as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::line::{Decided, advance};
use crate::pipelines::{arn, event, line, tag_keys};
use crate::refusal::{self, Refused};
use crate::table::operation;
use crate::turn::Now;

/// What a decision on an event looks at: the line, and the pipeline, whose tags are asked about.
fn wants(caller: &Caller, name: &PipelineName, view: &View, kind: &EventKind) -> Vec<Want> {
    let mut wants = line(caller, name).wants(view, kind);
    wants.push(PipelineRow::at(caller.account(), name).into());
    wants
}

/// A call about what happens on the line of a pipeline.
struct Asked<'a> {
    operation: &'static str,
    caller: &'a Caller,
    name: &'a PipelineName,
}

impl Asked<'_> {
    /// Decides the event that is asked for.
    fn happen(
        &self,
        kind: EventKind,
        view: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Result<Decided, Refused> {
        let event = event(self.caller, kind);
        let line = line(self.caller, self.name).load(view, &event.kind, now);
        advance(line, &event, view, now, changes).map_err(|refused| {
            refusal::engine(self.operation, self.caller.account(), self.name, refused)
        })
    }
}

fn by(caller: &Caller) -> String {
    caller.principal.arn.to_string()
}

operation! {
    /// `codepipeline:StartPipelineExecution`. The same `clientRequestToken` starts once.
    Start: shapes::StartPipelineExecutionInput => shapes::StartPipelineExecutionOutput;
    resource(caller, input) { arn(caller, &input.name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.name, view)) }
    wants(caller, input, view) { wants(caller, &input.name, view, &start(caller, input, view)) }
    decide(caller, input, view, now, mut changes) {
        refuse_repeated(input.variables.as_deref().unwrap_or_default())?;
        let kind = start(caller, input, view);
        let event = event(caller, kind);
        let pipeline_execution_id = start_id(caller, input, view);
        let line = line(caller, &input.name).load(view, &event.kind, now);
        match advance(line, &event, view, now, &mut changes) {
            Ok(_) => {}
            // The same request again: the answer it had then.
            Err(Engine::AlreadyStarted { .. }) => {}
            Err(refused) => {
                return Err(refusal::engine("StartPipelineExecution", caller.account(), &input.name, refused));
            }
        }
        Ok((changes, shapes::StartPipelineExecutionOutput { pipeline_execution_id }))
    }
}

/// A variable with two values would have whichever was read last.
fn refuse_repeated(variables: &[shapes::PipelineVariable]) -> Result<(), Refused> {
    let mut named = BTreeSet::new();
    match variables.iter().find(|it| !named.insert(&it.name)) {
        None => Ok(()),
        Some(twice) => Err(AwsError::validation(format!(
            "The variable '{}' is given twice; give it one value.",
            twice.name
        ))),
    }
}

fn start(caller: &Caller, input: &shapes::StartPipelineExecutionInput, view: &View) -> EventKind {
    let variables = input.variables.iter().flatten();
    let revisions = input.source_revisions.iter().flatten();
    EventKind::Start(EngineStart {
        execution: start_id(caller, input, view),
        trigger: Trigger::StartPipelineExecution { by: by(caller) },
        variables: variables.map(|it| (it.name.clone(), it.value.clone())).collect(),
        revisions: revisions.map(revision).collect(),
    })
}

/// Derived from the client's token where it gave one, so that a repeat names the same execution; of
/// this pipeline, not of one that had its name before.
fn start_id(
    caller: &Caller,
    input: &shapes::StartPipelineExecutionInput,
    view: &View,
) -> ExecutionId {
    let (account, name) = (caller.account(), &input.name);
    let row = view.known::<PipelineRow>(PipelineRow::at(account, name));
    let created = row.map(|row| row.created.0.to_string()).unwrap_or_default();
    let derived = |token: &String| {
        derived_uuid(&["client-request", account.as_str(), name.as_str(), &created, token])
    };
    let id = input.client_request_token.as_ref().map(derived);
    ExecutionId::new(id.unwrap_or_else(|| caller.uuid("execution")))
}

fn revision(asked: &shapes::SourceRevisionOverride) -> SourceRevisionOverride {
    let revision_type = match asked.revision_type {
        shapes::SourceRevisionType::CommitId => RevisionType::CommitId,
        shapes::SourceRevisionType::ImageDigest => RevisionType::ImageDigest,
        shapes::SourceRevisionType::S3ObjectVersionId => RevisionType::S3ObjectVersionId,
        shapes::SourceRevisionType::S3ObjectKey => RevisionType::S3ObjectKey,
    };
    let (action_name, revision_value) = (asked.action_name.clone(), asked.revision_value.clone());
    SourceRevisionOverride { action_name, revision_type, revision_value }
}

operation! {
    /// `codepipeline:StopPipelineExecution`.
    Stop: shapes::StopPipelineExecutionInput => shapes::StopPipelineExecutionOutput;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.pipeline_name, view)) }
    wants(caller, input, view) { wants(caller, &input.pipeline_name, view, &stop(caller, input)) }
    decide(caller, input, view, now, mut changes) {
        let asked = Asked { operation: "StopPipelineExecution", caller, name: &input.pipeline_name };
        asked.happen(stop(caller, input), view, now, &mut changes)?;
        let pipeline_execution_id = input.pipeline_execution_id.clone();
        Ok((changes, shapes::StopPipelineExecutionOutput { pipeline_execution_id }))
    }
}

fn stop(caller: &Caller, input: &shapes::StopPipelineExecutionInput) -> EventKind {
    let comment = input.reason.clone().unwrap_or_default();
    let stop = StopWish { by: by(caller), comment, abandon: input.abandon.unwrap_or_default() };
    EventKind::Stop { execution: input.pipeline_execution_id.clone(), stop }
}

operation! {
    /// `codepipeline:RetryStageExecution`.
    Retry: shapes::RetryStageExecutionInput => shapes::RetryStageExecutionOutput;
    resource(caller, input) { format!("{}/{}", arn(caller, &input.pipeline_name), input.stage_name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.pipeline_name, view)) }
    wants(caller, input, view) { wants(caller, &input.pipeline_name, view, &retry(caller, input)) }
    decide(caller, input, view, now, mut changes) {
        let asked = Asked { operation: "RetryStageExecution", caller, name: &input.pipeline_name };
        asked.happen(retry(caller, input), view, now, &mut changes)?;
        let pipeline_execution_id = input.pipeline_execution_id.clone();
        Ok((changes, shapes::RetryStageExecutionOutput { pipeline_execution_id }))
    }
}

fn retry(caller: &Caller, input: &shapes::RetryStageExecutionInput) -> EventKind {
    EventKind::RetryStage {
        execution: input.pipeline_execution_id.clone(),
        stage: input.stage_name.clone(),
        mode: input.retry_mode,
        by: by(caller),
    }
}

operation! {
    /// `codepipeline:PutApprovalResult`.
    PutApproval: shapes::PutApprovalResultInput => shapes::PutApprovalResultOutput;
    resource(caller, input) {
        format!("{}/{}/{}", arn(caller, &input.pipeline_name), input.stage_name, input.action_name)
    }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.pipeline_name, view)) }
    wants(caller, input, view) { wants(caller, &input.pipeline_name, view, &approve(caller, input)) }
    decide(caller, input, view, now, mut changes) {
        let asked = Asked { operation: "PutApprovalResult", caller, name: &input.pipeline_name };
        asked.happen(approve(caller, input), view, now, &mut changes)?;
        Ok((changes, shapes::PutApprovalResultOutput { approved_at: now.at.into() }))
    }
}

fn approve(caller: &Caller, input: &shapes::PutApprovalResultInput) -> EventKind {
    EventKind::Approve(Approve {
        stage: input.stage_name.clone(),
        action: input.action_name.clone(),
        token: input.token.clone(),
        approved: input.result.status == shapes::ApprovalStatus::Approved,
        summary: input.result.summary.clone(),
        by: by(caller),
    })
}

operation! {
    /// `codepipeline:EnableStageTransition`.
    EnableTransition: shapes::EnableStageTransitionInput => shapes::Nothing;
    resource(caller, input) { format!("{}/{}", arn(caller, &input.pipeline_name), input.stage_name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.pipeline_name, view)) }
    wants(caller, input, view) { wants(caller, &input.pipeline_name, view, &EventKind::Tick) }
    decide(caller, input, view, now, mut changes) {
        let asked = Asked { operation: "EnableStageTransition", caller, name: &input.pipeline_name };
        let way = Way { asked, stage: &input.stage_name, kind: input.transition_type };
        way.set(None, view, now, &mut changes)?;
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codepipeline:DisableStageTransition`.
    DisableTransition: shapes::DisableStageTransitionInput => shapes::Nothing;
    resource(caller, input) { format!("{}/{}", arn(caller, &input.pipeline_name), input.stage_name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.pipeline_name, view)) }
    wants(caller, input, view) { wants(caller, &input.pipeline_name, view, &EventKind::Tick) }
    decide(caller, input, view, now, mut changes) {
        let asked = Asked { operation: "DisableStageTransition", caller, name: &input.pipeline_name };
        let way = Way { asked, stage: &input.stage_name, kind: input.transition_type };
        way.set(Some(&input.reason), view, now, &mut changes)?;
        Ok((changes, shapes::Nothing::default()))
    }
}

/// The way into a stage, or the way out of it: which is the way into the next one.
struct Way<'a> {
    asked: Asked<'a>,
    stage: &'a domain::StageName,
    kind: shapes::TransitionType,
}

impl Way<'_> {
    /// Opens the way, or closes it for a reason.
    fn set(
        &self,
        closed_because: Option<&String>,
        view: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Result<(), Refused> {
        let Asked { caller, name, .. } = self.asked;
        let head = line(caller, name).load(view, &EventKind::Tick, now).head;
        let declaration = head.declaration();
        let declaration =
            declaration.ok_or_else(|| refusal::no_pipeline(caller.account(), name))?;
        let kind = EventKind::SetTransition {
            stage: self.entered(declaration)?,
            enabled: closed_because.is_none(),
            comment: closed_because.cloned().unwrap_or_default(),
            by: by(caller),
        };
        self.asked.happen(kind, view, now, changes).map(drop)
    }

    fn entered(&self, declaration: &PipelineDeclaration) -> Result<domain::StageName, Refused> {
        let place = declaration.stages.iter().position(|stage| stage.name == *self.stage);
        let place = place.ok_or_else(|| {
            let message = format!("Pipeline '{}' has no stage '{}'.", self.asked.name, self.stage);
            AwsError::refused("StageNotFoundException", message)
        })?;
        let entered = match self.kind {
            shapes::TransitionType::Inbound => place,
            shapes::TransitionType::Outbound => place + 1,
        };
        let stage = declaration.stages.get(entered).map(|stage| stage.name.clone());
        stage.ok_or_else(|| {
            let message =
                format!("'{}' is the last stage: no transition leads out of it.", self.stage);
            AwsError::refused("StageNotFoundException", message)
        })
    }
}
