//! One execution: its picture, its timeline, its artifacts and the log that is open.

use super::log::LogReader;
use super::picture::{self, Run, execution_href, log_href, revision, writes_log};
use super::pipelines::{docs, took};
use super::words::{of_execution, why};
use super::{LoadError, Shelf, timeline};
use crate::href::Href;
use crate::limits::FACTS_SHOWN;
use crate::moment::Moment;
use crate::view::Frame;
use crate::view::Why;
use crate::view::execution::{Artifact, Execution};
use crate::view::log::{Log, OtherLog};
use blobs::Blobs;
use domain::pipeline::PipelineDeclaration;
use domain::reason::Reason;
use domain::{ExecutionId, PipelineName};
use engine::{Attempt, ExecutionStatus};
use operations::awaited;
use store::{ArtifactRow, AttemptRow, ExecutionRow, FactRow, PipelineVersionRow};

impl Shelf<'_> {
    /// One execution; `wanted` names the log to open (`Stage/Action/2`), else the newest is. Its
    /// lines are left to [`read_log`].
    pub async fn execution(
        &self,
        frame: Frame,
        pipeline: &PipelineName,
        id: &ExecutionId,
        wanted: Option<&str>,
    ) -> Result<Execution, LoadError> {
        let run = self.run(pipeline, id).await?;
        let declaration = self.declaration(pipeline, run.execution.version).await?;
        let facts = FactRow::of_execution(self.account, pipeline, id, 0, FACTS_SHOWN);
        let facts: Vec<FactRow> = self.store.list(facts).await?;
        let facts: Vec<_> = facts.into_iter().map(|row| row.fact).collect();
        let artifacts = ArtifactRow::of_execution(self.account, pipeline, id);
        let artifacts: Vec<ArtifactRow> = self.store.list(artifacts).await?;
        let of = &run.execution;
        Ok(Execution {
            frame,
            pipeline: pipeline.to_string(),
            pipeline_href: Href::inside(&["pipelines", pipeline.as_str()]),
            id: id.to_string(),
            status: of_execution(of, &run.attempts()),
            why: stands_why(&of.status),
            trigger: Some(timeline::of_trigger(&of.trigger)),
            version: of.version,
            started: Moment(of.started),
            ended: of.is_ended().then_some(Moment(of.updated)),
            took: took(&run),
            revisions: of.known_revisions().iter().map(revision).collect(),
            stages: declaration.map(|it| picture::of_run(&it, &run)).unwrap_or_default(),
            approvals: picture::approvals(pipeline, &run),
            timeline: timeline::of_facts(&facts, of.started),
            artifacts: artifacts.iter().map(artifact).collect(),
            log: log(pipeline, &run, wanted),
        })
    }

    /// One execution with all its attempts.
    pub async fn run(&self, pipeline: &PipelineName, id: &ExecutionId) -> Result<Run, LoadError> {
        let key = ExecutionRow::at(self.account, pipeline, id);
        let row = self.store.get::<ExecutionRow>(key).await?;
        let unknown = || format!("The pipeline “{pipeline}” has no execution {id}.");
        let row = row.ok_or_else(|| LoadError::Unknown(unknown()))?;
        let attempts = AttemptRow::of_execution(self.account, pipeline, id);
        let attempts: Vec<Attempt> = docs(self.store.list(attempts).await?);
        let awaited = awaited::look(self.store, &attempts).await?;
        Ok(Run { execution: row.doc, attempts, awaited })
    }

    /// The declaration of a version; `None` where retention has taken it away.
    async fn declaration(
        &self,
        pipeline: &PipelineName,
        version: u32,
    ) -> Result<Option<PipelineDeclaration>, LoadError> {
        let key = PipelineVersionRow::at(self.account, pipeline, &i64::from(version));
        let row = self.store.get::<PipelineVersionRow>(key).await?;
        Ok(row.map(|row| row.declaration))
    }
}

/// The log to open, still without lines.
fn log(pipeline: &PipelineName, run: &Run, wanted: Option<&str>) -> Option<Log> {
    let logs: Vec<_> = run.attempts.iter().filter(|it| writes_log(it)).collect();
    let named = |it: &&&Attempt| wanted.is_some_and(|name| log_name(it) == name);
    let chosen = *logs.iter().find(named).or_else(|| logs.iter().max_by_key(|it| it.began))?;
    Some(Log {
        attempt_id: chosen.id.to_string(),
        stage: chosen.of.stage.to_string(),
        action: chosen.of.action.to_string(),
        attempt: chosen.of.attempt,
        live: chosen.is_live(),
        others: logs.iter().map(|it| other(pipeline, it, it.of == chosen.of)).collect(),
        lines: Vec::new(),
        skipped: 0,
        whole: whole(pipeline, chosen),
    })
}

/// Fills in the lines of a log from its beginning, and says where it goes on.
pub fn read_log(blobs: &Blobs, log: &mut Log) -> std::io::Result<LogReader> {
    let mut reader = LogReader::new(log.attempt_id.as_str().into());
    let mut end = reader.read(blobs)?;
    if !log.live {
        end.lines.extend(reader.finish());
    }
    (log.lines, log.skipped) = (end.lines, end.skipped);
    Ok(reader)
}

/// `Build/Test/2`: how an address names a log.
pub fn log_name(attempt: &Attempt) -> String {
    format!("{}/{}/{}", attempt.of.stage, attempt.of.action, attempt.of.attempt)
}

fn whole(pipeline: &PipelineName, attempt: &Attempt) -> Href {
    let id = attempt.of.execution.as_str();
    let page = Href::inside(&["pipelines", pipeline.as_str(), "executions", id, "log"]);
    page.with("log", &log_name(attempt))
}

fn other(pipeline: &PipelineName, attempt: &Attempt, open: bool) -> OtherLog {
    let of = &attempt.of;
    let number = if of.attempt > 1 { format!(" #{}", of.attempt) } else { String::new() };
    let name = format!("{} / {}{number}", of.stage, of.action);
    OtherLog { name, href: log_href(pipeline, attempt), open }
}

/// The reason in where an execution stands; success needs none.
fn stands_why(status: &ExecutionStatus) -> Option<Why> {
    match status {
        ExecutionStatus::Waiting(wait) => Some(why(Reason::Wait(wait))),
        ExecutionStatus::Ended(domain::reason::End::Succeeded) => None,
        ExecutionStatus::Ended(end) => Some(why(Reason::End(end))),
        ExecutionStatus::BetweenStages | ExecutionStatus::InStage(_) => None,
    }
}

fn artifact(row: &ArtifactRow) -> Artifact {
    let page = execution_href(&row.pipeline, &row.execution);
    let path =
        [row.stage.as_str(), row.action.as_str(), &row.attempt.to_string(), row.name.as_str()];
    let href = path.iter().fold(page.below("artifacts"), |href, segment| href.below(segment));
    Artifact {
        name: row.name.to_string(),
        made_by: format!("{} / {}", row.stage, row.action),
        size: row.artifact.size,
        digest: row.artifact.digest.to_string(),
        href: Some(href),
    }
}
