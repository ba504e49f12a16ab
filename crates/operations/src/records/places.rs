//! Where the log and the artifacts of an execution lie; the server reads them there.

use domain::{ActionName, AttemptRef, StageName};
use engine::Execution;
use serde::{Deserialize, Serialize};
use store::{ArtifactRow, AttemptRow, ExecutionRow, Key};
use wire::error::AwsError;
use wire::towpath;

use super::{artifacts, execution_key, seen_execution, wants_execution};
use crate::caller::Caller;
use crate::pipelines::arn;
use crate::table::operation;

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
