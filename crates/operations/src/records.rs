//! What ran: executions and action executions as the API lists them, and where the log and the
//! artifacts of one lie.

use domain::reason::End;
use domain::{ActionName, AttemptRef, ExecutionId, PipelineName, StageName};
use engine::{Attempt, Execution, ExecutionStatus};
use serde::{Deserialize, Serialize};
use store::{ArtifactRow, AttemptRow, ExecutionRow, Key, PipelineRow, Query, View, Want};
use wire::codepipeline as shapes;
use wire::error::AwsError;
use wire::towpath;

use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::pipelines::{arn, seen};
use crate::refusal::Refused;
use crate::state::{action_status, error_details, status_summary, summary};
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
    wants(caller, input, _) { wants_execution(caller, &input.pipeline_name, &input.pipeline_execution_id) }
    decide(caller, input, view, _, changes) {
        let found = seen_execution(caller, &input.pipeline_name, &input.pipeline_execution_id, view)?;
        let pipeline_execution = shapes::PipelineExecution {
            pipeline_name: input.pipeline_name.clone(),
            pipeline_version: found.version,
            pipeline_execution_id: found.id.clone(),
            status: status(found),
            artifact_revisions: found.revisions.iter().map(artifact_revision).collect(),
            variables: found.variables.iter().map(|(name, value)| shapes::ResolvedPipelineVariable {
                name: name.clone(),
                resolved_value: value.clone(),
            }).collect(),
            trigger: trigger(found),
            execution_mode: found.mode,
            execution_type: shapes::ExecutionType::Standard,
            status_summary: status_summary(found),
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
        _ => shapes::TriggerType::StartPipelineExecution,
    };
    shapes::ExecutionTrigger { trigger_type, trigger_detail: Some(execution.trigger.detail()) }
}

fn artifact_revision(revision: &domain::revision::SourceRevision) -> shapes::ArtifactRevision {
    shapes::ArtifactRevision {
        name: revision.action.as_str().into(),
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
            .revisions
            .iter()
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
        stop_trigger: stop
            .map(|stop| shapes::StopExecutionTrigger { reason: Some(stop.comment.clone()) }),
        rollback_metadata: None,
    }
}

const LIST_ACTIONS: &str = "codepipeline:ListActionExecutions";

/// Executions whose actions one call looks through.
const EXECUTIONS_LOOKED_AT: i64 = 50;

operation! {
    /// `codepipeline:ListActionExecutions`, newest first, every attempt a row of its own.
    ListActions: shapes::ListActionExecutionsInput => shapes::ListActionExecutionsOutput;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    wants(caller, input, view) {
        let mut wants = vec![PipelineRow::at(caller.account(), &input.pipeline_name).into()];
        match execution_of(input) {
            Some(id) => {
                wants.push(execution_key(caller, &input.pipeline_name, id).into());
                wants.push(attempts(caller, input, id).into());
                wants.push(artifacts(caller, &input.pipeline_name, id).into());
            }
            None => {
                let query = recent(caller, input);
                wants.push(query.clone().into());
                for row in view.known_list::<ExecutionRow>(&query) {
                    wants.push(attempts(caller, input, &row.execution).into());
                    wants.push(artifacts(caller, &input.pipeline_name, &row.execution).into());
                }
            }
        }
        wants
    }
    decide(caller, input, view, _, changes) {
        let filter = format!("{} {:?}", input.pipeline_name, input.filter);
        let after = page::cursor(caller, LIST_ACTIONS, &filter, input.next_token.as_ref())?;
        seen(caller, &input.pipeline_name, view)?;
        let executions: Vec<ExecutionId> = match execution_of(input) {
            Some(id) => vec![seen_execution(caller, &input.pipeline_name, id, view)?.id.clone()],
            None => view.list::<ExecutionRow>(&recent(caller, input)).iter().map(|row| row.execution.clone()).collect(),
        };
        let rows = executions.iter().flat_map(|id| view.list::<AttemptRow>(&attempts(caller, input, id)));
        let mut rows: Vec<&AttemptRow> = rows.collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.doc.began, row.doc.id.clone())));
        let start = after.and_then(|id| rows.iter().position(|row| row.doc.id.as_str() == id)).map_or(0, |at| at + 1);
        let rows = rows.split_off(start);
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST_ACTIONS, &filter, rows, size, |row| row.doc.id.to_string());
        let detail = |row: &AttemptRow| {
            let made = view.list::<ArtifactRow>(&artifacts(caller, &input.pipeline_name, &row.execution));
            action_detail(&row.doc, &made)
        };
        let action_execution_details = rows.into_iter().map(detail).collect();
        Ok((changes, shapes::ListActionExecutionsOutput { action_execution_details, next_token }))
    }
}

