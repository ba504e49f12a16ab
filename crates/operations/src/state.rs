//! `GetPipelineState`: the stages as executions meet them, with each action's latest execution.

use domain::pipeline::{ActionDeclaration, StageDeclaration};
use domain::reason::{Reason, say};
use domain::{ExecutionId, PipelineName};
use engine::line::{Line, LineHead, StageHead, Transition};
use engine::{Attempt, AttemptEnd, AttemptState, ExecutionStatus};
use std::collections::BTreeSet;
use store::{PipelineRow, Query, View, WebhookRow};
use wire::codepipeline as shapes;

use crate::awaited;
use crate::caller::Caller;
use crate::limits::WEBHOOKS_MAX;
use crate::pipelines::{arn, line, seen, tag_keys};
use crate::polling;
use crate::refusal;
use crate::service_role;
use crate::table::operation;

operation! {
    /// `codepipeline:GetPipelineState`.
    Get: shapes::GetPipelineStateInput => shapes::GetPipelineStateOutput;
    resource(caller, input) { arn(caller, &input.name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.name, view)) }
    wants(caller, input, view) {
        let mut wants = line(caller, &input.name).wants_of(view, shown);
        wants.push(PipelineRow::at(caller.account(), &input.name).into());
        wants.push(webhooks(caller, &input.name).into());
        wants.extend(awaited::wants(line(caller, &input.name).known_attempts(view, shown), view));
        wants
    }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, &input.name, view)?;
        let line = line(caller, &input.name).load_of(view, shown);
        let declaration = line.head.declaration();
        let declaration = declaration.ok_or_else(|| refusal::no_pipeline(caller.account(), &input.name))?;
        let stages = line.head.stages.iter().zip(&declaration.stages);
        let stage_states = stages.map(|(head, declared)| stage((&line, view), head, declared)).collect();
        let output = shapes::GetPipelineStateOutput {
            pipeline_name: input.name.clone(),
            pipeline_version: row.number as u32,
            stage_states,
            created: row.created.into(),
            updated: row.updated.into(),
            warnings: Some(warnings(caller, row, view)).filter(|it| !it.is_empty()),
        };
        Ok((changes, output))
    }
}

fn webhooks(caller: &Caller, pipeline: &PipelineName) -> Query {
    WebhookRow::of_pipeline(caller.account(), pipeline, WEBHOOKS_MAX)
}

/// What people should know of a pipeline that runs all the same.
fn warnings(caller: &Caller, row: &PipelineRow, view: &View) -> Vec<String> {
    let webhooks = view.list::<WebhookRow>(&webhooks(caller, &row.name));
    let sources = row.declaration.sources();
    let twice = sources.filter_map(|source| polling::warning(source, &webhooks));
    service_role::warning(row).into_iter().chain(twice).collect()
}

/// The executions that a state shows: who is in a stage, at its door, or was in it last.
pub fn shown(head: &LineHead) -> BTreeSet<ExecutionId> {
    let of_stage = |stage: &StageHead| {
        let latest = stage.latest.iter().map(|latest| latest.execution.clone());
        latest.chain(stage.occupant.clone()).chain(stage.waiting.clone()).collect::<Vec<_>>()
    };
    head.stages.iter().flat_map(of_stage).collect()
}

fn stage(
    (line, view): (&Line, &View),
    head: &StageHead,
    declared: &StageDeclaration,
) -> shapes::StageState {
    let latest = head.latest.as_ref().and_then(|latest| line.executions.get(&latest.execution));
    let run = latest.and_then(|execution| execution.stage(&head.name).map(|run| (execution, run)));
    let latest_execution = run.map(|(execution, run)| shapes::StageExecution {
        pipeline_execution_id: execution.id.clone(),
        status: status(execution.stage_status_word(run)),
        r#type: Some(shapes::ExecutionType::Standard),
    });
    let inbound = head.waiting.iter().map(|id| shapes::StageExecution {
        pipeline_execution_id: id.clone(),
        status: shapes::StageExecutionStatus::InProgress,
        r#type: Some(shapes::ExecutionType::Standard),
    });
    let inbound: Vec<_> = inbound.collect();
    let retries = run.map(|(_, run)| run.retries).filter(|retries| *retries > 0);
    shapes::StageState {
        stage_name: head.name.clone(),
        inbound_transition_state: transition(&head.transition),
        action_states: declared
            .actions
            .iter()
            .map(|action| action_state((line, view), head, action))
            .collect(),
        inbound_execution: inbound.first().cloned(),
        inbound_executions: (!inbound.is_empty()).then_some(inbound),
        latest_execution,
        retry_stage_metadata: retries.map(|retries| shapes::RetryStageMetadata {
            auto_stage_retry_attempt: None,
            manual_stage_retry_attempt: Some(retries),
            latest_retry_trigger: Some(shapes::RetryTrigger::ManualStageRetry),
        }),
    }
}

fn status(word: &str) -> shapes::StageExecutionStatus {
    use shapes::StageExecutionStatus as Status;
    match word {
        "Succeeded" => Status::Succeeded,
        "Failed" => Status::Failed,
        "Stopping" => Status::Stopping,
        "Stopped" => Status::Stopped,
        "Cancelled" => Status::Cancelled,
        "Skipped" => Status::Skipped,
        _ => Status::InProgress,
    }
}

