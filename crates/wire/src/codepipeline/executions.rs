//! Pipeline executions: start, stop, get, list, retry.

use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::pipeline::{ExecutionMode, RetryMode};
use domain::{ActionName, ArtifactName, ExecutionId, PipelineName, StageName};

shapes! { "camelCase";
    StartPipelineExecutionInput { name: PipelineName } optional {
        variables: Vec<PipelineVariable>,
        client_request_token: String,
        source_revisions: Vec<SourceRevisionOverride>,
    }
    StartPipelineExecutionOutput { pipeline_execution_id: ExecutionId } optional {}

    PipelineVariable { name: String, value: String } optional {}
    SourceRevisionOverride {
        action_name: ActionName,
        revision_type: SourceRevisionType,
        revision_value: String,
    } optional {}

    StopPipelineExecutionInput {
        pipeline_name: PipelineName,
        pipeline_execution_id: ExecutionId,
    } optional {
        abandon: bool,
        reason: String,
    }
    StopPipelineExecutionOutput { pipeline_execution_id: ExecutionId } optional {}

    RetryStageExecutionInput {
        pipeline_name: PipelineName,
        stage_name: StageName,
        pipeline_execution_id: ExecutionId,
        retry_mode: RetryMode,
    } optional {}
    RetryStageExecutionOutput { pipeline_execution_id: ExecutionId } optional {}

    GetPipelineExecutionInput {
        pipeline_name: PipelineName,
        pipeline_execution_id: ExecutionId,
    } optional {}
    GetPipelineExecutionOutput { pipeline_execution: PipelineExecution } optional {}

    PipelineExecution {
        pipeline_name: PipelineName,
        pipeline_version: u32,
        pipeline_execution_id: ExecutionId,
        status: PipelineExecutionStatus,
        artifact_revisions: Vec<ArtifactRevision>,
        variables: Vec<ResolvedPipelineVariable>,
        trigger: ExecutionTrigger,
        execution_mode: ExecutionMode,
        execution_type: ExecutionType,
    } optional {
        status_summary: String,
        rollback_metadata: PipelineRollbackMetadata,
    }

    ArtifactRevision { name: ArtifactName, revision_id: String } optional {
        revision_change_identifier: String,
        revision_summary: String,
        created: Moment,
        revision_url: String,
    }
    ResolvedPipelineVariable { name: String, resolved_value: String } optional {}
    ExecutionTrigger { trigger_type: TriggerType } optional { trigger_detail: String }
    PipelineRollbackMetadata { rollback_target_pipeline_execution_id: ExecutionId } optional {}

    ListPipelineExecutionsInput { pipeline_name: PipelineName } optional {
        max_results: u32,
        filter: PipelineExecutionFilter,
        next_token: String,
    }
    ListPipelineExecutionsOutput {
        pipeline_execution_summaries: Vec<PipelineExecutionSummary>,
    } optional {
        next_token: String,
    }

    PipelineExecutionFilter {} optional { succeeded_in_stage: SucceededInStageFilter }
    SucceededInStageFilter {} optional { stage_name: StageName }

    PipelineExecutionSummary {
        pipeline_execution_id: ExecutionId,
        status: PipelineExecutionStatus,
        start_time: Moment,
        last_update_time: Moment,
        source_revisions: Vec<SourceRevision>,
        trigger: ExecutionTrigger,
        execution_mode: ExecutionMode,
        execution_type: ExecutionType,
    } optional {
        status_summary: String,
        stop_trigger: StopExecutionTrigger,
        rollback_metadata: PipelineRollbackMetadata,
    }

    SourceRevision { action_name: ActionName } optional {
        revision_id: String,
        revision_summary: String,
        revision_url: String,
    }
    StopExecutionTrigger {} optional { reason: String }
}

words! {
    PipelineExecutionStatus {
        InProgress = "InProgress", Succeeded = "Succeeded", Failed = "Failed",
        Superseded = "Superseded", Cancelled = "Cancelled",
        Stopping = "Stopping", Stopped = "Stopped",
    }
    ExecutionType { Standard = "STANDARD", Rollback = "ROLLBACK" }
    TriggerType {
        StartPipelineExecution = "StartPipelineExecution", CreatePipeline = "CreatePipeline",
        PollForSourceChanges = "PollForSourceChanges", Webhook = "Webhook",
        CloudWatchEvent = "CloudWatchEvent", PutActionRevision = "PutActionRevision",
        WebhookV2 = "WebhookV2", ManualRollback = "ManualRollback",
        AutomatedRollback = "AutomatedRollback",
    }
    SourceRevisionType {
        CommitId = "COMMIT_ID", ImageDigest = "IMAGE_DIGEST",
        S3ObjectVersionId = "S3_OBJECT_VERSION_ID", S3ObjectKey = "S3_OBJECT_KEY",
    }
}
