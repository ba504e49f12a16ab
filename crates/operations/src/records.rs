//! What ran: executions and action executions as the API lists them, and where the log and the
//! artifacts of one lie.

mod actions;
mod detail;
mod places;

pub use actions::ListActions;
pub use places::{ArtifactPlace, GetActionLog, GetArtifact, LogPlace};

use domain::pipeline::PipelineDeclaration;
use domain::reason::End;
use domain::{ExecutionId, PipelineName};
use engine::{Execution, ExecutionStatus};
use store::{
    ArtifactRow, AttemptRow, ExecutionRow, Key, PipelineRow, PipelineVersionRow, Query, View, Want,
};
use wire::codepipeline as shapes;
use wire::error::AwsError;

use crate::awaited;
use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::pipelines::{arn, seen, version_key};
use crate::refusal::Refused;
use crate::state::status_summary;
use crate::table::operation;

fn execution_key(caller: &Caller, pipeline: &PipelineName, id: &ExecutionId) -> Key {
    ExecutionRow::at(caller.account(), pipeline, id)
}

fn wants_execution(caller: &Caller, pipeline: &PipelineName, id: &ExecutionId) -> Vec<Want> {
    let pipeline_key = PipelineRow::at(caller.account(), pipeline);
    vec![pipeline_key.into(), execution_key(caller, pipeline, id).into()]
}

fn seen_execution<'a>(
    caller: &Caller,
    pipeline: &PipelineName,
    id: &ExecutionId,
    view: &'a View,
) -> Result<&'a Execution, Refused> {
    seen(caller, pipeline, view)?;
    let row = view.row::<ExecutionRow>(execution_key(caller, pipeline, id));
    row.map(|row| &row.doc).ok_or_else(|| {
        let message = format!("Pipeline '{pipeline}' has no execution '{id}'.");
        AwsError::refused("PipelineExecutionNotFoundException", message)
    })
}

operation! {
    /// `codepipeline:GetPipelineExecution`.
    GetExecution: shapes::GetPipelineExecutionInput => shapes::GetPipelineExecutionOutput;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    wants(caller, input, view) {
        let (pipeline, id) = (&input.pipeline_name, &input.pipeline_execution_id);
        let run = view.known::<ExecutionRow>(execution_key(caller, pipeline, id));
        let mut wants = wants_execution(caller, pipeline, id);
        wants.extend(run.map(|run| version_key(caller, pipeline, run.doc.version).into()));
        let attempts = AttemptRow::of_execution(caller.account(), pipeline, id);
        let known = view.known_list::<AttemptRow>(&attempts);
        wants.extend(awaited::wants(known.iter().map(|it| &it.doc), view));
        wants.push(attempts.into());
        wants
    }
    decide(caller, input, view, _, changes) {
        let found = seen_execution(caller, &input.pipeline_name, &input.pipeline_execution_id, view)?;
        let declared = view.row::<PipelineVersionRow>(version_key(caller, &input.pipeline_name, found.version));
        let declared = declared.map(|version| &version.declaration);
        let attempts = AttemptRow::of_execution(caller.account(), &input.pipeline_name, &found.id);
        let attempts = view.list::<AttemptRow>(&attempts);
        let awaited = || attempts.iter().find_map(|row| awaited::sentence(&row.doc, view));
        let pipeline_execution = shapes::PipelineExecution {
            pipeline_name: input.pipeline_name.clone(),
            pipeline_version: found.version,
            pipeline_execution_id: found.id.clone(),
            status: status(found),
            artifact_revisions: found.known_revisions().iter().map(|it| artifact_revision(it, declared)).collect(),
            variables: found.variables.iter().map(|(name, value)| shapes::ResolvedPipelineVariable {
                name: name.clone(),
                resolved_value: value.clone(),
            }).collect(),
            trigger: trigger(found),
            execution_mode: found.mode,
            execution_type: shapes::ExecutionType::Standard,
            status_summary: status_summary(found).or_else(awaited),
            rollback_metadata: None,
        };
        Ok((changes, shapes::GetPipelineExecutionOutput { pipeline_execution }))
    }
}

fn status(execution: &Execution) -> shapes::PipelineExecutionStatus {
    use shapes::PipelineExecutionStatus as Status;
    match execution.status_word() {
        "Succeeded" => Status::Succeeded,
        "Failed" => Status::Failed,
        "Superseded" => Status::Superseded,
        "Cancelled" => Status::Cancelled,
        "Stopping" => Status::Stopping,
        "Stopped" => Status::Stopped,
        _ => Status::InProgress,
    }
}

fn trigger(execution: &Execution) -> shapes::ExecutionTrigger {
    let trigger_type = match execution.trigger.kind() {
        "CreatePipeline" => shapes::TriggerType::CreatePipeline,
        "WebhookV2" => shapes::TriggerType::WebhookV2,
        "Webhook" => shapes::TriggerType::Webhook,
        "PollForSourceChanges" => shapes::TriggerType::PollForSourceChanges,
        _ => shapes::TriggerType::StartPipelineExecution,
    };
    shapes::ExecutionTrigger { trigger_type, trigger_detail: Some(execution.trigger.detail()) }
}

