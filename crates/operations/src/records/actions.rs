//! Action executions: which attempts are listed, each a row of its own. What is told of one is
//! `detail.rs`.

use std::collections::BTreeSet;

use domain::ExecutionId;
use store::{
    ArtifactRow, AttemptRow, ExecutionRow, PipelineRow, PipelineVersionRow, Query, View, Want,
};
use wire::codepipeline as shapes;

use super::detail::Told;
use super::{artifacts, execution_key, seen_execution};
use crate::awaited;
use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::pipelines::{arn, seen, version_key};
use crate::refusal::Refused;
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
        let executions: Vec<&ExecutionId> = match execution_of(input) {
            Some(id) => {
                wants.push(execution_key(caller, &input.pipeline_name, id).into());
                vec![id]
            }
            None => {
                let query = looked_at(caller, input, after);
                wants.push(query.clone().into());
                view.known_list::<ExecutionRow>(&query).iter().map(|row| &row.execution).collect()
            }
        };
        wants.extend(wants_actions(caller, input, &executions, view));
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
            own.sort_by_key(|row| std::cmp::Reverse((row.doc.began, row.attempt, row.doc.id.clone())));
            if only_latest(input) {
                let mut newer = BTreeSet::new();
                own.retain(|row| newer.insert((&row.stage, &row.action)));
            }
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
            let declared = view.row::<PipelineVersionRow>(version_key(caller, &row.pipeline, row.doc.version));
            let stage = declared.and_then(|it| it.declaration.stage(&row.stage));
            Told {
                attempt: &row.doc,
                declared: stage.and_then(|stage| stage.action(&row.action)),
                made: view.list::<ArtifactRow>(&artifacts(caller, &input.pipeline_name, &row.execution)),
                region: &caller.region,
                view,
            }
            .detail()
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

/// Whether of each action only the newest attempt is asked for (API reference, "StartTimeRange").
fn only_latest(input: &shapes::ListActionExecutionsInput) -> bool {
    let latest = input.filter.as_ref().and_then(|it| it.latest_in_pipeline_execution.as_ref());
    latest.is_some_and(|it| it.start_time_range == shapes::StartTimeRange::Latest)
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

/// The attempts, what they made, and the versions in which their actions were declared.
fn wants_actions(
    caller: &Caller,
    input: &shapes::ListActionExecutionsInput,
    executions: &[&ExecutionId],
    view: &View,
) -> Vec<Want> {
    let (pipeline, mut wants, mut versions) = (&input.pipeline_name, Vec::new(), BTreeSet::new());
    for id in executions {
        let attempts = attempts(caller, input, id);
        let known = view.known_list::<AttemptRow>(&attempts);
        versions.extend(known.iter().map(|it| it.doc.version));
        wants.extend(awaited::wants(known.iter().map(|it| &it.doc), view));
        wants.extend([attempts.into(), artifacts(caller, pipeline, id).into()]);
    }
    wants.extend(versions.into_iter().map(|it| Want::from(version_key(caller, pipeline, it))));
    wants
}
