//! The list of pipelines, one pipeline, and a list of executions.

use super::picture::{self, Run, passenger};
use super::words::{of_execution, of_stage, status};
use super::{LoadError, Shelf, timeline};
use crate::href::Href;
use crate::limits::{EXECUTIONS_RECENT, EXECUTIONS_SHOWN, PIPELINES_SHOWN};
use crate::moment::{Moment, Span};
use crate::view::Frame;
use crate::view::pipelines::{Dot, ExecutionLine, Executions, Pipeline, PipelineLine, Pipelines};
use domain::{ExecutionId, PipelineName};
use engine::Attempt;
use operations::awaited;
use std::collections::{BTreeMap, BTreeSet};
use store::{AttemptRow, ExecutionRow, LineRow, PipelineRow};

impl Shelf<'_> {
    /// The pipelines by name, those after `after`.
    pub async fn pipelines(&self, frame: Frame, after: &str) -> Result<Pipelines, LoadError> {
        let page = PipelineRow::of_account(self.account, &after.into(), PIPELINES_SHOWN);
        let rows: Vec<PipelineRow> = self.store.list(page).await?;
        let newest =
            rows.iter().map(|row| ExecutionRow::of_pipeline(self.account, &row.name, None, 1));
        let newest: Vec<Vec<ExecutionRow>> = self.lists(newest.collect()).await?;
        let runs = self.runs(newest.into_iter().flatten().collect()).await?;
        let run =
            |row: &PipelineRow| runs.iter().find(|(name, _)| *name == row.name).map(|(_, run)| run);
        let pipelines = rows.iter().map(|row| line(row, run(row))).collect();
        let full = rows.len() as i64 == PIPELINES_SHOWN;
        let last = rows.last().filter(|_| full).map(|row| row.name.as_str());
        Ok(Pipelines {
            frame,
            pipelines,
            more: last.map(|name| Href::inside(&[""]).with("after", name)),
        })
    }

    /// One pipeline as it stands.
    pub async fn pipeline(&self, frame: Frame, name: &PipelineName) -> Result<Pipeline, LoadError> {
        let row = self.store.get::<PipelineRow>(PipelineRow::at(self.account, name)).await?;
        let row = row.ok_or_else(|| self.no_pipeline(name))?;
        let line = self.store.get::<LineRow>(LineRow::at(self.account, name)).await?;
        let head = line.map(|line| line.head);
        let stages = head.as_ref().map(|head| head.stages.as_slice()).unwrap_or_default();
        let inside = stages.iter().flat_map(|stage| {
            let latest = stage.latest.as_ref().map(|latest| &latest.execution);
            stage.occupant.iter().chain(&stage.waiting).chain(latest)
        });
        let live = head.iter().flat_map(|head| head.live.keys());
        let shown: BTreeSet<ExecutionId> = inside.chain(live).cloned().collect();
        let runs = self.runs_of(name, shown).await?;
        let (executions, _) = self.execution_lines(name, None, EXECUTIONS_RECENT).await?;
        let declaration = &row.declaration;
        Ok(Pipeline {
            frame,
            name: name.to_string(),
            version: u32::try_from(row.number).unwrap_or(u32::MAX),
            kind: declaration.pipeline_type.unwrap_or_default().to_string(),
            mode: declaration.execution_mode().to_string(),
            stages: picture::of_pipeline(declaration, stages, &runs),
            approvals: runs.values().flat_map(|run| picture::approvals(name, run)).collect(),
            executions,
            all: Href::inside(&["pipelines", name.as_str(), "executions"]),
        })
    }

    /// A pipeline's executions, newest first, those numbered below `before`.
    pub async fn executions(
        &self,
        frame: Frame,
        name: &PipelineName,
        before: Option<i64>,
    ) -> Result<Executions, LoadError> {
        let (executions, last) = self.execution_lines(name, before, EXECUTIONS_SHOWN).await?;
        let href = Href::inside(&["pipelines", name.as_str()]);
        let here = Href::inside(&["pipelines", name.as_str(), "executions"]);
        let full = executions.len() as i64 == EXECUTIONS_SHOWN;
        let older = last.filter(|_| full).map(|number| here.with("before", &number.to_string()));
        Ok(Executions { frame, pipeline: name.to_string(), href, executions, older })
    }

    async fn execution_lines(
        &self,
        name: &PipelineName,
        before: Option<i64>,
        limit: i64,
    ) -> Result<(Vec<ExecutionLine>, Option<i64>), LoadError> {
        let page = ExecutionRow::of_pipeline(self.account, name, before, limit);
        let rows: Vec<ExecutionRow> = self.store.list(page).await?;
        let last = rows.last().map(|row| row.number);
        let runs = self.runs(rows).await?;
        Ok((runs.iter().map(|(name, run)| execution_line(name, run)).collect(), last))
    }

    /// The executions with the attempts of those that are not over: only they say more of how
    /// the execution stands than it says itself.
    async fn runs(&self, rows: Vec<ExecutionRow>) -> Result<Vec<(PipelineName, Run)>, LoadError> {
        let live: Vec<_> = rows.iter().filter(|row| !row.doc.is_ended()).collect();
        let queries = live
            .iter()
            .map(|row| AttemptRow::of_execution(self.account, &row.pipeline, &row.execution));
        let attempts: Vec<Vec<AttemptRow>> = self.lists(queries.collect()).await?;
        let ids: Vec<ExecutionId> = live.iter().map(|row| row.execution.clone()).collect();
        let mut attempts: BTreeMap<_, _> = ids.into_iter().zip(attempts).collect();
        let run = |row: ExecutionRow| {
            let attempts = attempts.remove(&row.execution).unwrap_or_default();
            let (attempts, awaited) = (docs(attempts), BTreeMap::new());
            (row.pipeline, Run { execution: row.doc, attempts, awaited })
        };
        Ok(rows.into_iter().map(run).collect())
    }

    /// These executions of one pipeline with all their attempts.
    async fn runs_of(
        &self,
        pipeline: &PipelineName,
        ids: BTreeSet<ExecutionId>,
    ) -> Result<BTreeMap<ExecutionId, Run>, LoadError> {
        let queries = ids.iter().map(|id| AttemptRow::of_execution(self.account, pipeline, id));
        let attempts: Vec<Vec<AttemptRow>> = self.lists(queries.collect()).await?;
        let mut runs = BTreeMap::new();
        for (id, attempts) in ids.into_iter().zip(attempts) {
            let key = ExecutionRow::at(self.account, pipeline, &id);
            if let Some(row) = self.store.get::<ExecutionRow>(key).await? {
                let attempts = docs(attempts);
                let awaited = awaited::look(self.store, &attempts).await?;
                runs.insert(id, Run { execution: row.doc, attempts, awaited });
            }
        }
        Ok(runs)
    }

    pub(crate) fn no_pipeline(&self, name: &PipelineName) -> LoadError {
        let account = self.account;
        LoadError::Unknown(format!("There is no pipeline “{name}” in account {account}."))
    }
}