fn execution_of(input: &shapes::ListActionExecutionsInput) -> Option<&ExecutionId> {
    let filter = input.filter.as_ref()?;
    let latest = filter.latest_in_pipeline_execution.as_ref().map(|it| &it.pipeline_execution_id);
    filter.pipeline_execution_id.as_ref().or(latest)
}

fn recent(caller: &Caller, input: &shapes::ListActionExecutionsInput) -> Query {
    ExecutionRow::of_pipeline(caller.account(), &input.pipeline_name, None, EXECUTIONS_LOOKED_AT)
}

fn attempts(caller: &Caller, input: &shapes::ListActionExecutionsInput, id: &ExecutionId) -> Query {
    AttemptRow::of_execution(caller.account(), &input.pipeline_name, id)
}

fn artifacts(caller: &Caller, pipeline: &PipelineName, id: &ExecutionId) -> Query {
    ArtifactRow::of_execution(caller.account(), pipeline, id)
}

fn action_detail(attempt: &Attempt, made: &[&ArtifactRow]) -> shapes::ActionExecutionDetail {
    let (work, produced) = (&attempt.work, attempt.produced());
    let located = |row: &&&ArtifactRow| shapes::ArtifactDetail {
        name: row.name.clone(),
        s3location: Some(shapes::S3Location {
            bucket: row.bucket.to_string(),
            key: row.object_key.clone(),
        }),
    };
    let inputs = work.inputs.iter().map(|input| {
        let row = made.iter().find(|row| row.name == input.name && row.artifact == input.artifact);
        row.map_or_else(
            || shapes::ArtifactDetail { name: input.name.clone(), s3location: None },
            |row| located(&row),
        )
    });
    let own = |row: &&&ArtifactRow| {
        row.stage == attempt.of.stage
            && row.action == attempt.of.action
            && row.attempt == attempt.of.attempt
    };
    let result = shapes::ActionExecutionResult {
        external_execution_id: produced.and_then(|it| it.external_id.clone()),
        external_execution_summary: summary(attempt),
        external_execution_url: produced.and_then(|it| it.external_url.clone()),
        error_details: error_details(attempt),
        log_stream_arn: None,
    };
    shapes::ActionExecutionDetail {
        pipeline_execution_id: attempt.of.execution.clone(),
        action_execution_id: attempt.id.clone(),
        pipeline_version: attempt.version,
        stage_name: attempt.of.stage.clone(),
        action_name: attempt.of.action.clone(),
        start_time: attempt.began.into(),
        last_update_time: attempt.updated.into(),
        status: action_status(attempt),
        input: shapes::ActionExecutionInput {
            action_type_id: work.action_type.clone(),
            configuration: work.configuration.clone(),
            resolved_configuration: work.configuration.clone(),
            input_artifacts: inputs.collect(),
            role_arn: Some(work.role_arn.clone()),
            region: work.region.clone(),
            namespace: work.namespace.clone(),
        },
        output: shapes::ActionExecutionOutput {
            output_artifacts: made.iter().filter(own).map(|row| located(&row)).collect(),
            output_variables: produced.map(|it| it.variables.clone()).unwrap_or_default(),
            execution_result: Some(result),
        },
        updated_by: None,
    }
}

