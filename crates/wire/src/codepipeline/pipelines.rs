//! Pipelines: create, get, update, delete, list.

use super::Tag;
use crate::moment::Moment;
use crate::shapes::shapes;
use domain::PipelineName;
use domain::pipeline::{ExecutionMode, PipelineDeclaration, PipelineType};

shapes! { "camelCase";
    CreatePipelineInput { pipeline: PipelineDeclaration } optional { tags: Vec<Tag> }
    CreatePipelineOutput { pipeline: PipelineDeclaration } optional { tags: Vec<Tag> }

    GetPipelineInput { name: PipelineName } optional { version: u32 }
    GetPipelineOutput { pipeline: PipelineDeclaration, metadata: PipelineMetadata } optional {}

    UpdatePipelineInput { pipeline: PipelineDeclaration } optional {}
    UpdatePipelineOutput { pipeline: PipelineDeclaration } optional {}

    DeletePipelineInput { name: PipelineName } optional {}

    ListPipelinesInput {} optional { next_token: String, max_results: u32 }
    ListPipelinesOutput { pipelines: Vec<PipelineSummary> } optional { next_token: String }

    PipelineMetadata {
        pipeline_arn: String,
        created: Moment,
        updated: Moment,
    } optional {
        polling_disabled_at: Moment,
    }

    PipelineSummary {
        name: PipelineName,
        version: u32,
        pipeline_type: PipelineType,
        execution_mode: ExecutionMode,
        created: Moment,
        updated: Moment,
    } optional {}
}
