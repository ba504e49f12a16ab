//! Action executions: every attempt a row of its own.

use domain::ExecutionId;
use engine::{Attempt, InputArtifact, Work};
use store::{ArtifactRow, AttemptRow, ExecutionRow, PipelineRow, Query};
use wire::codepipeline as shapes;

use super::{artifacts, execution_key, seen_execution};
use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::pipelines::{arn, seen};
use crate::refusal::Refused;
use crate::state::{action_status, error_details, summary};
use crate::table::operation;

const LIST_ACTIONS: &str = "codepipeline:ListActionExecutions";

/// Executions whose actions one call looks through; the next page goes on behind them.
const EXECUTIONS_LOOKED_AT: i64 = 50;

/// Where a page ended: behind which attempt of which execution, counted as the pipeline does.
#[derive(Clone, Default)]
struct Place {
    execution: i64,
    /// Empty where the page ended before the execution.
    attempt: String,
}

impl Place {
    fn text(&self) -> String {
        format!("{} {}", self.execution, self.attempt)
    }

    fn read(text: &str) -> Option<Self> {
        let (execution, attempt) = text.split_once(' ')?;
        Some(Self { execution: execution.parse().ok()?, attempt: attempt.to_owned() })
    }
}

operation! {
    /// `codepipeline:ListActionExecutions`: of the newest execution first, the newest attempt first,
    /// every attempt a row of its own.
    ListActions: shapes::ListActionExecutionsInput => shapes::ListActionExecutionsOutput;
    resource(caller, input) { arn(caller, &input.pipeline_name) }
    wants(caller, input, view) {
        let mut wants = vec![PipelineRow::at(caller.account(), &input.pipeline_name).into()];
        let Ok(after) = after(caller, input) else { return wants };
        match execution_of(input) {
            Some(id) => {
                wants.push(execution_key(caller, &input.pipeline_name, id).into());
                wants.push(attempts(caller, input, id).into());
                wants.push(artifacts(caller, &input.pipeline_name, id).into());
            }
            None => {
                let query = looked_at(caller, input, after);
                wants.push(query.clone().into());
                for row in view.known_list::<ExecutionRow>(&query) {
                    wants.push(attempts(caller, input, &row.execution).into());
                    wants.push(artifacts(caller, &input.pipeline_name, &row.execution).into());
                }
            }
        }
        wants
    }
    decide(caller, input, view, _, changes) {
        let after = after(caller, input)?;
        seen(caller, &input.pipeline_name, view)?;
        let executions: Vec<(i64, ExecutionId)> = match execution_of(input) {
            Some(id) => vec![(0, seen_execution(caller, &input.pipeline_name, id, view)?.id.clone())],
            None => {
                let rows = view.list::<ExecutionRow>(&looked_at(caller, input, after.clone()));
                rows.iter().map(|row| (row.number, row.execution.clone())).collect()
            }
        };
        let mut rows: Vec<(i64, &AttemptRow)> = Vec::new();
        for (number, id) in &executions {
            let mut own = view.list::<AttemptRow>(&attempts(caller, input, id));
            own.sort_by_key(|row| std::cmp::Reverse((row.doc.began, row.doc.id.clone())));
            rows.extend(own.into_iter().map(|row| (*number, row)));
        }
        let begin = after.and_then(|after| rows.iter().position(|(_, row)| row.doc.id.as_str() == after.attempt));
        let rows = rows.split_off(begin.map_or(0, |at| at + 1));
        let size = page::size(input.max_results, LIST_MAX);
        let filter = filter(input);
        let place = |(execution, row): &(i64, &AttemptRow)| Place { execution: *execution, attempt: row.doc.id.to_string() };
        let (rows, next) = page::cut(caller, LIST_ACTIONS, &filter, rows, size, |row| place(row).text());
        let older = executions.last().filter(|_| executions.len() as i64 == EXECUTIONS_LOOKED_AT);
        let older = older.map(|(number, _)| Place { execution: number - 1, ..Place::default() });
        let next_token = next.or_else(|| Some(page::token(caller, LIST_ACTIONS, &filter, &older?.text())));
        let detail = |(_, row): (i64, &AttemptRow)| {
            let made = view.list::<ArtifactRow>(&artifacts(caller, &input.pipeline_name, &row.execution));
            action_detail(&row.doc, &made)
        };
        let action_execution_details = rows.into_iter().map(detail).collect();
        Ok((changes, shapes::ListActionExecutionsOutput { action_execution_details, next_token }))
    }
}