/// Where the log of an attempt lies; the server reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogPlace {
    /// Which attempt.
    pub attempt: AttemptRef,
    /// Whether it has ended.
    pub ended: bool,
    /// The byte to begin at.
    pub offset: u64,
}

operation! {
    /// `towpath:GetActionLog`: which attempt's log, and from where.
    GetActionLog: towpath::GetActionLogInput => LogPlace;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    wants(caller, input, view) {
        let mut wants = wants_execution(caller, &input.pipeline_name, &input.pipeline_execution_id);
        let key = execution_key(caller, &input.pipeline_name, &input.pipeline_execution_id);
        let row = view.known::<ExecutionRow>(key);
        wants.extend(row.and_then(|row| attempt_key(caller, input, &row.doc)).map(|(_, key)| key.into()));
        wants
    }
    decide(caller, input, view, _, changes) {
        let found = seen_execution(caller, &input.pipeline_name, &input.pipeline_execution_id, view)?;
        let row = attempt_key(caller, input, found).and_then(|(_, key)| view.row::<AttemptRow>(key));
        let row = row.ok_or_else(|| {
            let message = format!(
                "Execution '{}' has no such attempt at action '{}' of stage '{}'.",
                input.pipeline_execution_id, input.action_name, input.stage_name
            );
            AwsError::refused("ResourceNotFoundException", message)
        })?;
        let (attempt, ended) = (row.doc.of.clone(), !row.doc.is_live());
        Ok((changes, LogPlace { attempt, ended, offset: input.offset.unwrap_or_default() }))
    }
}

fn attempt_key(
    caller: &Caller,
    input: &towpath::GetActionLogInput,
    execution: &Execution,
) -> Option<(u32, Key)> {
    let (stage, action): (&StageName, &ActionName) = (&input.stage_name, &input.action_name);
    let latest = execution.stage(stage)?.action(action)?.attempts;
    let number = input.attempt.unwrap_or(latest);
    let key = AttemptRow::at(
        caller.account(),
        &input.pipeline_name,
        &execution.id,
        stage,
        action,
        &number,
    );
    Some((number, key))
}

/// Which artifact, and from where; the server reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ArtifactPlace {
    /// The stage that made it.
    pub stage: StageName,
    /// The action that made it.
    pub action: ActionName,
    /// Its content.
    pub artifact: domain::ArtifactRef,
    /// The byte to begin at.
    pub offset: u64,
}

operation! {
    /// `towpath:GetArtifact`: the newest artifact of this name that the execution made.
    GetArtifact: towpath::GetArtifactInput => ArtifactPlace;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    wants(caller, input, _) {
        let mut wants = wants_execution(caller, &input.pipeline_name, &input.pipeline_execution_id);
        wants.push(artifacts(caller, &input.pipeline_name, &input.pipeline_execution_id).into());
        wants
    }
    decide(caller, input, view, _, changes) {
        seen_execution(caller, &input.pipeline_name, &input.pipeline_execution_id, view)?;
        let made = view.list::<ArtifactRow>(&artifacts(caller, &input.pipeline_name, &input.pipeline_execution_id));
        let names = made.iter().map(|row| row.name.to_string()).collect::<Vec<_>>().join(", ");
        let row = made.into_iter().filter(|row| row.name == input.artifact_name).max_by_key(|row| row.created);
        let row = row.ok_or_else(|| {
            let message = format!("The execution has no artifact '{}'. It has: {names}.", input.artifact_name);
            AwsError::refused("ResourceNotFoundException", message)
        })?;
        let (stage, action, artifact) = (row.stage.clone(), row.action.clone(), row.artifact.clone());
        Ok((changes, ArtifactPlace { stage, action, artifact, offset: input.offset.unwrap_or_default() }))
    }
}