fn transition(transition: &Transition) -> shapes::TransitionState {
    let mut state =
        shapes::TransitionState { enabled: transition.is_enabled(), ..Default::default() };
    match transition {
        Transition::Untouched => {}
        Transition::Enabled { by, at } => {
            state.last_changed_by = Some(by.clone());
            state.last_changed_at = Some((*at).into());
        }
        Transition::Disabled { by, at, comment } => {
            state.last_changed_by = Some(by.clone());
            state.last_changed_at = Some((*at).into());
            state.disabled_reason = Some(comment.clone());
        }
    }
    state
}

fn action_state(
    (line, view): (&Line, &View),
    head: &StageHead,
    action: &ActionDeclaration,
) -> shapes::ActionState {
    let latest = head.latest.as_ref();
    let attempt =
        latest.and_then(|it| line.latest_attempt(&it.execution, &head.name, &action.name));
    let revision =
        attempt.and_then(Attempt::produced).and_then(|produced| produced.revision.as_ref());
    shapes::ActionState {
        action_name: action.name.clone(),
        current_revision: revision.map(|revision| shapes::ActionRevision {
            revision_id: revision.commit.to_string(),
            revision_change_id: revision.commit.to_string(),
            created: revision.info.committed_at.unwrap_or_default().into(),
        }),
        latest_execution: attempt.map(|attempt| action_execution(attempt, view)),
        entity_url: None,
        revision_url: revision.and_then(|revision| revision.url.clone()),
    }
}

fn action_execution(attempt: &Attempt, view: &View) -> shapes::ActionExecution {
    let waits_for_person = matches!(attempt.state, AttemptState::Waiting(_));
    let token = attempt.token.as_ref().filter(|_| waits_for_person);
    let produced = attempt.produced();
    shapes::ActionExecution {
        action_execution_id: attempt.id.clone(),
        status: action_status(attempt),
        last_status_change: attempt.updated.into(),
        summary: summary(attempt, view),
        token: token.map(|token| token.as_str().to_owned()),
        last_updated_by: answered_by(attempt),
        external_execution_id: produced.and_then(|produced| produced.external_id.clone()),
        external_execution_url: produced.and_then(|produced| produced.external_url.clone()),
        percent_complete: None,
        error_details: error_details(attempt),
        log_stream_arn: None,
    }
}

/// The API's word for where an attempt stands.
pub fn action_status(attempt: &Attempt) -> shapes::ActionExecutionStatus {
    use shapes::ActionExecutionStatus as Status;
    match attempt.status_word() {
        "Succeeded" => Status::Succeeded,
        "Failed" => Status::Failed,
        "Abandoned" => Status::Abandoned,
        _ => Status::InProgress,
    }
}

/// Who approved or rejected: an ARN.
pub fn answered_by(attempt: &Attempt) -> Option<String> {
    match &attempt.state {
        AttemptState::Ended { end: AttemptEnd::Approved { by, .. }, .. } => Some(by.clone()),
        AttemptState::Ended {
            end: AttemptEnd::Failed(domain::reason::Failure::Rejected { by, .. }),
            ..
        } => Some(by.clone()),
        _ => None,
    }
}

/// What there is to say about an attempt: what it waits for, or how it ended.
pub fn summary(attempt: &Attempt, view: &View) -> Option<String> {
    match &attempt.state {
        AttemptState::Ended { end: AttemptEnd::Succeeded(produced), .. } => {
            produced.summary.clone()
        }
        AttemptState::Ended { end: AttemptEnd::Approved { summary, .. }, .. } => {
            Some(summary.clone()).filter(|it| !it.is_empty())
        }
        AttemptState::Ended {
            end: AttemptEnd::Failed(domain::reason::Failure::Rejected { summary, .. }),
            ..
        } => Some(summary.clone()).filter(|it| !it.is_empty()),
        _ => awaited::sentence(attempt, view)
            .or_else(|| attempt.wait().map(|wait| say(Reason::Wait(&wait)).text())),
    }
}

/// Why an attempt failed, as the API shows it.
pub fn error_details(attempt: &Attempt) -> Option<shapes::ErrorDetails> {
    let AttemptState::Ended { end, .. } = &attempt.state else { return None };
    let (code, message) = match end {
        AttemptEnd::Failed(failure) => {
            let said = say(Reason::Failure(failure));
            (failure_code(failure), said.text())
        }
        AttemptEnd::Lost => {
            ("JobFailed", "Lost: the process that performed it ended before it did.".to_owned())
        }
        AttemptEnd::Succeeded(_) | AttemptEnd::Approved { .. } | AttemptEnd::Abandoned(_) => {
            return None;
        }
    };
    let message = message.chars().take(5000).collect();
    Some(shapes::ErrorDetails { code: Some(code.to_owned()), message: Some(message) })
}

fn failure_code(failure: &domain::reason::Failure) -> &'static str {
    match failure {
        domain::reason::Failure::Reported { code, .. } => code.as_str(),
        _ => "JobFailed",
    }
}

/// How an execution ended or what it waits for, in words.
pub fn status_summary(execution: &engine::Execution) -> Option<String> {
    match &execution.status {
        ExecutionStatus::Ended(end) => Some(say(Reason::End(end)).text()),
        ExecutionStatus::Waiting(wait) => Some(say(Reason::Wait(wait)).text()),
        ExecutionStatus::InStage(_) | ExecutionStatus::BetweenStages => None,
    }
}
