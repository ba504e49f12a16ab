//! What the token of a pipeline's step will say, before there is one.

use domain::{ActionName, PipelineName, StageName};

use crate::shapes::shapes;

shapes! { "camelCase";
    /// Asks for the claims of an action's token.
    DescribeStepTokenInput {
        /// The pipeline.
        pipeline_name: PipelineName,
    } optional {
        /// An action whose steps get tokens; the pipeline's first where none is named.
        action_name: ActionName,
        /// The deployment environment of the step that is meant.
        environment: String,
    }

    /// The claims, as the pipeline is declared now. What each run has of its own (ids of the run and
    /// the step, the commit, `jti`) is made up.
    DescribeStepTokenOutput {
        /// Its stage.
        stage_name: StageName,
        /// The action.
        action_name: ActionName,
        /// JSON.
        claims: String,
        /// The subject; a `*` at its end stands for what is another in every run.
        subject: String,
    } optional {
        /// The role that its configuration names.
        role_arn: String,
    }
}
