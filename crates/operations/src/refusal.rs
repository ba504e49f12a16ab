//! The one table from each room's refusal to what AWS clients read.

use domain::{AccountId, PipelineName};
use engine::{Refused as Engine, ViolationClass};
use identity::Denial;
use wire::error::AwsError;

/// The caller asked for something we do not do.
pub type Refused = AwsError;

/// The principal may not: 403.
pub fn denied(denial: &Denial) -> Refused {
    AwsError::access_denied(denial.to_string())
}

/// What the model's constraints let through and cannot be meant (CodeConnections).
pub fn invalid_input(message: impl Into<String>) -> Refused {
    AwsError::refused("InvalidInputException", message)
}

/// A page token that was not given out, where the operation declares no class of its own for it.
pub fn undeclared_token(refused: Refused) -> Refused {
    AwsError::validation(refused.message)
}

/// No pipeline of this name, in moto's words.
pub fn no_pipeline(account: &AccountId, name: &PipelineName) -> Refused {
    let message = format!("Account '{account}' does not have a pipeline with name '{name}'");
    AwsError::refused("PipelineNotFoundException", message)
}

/// What the engine refuses, as a class that the operation declares (aws.md §1.1). `operation` is
/// the API's name for what was asked.
pub fn engine(
    operation: &str,
    account: &AccountId,
    name: &PipelineName,
    refused: Engine,
) -> Refused {
    let code = match (&refused, operation) {
        (Engine::PipelineUnknown, "UpdatePipeline") => {
            let message = no_pipeline(account, name).message;
            return AwsError::refused("InvalidStructureException", message);
        }
        (Engine::PipelineUnknown, _) => return no_pipeline(account, name),
        (Engine::PipelineExists, _) => return name_in_use(account, name),
        (Engine::Structure(violations), _) => {
            let class = violations.iter().map(|violation| violation.class).min();
            class.unwrap_or(ViolationClass::Structure).as_str()
        }
        (Engine::ExecutionUnknown { .. }, "StopPipelineExecution") => {
            "PipelineExecutionNotStoppableException"
        }
        (Engine::ExecutionUnknown { .. }, "RetryStageExecution") => "StageNotRetryableException",
        (Engine::ExecutionUnknown { .. }, _) => "PipelineExecutionNotFoundException",
        (Engine::NotStoppable { .. }, _) => "PipelineExecutionNotStoppableException",
        (Engine::StopRepeated { .. }, _) => "DuplicatedStopRequestException",
        (Engine::StageUnknown { .. }, _) => "StageNotFoundException",
        (Engine::ActionUnknown { .. }, _) => "ActionNotFoundException",
        (Engine::TokenWrong | Engine::ApprovalOver { .. }, _) => "InvalidApprovalTokenException",
        (Engine::ApprovalCompleted, _) => "ApprovalAlreadyCompletedException",
        (Engine::NotRetryable { .. }, _) => "StageNotRetryableException",
        (Engine::NotLatest { .. }, _) => "NotLatestPipelineExecutionException",
        (Engine::AlreadyStarted { .. } | Engine::Stale { .. }, _) => "ConflictException",
        (
            Engine::VariableMissing { .. }
            | Engine::VariableUnknown { .. }
            | Engine::VariableLength { .. }
            | Engine::BranchUnusable { .. }
            | Engine::RevisionUnusable { .. },
            _,
        ) => "ValidationException",
    };
    AwsError::refused(code, refused.to_string())
}

fn name_in_use(account: &AccountId, name: &PipelineName) -> Refused {
    let message =
        format!("A pipeline with the name '{name}' already exists in account '{account}'");
    AwsError::refused("PipelineNameInUseException", message)
}