fn filter(input: &shapes::ListActionExecutionsInput) -> String {
    format!("{} {:?}", input.pipeline_name, input.filter)
}

fn after(
    caller: &Caller,
    input: &shapes::ListActionExecutionsInput,
) -> Result<Option<Place>, Refused> {
    let cursor = page::cursor(caller, LIST_ACTIONS, &filter(input), input.next_token.as_ref())?;
    Ok(cursor.and_then(|text| Place::read(&text)))
}

fn execution_of(input: &shapes::ListActionExecutionsInput) -> Option<&ExecutionId> {
    let filter = input.filter.as_ref()?;
    let latest = filter.latest_in_pipeline_execution.as_ref().map(|it| &it.pipeline_execution_id);
    filter.pipeline_execution_id.as_ref().or(latest)
}

fn looked_at(
    caller: &Caller,
    input: &shapes::ListActionExecutionsInput,
    after: Option<Place>,
) -> Query {
    let before = after.map(|after| after.execution + 1);
    ExecutionRow::of_pipeline(caller.account(), &input.pipeline_name, before, EXECUTIONS_LOOKED_AT)
}

fn attempts(caller: &Caller, input: &shapes::ListActionExecutionsInput, id: &ExecutionId) -> Query {
    AttemptRow::of_execution(caller.account(), &input.pipeline_name, id)
}

fn action_detail(attempt: &Attempt, made: &[&ArtifactRow]) -> shapes::ActionExecutionDetail {
    shapes::ActionExecutionDetail {
        pipeline_execution_id: attempt.of.execution.clone(),
        action_execution_id: attempt.id.clone(),
        pipeline_version: attempt.version,
        stage_name: attempt.of.stage.clone(),
        action_name: attempt.of.action.clone(),
        start_time: attempt.began.into(),
        last_update_time: attempt.updated.into(),
        status: action_status(attempt),
        input: input(&attempt.work, made),
        output: output(attempt, made),
        updated_by: None,
    }
}

fn input(work: &Work, made: &[&ArtifactRow]) -> shapes::ActionExecutionInput {
    let artifact = |input: &InputArtifact| {
        let same = |row: &&&ArtifactRow| row.name == input.name && row.artifact == input.artifact;
        let location = made.iter().find(same).map(|row| location(row));
        shapes::ArtifactDetail { name: input.name.clone(), s3location: location }
    };
    shapes::ActionExecutionInput {
        action_type_id: work.action_type.clone(),
        configuration: work.configuration.clone(),
        resolved_configuration: work.configuration.clone(),
        input_artifacts: work.inputs.iter().map(artifact).collect(),
        role_arn: Some(work.role_arn.clone()),
        region: work.region.clone(),
        namespace: work.namespace.clone(),
    }
}

fn output(attempt: &Attempt, made: &[&ArtifactRow]) -> shapes::ActionExecutionOutput {
    let produced = attempt.produced();
    let own = |row: &&&ArtifactRow| {
        let of = &attempt.of;
        (&row.stage, &row.action, row.attempt) == (&of.stage, &of.action, of.attempt)
    };
    let artifact = |row: &&ArtifactRow| shapes::ArtifactDetail {
        name: row.name.clone(),
        s3location: Some(location(row)),
    };
    let result = shapes::ActionExecutionResult {
        external_execution_id: produced.and_then(|it| it.external_id.clone()),
        external_execution_summary: summary(attempt),
        external_execution_url: produced.and_then(|it| it.external_url.clone()),
        error_details: error_details(attempt),
        log_stream_arn: None,
    };
    shapes::ActionExecutionOutput {
        output_artifacts: made.iter().filter(own).map(artifact).collect(),
        output_variables: produced.map(|it| it.variables.clone()).unwrap_or_default(),
        execution_result: Some(result),
    }
}

fn location(row: &ArtifactRow) -> shapes::S3Location {
    shapes::S3Location { bucket: row.bucket.to_string(), key: row.object_key.clone() }
}
