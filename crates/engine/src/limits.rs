//! Every limit of this room, by name. Those of the API's model are `wire`'s.

use serde::{Deserialize, Serialize};

/// Stages of a pipeline, at least (CodePipeline quotas).
pub const STAGES_MIN: usize = 2;
/// Stages of a pipeline, at most (CodePipeline quotas).
pub const STAGES_MAX: usize = 50;
/// Actions of a stage, at most (CodePipeline quotas).
pub const ACTIONS_PER_STAGE_MAX: usize = 50;
/// Actions of a pipeline, at most (CodePipeline quotas).
pub const ACTIONS_MAX: usize = 1000;
/// Bytes of a pipeline's triggers, written as JSON (user guide, "Considerations for filters").
pub const TRIGGERS_BYTES_MAX: usize = 200 * 1024;
/// Characters of a pipeline-level variable's value (`PipelineVariableValue` of the API).
pub const VARIABLE_CHARACTERS_MAX: usize = 1000;
/// Bytes of an action's configuration with its variables put in (user guide, "Variables").
pub const RESOLVED_CONFIGURATION_BYTES_MAX: usize = 100 * 1024;
/// Bytes of an action's output variables, names and values (user guide, "Variables").
pub const OUTPUT_VARIABLES_BYTES_MAX: usize = 122_880;
/// How long an approval asks where nothing is declared: seven days (user guide, "Approvals").
pub const APPROVAL_SECONDS_DEFAULT: u32 = 7 * 24 * 60 * 60;
/// How long any other action may take: the documented 55 minutes of a Commands action.
pub const STEP_SECONDS_MAX_DEFAULT: u32 = 3300;
/// How long after a step's own limit the engine gives up on hearing from its performer, whose
/// word on the matter has the log's last lines in it.
pub const STEP_GRACE_SECONDS: u32 = 60;
/// New attempts that follow lost ones by themselves.
pub const NEW_ATTEMPTS_AFTER_LOSS_MAX: u32 = 2;

/// The limits that an operator may set. Not part of a line: facts carry what they led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds that an action other than an approval may take.
    pub step_seconds_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { step_seconds_max: STEP_SECONDS_MAX_DEFAULT }
    }
}

/// Values that a path of a webhook's filter leads to at most.
pub const WEBHOOK_VALUES_MAX: usize = 1000;
