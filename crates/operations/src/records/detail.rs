//! What is told of one action execution.

use std::collections::BTreeMap;

use domain::Region;
use domain::pipeline::ActionDeclaration;
use engine::{Attempt, InputArtifact};
use store::{ArtifactRow, View};
use wire::codepipeline as shapes;

use crate::state::{action_status, answered_by, error_details, summary};

/// What is known of it.
pub(super) struct Told<'a> {
    pub attempt: &'a Attempt,
    /// As the version declares it that the attempt was begun under; none where that is no longer kept.
    pub declared: Option<&'a ActionDeclaration>,
    /// The artifacts of its execution.
    pub made: Vec<&'a ArtifactRow>,
    /// Where an action runs that declares no region.
    pub region: &'a Region,
    /// Where it is seen what it waits for.
    pub view: &'a View,
}

impl Told<'_> {
    pub fn detail(&self) -> shapes::ActionExecutionDetail {
        let attempt = self.attempt;
        shapes::ActionExecutionDetail {
            pipeline_execution_id: attempt.of.execution.clone(),
            action_execution_id: attempt.id.clone(),
            pipeline_version: attempt.version,
            stage_name: attempt.of.stage.clone(),
            action_name: attempt.of.action.clone(),
            start_time: attempt.began.into(),
            last_update_time: attempt.updated.into(),
            status: action_status(attempt),
            input: self.input(),
            output: self.output(),
            updated_by: answered_by(attempt),
        }
    }

    fn input(&self) -> shapes::ActionExecutionInput {
        let work = &self.attempt.work;
        let artifact = |input: &InputArtifact| {
            let same =
                |row: &&&ArtifactRow| row.name == input.name && row.artifact == input.artifact;
            let location = self.made.iter().find(same).map(|row| location(row));
            shapes::ArtifactDetail { name: input.name.clone(), s3location: location }
        };
        shapes::ActionExecutionInput {
            action_type_id: work.action_type.clone(),
            configuration: self.configuration(),
            resolved_configuration: work.configuration.clone(),
            input_artifacts: work.inputs.iter().map(artifact).collect(),
            role_arn: Some(work.role_arn.clone()),
            region: Some(work.region.as_ref().unwrap_or(self.region).clone()),
            namespace: work.namespace.clone(),
        }
    }

    /// With its `#{…}` in place; resolved where the declaration is no longer kept.
    fn configuration(&self) -> BTreeMap<String, String> {
        match self.declared {
            Some(declared) => declared.configuration.clone().unwrap_or_default(),
            None => self.attempt.work.configuration.clone(),
        }
    }

    fn output(&self) -> shapes::ActionExecutionOutput {
        let produced = self.attempt.produced();
        let own = |row: &&&ArtifactRow| {
            let of = &self.attempt.of;
            (&row.stage, &row.action, row.attempt) == (&of.stage, &of.action, of.attempt)
        };
        let artifact = |row: &&ArtifactRow| shapes::ArtifactDetail {
            name: row.name.clone(),
            s3location: Some(location(row)),
        };
        let result = shapes::ActionExecutionResult {
            external_execution_id: produced.and_then(|it| it.external_id.clone()),
            external_execution_summary: summary(self.attempt, self.view),
            external_execution_url: produced.and_then(|it| it.external_url.clone()),
            error_details: error_details(self.attempt),
            log_stream_arn: None,
        };
        shapes::ActionExecutionOutput {
            output_artifacts: self.made.iter().filter(own).map(artifact).collect(),
            output_variables: produced.map(|it| it.variables.clone()).unwrap_or_default(),
            execution_result: Some(result),
        }
    }
}

fn location(row: &ArtifactRow) -> shapes::S3Location {
    shapes::S3Location { bucket: row.bucket.to_string(), key: row.object_key.clone() }
}