/// The engine's part of the rows.
pub(crate) fn docs(rows: Vec<AttemptRow>) -> Vec<Attempt> {
    rows.into_iter().map(|row| row.doc).collect()
}

fn line(row: &PipelineRow, run: Option<&Run>) -> PipelineLine {
    let attempts = run.map(Run::attempts).unwrap_or_default();
    let dot = |stage: &domain::pipeline::StageDeclaration| {
        let stands =
            |run: &Run| of_stage(&run.execution, run.execution.stage(&stage.name), &attempts);
        let status = run.map_or_else(|| status("NotStarted"), stands);
        Dot { name: stage.name.to_string(), tone: status.tone, word: status.word }
    };
    let stands = |run: &Run| of_execution(&run.execution, &attempts);
    PipelineLine {
        name: row.name.to_string(),
        href: Href::inside(&["pipelines", row.name.as_str()]),
        status: run.map_or_else(|| status("NotStarted"), stands),
        stages: row.declaration.stages.iter().map(dot).collect(),
        latest: run.map(|run| passenger(&row.name, &run.execution)),
        started: run.map(|run| Moment(run.execution.started)),
        took: run.and_then(took),
    }
}

fn execution_line(pipeline: &PipelineName, run: &Run) -> ExecutionLine {
    ExecutionLine {
        who: passenger(pipeline, &run.execution),
        status: of_execution(&run.execution, &run.attempts()),
        trigger: Some(timeline::of_trigger(&run.execution.trigger)),
        started: Moment(run.execution.started),
        took: took(run),
    }
}

/// How long an execution took, if it has ended.
pub(crate) fn took(run: &Run) -> Option<Span> {
    let execution = &run.execution;
    execution.is_ended().then(|| Span::between(execution.started, execution.updated))
}
