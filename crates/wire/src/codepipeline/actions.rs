//! Action executions, as ListActionExecutions shows them.

use super::{ActionExecutionStatus, ErrorDetails};
use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::pipeline::ActionTypeId;
use domain::{
    ActionExecutionId, ActionName, ArtifactName, ExecutionId, PipelineName, Region, StageName,
};
use std::collections::BTreeMap;

shapes! { "camelCase";
    ListActionExecutionsInput { pipeline_name: PipelineName } optional {
        filter: ActionExecutionFilter,
        max_results: u32,
        next_token: String,
    }
    ListActionExecutionsOutput {
        action_execution_details: Vec<ActionExecutionDetail>,
    } optional {
        next_token: String,
    }

    ActionExecutionFilter {} optional {
        pipeline_execution_id: ExecutionId,
        latest_in_pipeline_execution: LatestInPipelineExecutionFilter,
    }
    LatestInPipelineExecutionFilter {
        pipeline_execution_id: ExecutionId,
        start_time_range: StartTimeRange,
    } optional {}

    ActionExecutionDetail {
        pipeline_execution_id: ExecutionId,
        action_execution_id: ActionExecutionId,
        pipeline_version: u32,
        stage_name: StageName,
        action_name: ActionName,
        start_time: Moment,
        last_update_time: Moment,
        status: ActionExecutionStatus,
        input: ActionExecutionInput,
        output: ActionExecutionOutput,
    } optional {
        updated_by: String,
    }

    ActionExecutionInput {
        action_type_id: ActionTypeId,
        configuration: BTreeMap<String, String>,
        resolved_configuration: BTreeMap<String, String>,
        input_artifacts: Vec<ArtifactDetail>,
    } optional {
        role_arn: String,
        region: Region,
        namespace: String,
    }

    ActionExecutionOutput {
        output_artifacts: Vec<ArtifactDetail>,
        output_variables: BTreeMap<String, String>,
    } optional {
        execution_result: ActionExecutionResult,
    }

    ArtifactDetail { name: ArtifactName } optional { s3location: S3Location }
    S3Location { bucket: String, key: String } optional {}

    ActionExecutionResult {} optional {
        external_execution_id: String,
        external_execution_summary: String,
        external_execution_url: String,
        error_details: ErrorDetails,
        #[serde(rename = "logStreamARN")]
        log_stream_arn: String,
    }
}

words! {
    StartTimeRange { All = "All", Latest = "Latest" }
}