/// A revision under the name of the artifact that its source action makes (API reference,
/// "ArtifactRevision"); under the action's where its version is no longer kept.
fn artifact_revision(
    revision: &domain::revision::SourceRevision,
    declared: Option<&PipelineDeclaration>,
) -> shapes::ArtifactRevision {
    let actions = declared.into_iter().flat_map(|it| &it.stages).flat_map(|stage| &stage.actions);
    let made = actions.filter(|action| action.name == revision.action);
    let artifact = made.flat_map(|action| action.output_artifacts.iter().flatten()).next();
    shapes::ArtifactRevision {
        name: artifact.map_or_else(|| revision.action.as_str().into(), |it| it.name.clone()),
        revision_id: revision.commit.to_string(),
        revision_change_identifier: None,
        revision_summary: Some(revision.summary()).filter(|text| !text.is_empty()),
        created: revision.info.committed_at.map(Into::into),
        revision_url: revision.url.clone(),
    }
}

const LIST: &str = "codepipeline:ListPipelineExecutions";

operation! {
    /// `codepipeline:ListPipelineExecutions`, newest first.
    ListExecutions: shapes::ListPipelineExecutionsInput => shapes::ListPipelineExecutionsOutput;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    wants(caller, input, _) {
        let pipeline = PipelineRow::at(caller.account(), &input.pipeline_name).into();
        let list = list_query(caller, input).map(Want::from).ok();
        [pipeline].into_iter().chain(list).collect()
    }
    decide(caller, input, view, _, changes) {
        let pipeline = seen(caller, &input.pipeline_name, view)?;
        let rows = view.list::<ExecutionRow>(&list_query(caller, input)?);
        let size = page::size(input.max_results, LIST_MAX);
        let filter = filter(input);
        let (rows, next_token) = page::cut(caller, LIST, &filter, rows, size, |row| row.number.to_string());
        let stage = input.filter.as_ref().and_then(|it| it.succeeded_in_stage.as_ref());
        let stage = stage.and_then(|it| it.stage_name.as_ref());
        // The filter speaks of the current version only (API reference).
        let fits = |execution: &Execution| stage.is_none_or(|stage| {
            let run = execution.stage(stage).and_then(|run| run.ended);
            i64::from(execution.version) == pipeline.number
                && matches!(run, Some((engine::StageEnd::Succeeded, _)))
        });
        let rows = rows.into_iter().filter(|row| fits(&row.doc));
        let pipeline_execution_summaries = rows.map(|row| execution_summary(&row.doc)).collect();
        Ok((changes, shapes::ListPipelineExecutionsOutput { pipeline_execution_summaries, next_token }))
    }
}

fn filter(input: &shapes::ListPipelineExecutionsInput) -> String {
    format!("{} {:?}", input.pipeline_name, input.filter)
}

fn list_query(
    caller: &Caller,
    input: &shapes::ListPipelineExecutionsInput,
) -> Result<Query, Refused> {
    let before = page::cursor(caller, LIST, &filter(input), input.next_token.as_ref())?;
    let before = before.and_then(|text| text.parse().ok());
    let size = page::size(input.max_results, LIST_MAX) as i64;
    Ok(ExecutionRow::of_pipeline(caller.account(), &input.pipeline_name, before, size + 1))
}

fn execution_summary(execution: &Execution) -> shapes::PipelineExecutionSummary {
    let stop = match &execution.status {
        ExecutionStatus::Ended(End::Stopped(stop)) => Some(stop),
        _ => execution.stop.as_ref(),
    };
    shapes::PipelineExecutionSummary {
        pipeline_execution_id: execution.id.clone(),
        status: status(execution),
        start_time: execution.started.into(),
        last_update_time: execution.updated.into(),
        source_revisions: execution
            .known_revisions()
            .into_iter()
            .map(|revision| shapes::SourceRevision {
                action_name: revision.action.clone(),
                revision_id: Some(revision.commit.to_string()),
                revision_summary: Some(revision.summary()).filter(|text| !text.is_empty()),
                revision_url: revision.url.clone(),
            })
            .collect(),
        trigger: trigger(execution),
        execution_mode: execution.mode,
        execution_type: shapes::ExecutionType::Standard,
        status_summary: status_summary(execution),
        stop_trigger: stop.map(|stop| shapes::StopExecutionTrigger {
            reason: Some(stop.comment.clone()).filter(|it| !it.is_empty()),
        }),
        rollback_metadata: None,
    }
}

fn artifacts(caller: &Caller, pipeline: &PipelineName, id: &ExecutionId) -> Query {
    ArtifactRow::of_execution(caller.account(), pipeline, id)
}
