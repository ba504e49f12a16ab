//! A pipeline's state, and what changes it by hand: approvals and transitions.

use super::ExecutionType;
use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::{ActionExecutionId, ActionName, ExecutionId, PipelineName, StageName};

shapes! { "camelCase";
    GetPipelineStateInput { name: PipelineName } optional {}
    GetPipelineStateOutput {
        pipeline_name: PipelineName,
        pipeline_version: u32,
        stage_states: Vec<StageState>,
        created: Moment,
        updated: Moment,
    } optional {
        /// Ours: what people should know of the pipeline.
        warnings: Vec<String>,
    }

    StageState {
        stage_name: StageName,
        inbound_transition_state: TransitionState,
        action_states: Vec<ActionState>,
    } optional {
        inbound_execution: StageExecution,
        inbound_executions: Vec<StageExecution>,
        latest_execution: StageExecution,
        retry_stage_metadata: RetryStageMetadata,
    }

    StageExecution {
        pipeline_execution_id: ExecutionId,
        status: StageExecutionStatus,
    } optional {
        r#type: ExecutionType,
    }

    RetryStageMetadata {} optional {
        auto_stage_retry_attempt: u32,
        manual_stage_retry_attempt: u32,
        latest_retry_trigger: RetryTrigger,
    }

    TransitionState { enabled: bool } optional {
        last_changed_by: String,
        last_changed_at: Moment,
        disabled_reason: String,
    }

    ActionState { action_name: ActionName } optional {
        current_revision: ActionRevision,
        latest_execution: ActionExecution,
        entity_url: String,
        revision_url: String,
    }

    ActionRevision {
        revision_id: String,
        revision_change_id: String,
        created: Moment,
    } optional {}

    ActionExecution {
        action_execution_id: ActionExecutionId,
        status: ActionExecutionStatus,
        last_status_change: Moment,
    } optional {
        summary: String,
        token: String,
        last_updated_by: String,
        external_execution_id: String,
        external_execution_url: String,
        percent_complete: u32,
        error_details: ErrorDetails,
        #[serde(rename = "logStreamARN")]
        log_stream_arn: String,
    }

    ErrorDetails {} optional { code: String, message: String }

    PutApprovalResultInput {
        pipeline_name: PipelineName,
        stage_name: StageName,
        action_name: ActionName,
        result: ApprovalResult,
        token: String,
    } optional {}
    PutApprovalResultOutput { approved_at: Moment } optional {}
    ApprovalResult { summary: String, status: ApprovalStatus } optional {}

    EnableStageTransitionInput {
        pipeline_name: PipelineName,
        stage_name: StageName,
        transition_type: TransitionType,
    } optional {}
    DisableStageTransitionInput {
        pipeline_name: PipelineName,
        stage_name: StageName,
        transition_type: TransitionType,
        reason: String,
    } optional {}
}

words! {
    StageExecutionStatus {
        InProgress = "InProgress", Succeeded = "Succeeded", Failed = "Failed",
        Stopping = "Stopping", Stopped = "Stopped", Cancelled = "Cancelled", Skipped = "Skipped",
    }
    ActionExecutionStatus {
        InProgress = "InProgress", Succeeded = "Succeeded", Failed = "Failed",
        Abandoned = "Abandoned",
    }
    RetryTrigger {
        AutomatedStageRetry = "AutomatedStageRetry", ManualStageRetry = "ManualStageRetry",
    }
    ApprovalStatus { Rejected = "Rejected", Approved = "Approved" }
    TransitionType { Inbound = "Inbound", Outbound = "Outbound" }
}
