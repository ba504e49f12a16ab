//! `towpath logs`: what the actions of an execution wrote. The answer is the log alone; which
//! action wrote it is said beside it.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;
use domain::{ActionName, ExecutionId, PipelineName, StageName};
use serde_json::Value;
use wire::Service;
use wire::codepipeline::{
    GetPipelineExecutionInput, GetPipelineExecutionOutput, PipelineExecutionStatus as Status,
};
use wire::towpath::{GetActionLogInput, GetActionLogOutput, LogLine};

use super::executions::{actions, latest};
use super::table::{coloured, text};
use super::{Client, Folder, Output};
use crate::limits::FOLLOW_PAUSE;

/// Flags of `logs`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// The pipeline's name
    pipeline: String,
    /// The execution [default: the newest]
    #[arg(long, value_name = "ID")]
    execution: Option<String>,
    /// Only the actions of this stage
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// Only this action
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
    /// This attempt, from 1 [default: the latest of each action]
    #[arg(long, value_name = "N", requires = "action", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// Go on until the execution has ended
    #[arg(long, short)]
    follow: bool,
    /// When each line was read
    #[arg(long)]
    timestamps: bool,
}

/// Which log: of a stage's action.
type Which = (StageName, ActionName);

/// How far a log was read.
#[derive(Default)]
struct Place {
    attempt: u32,
    offset: u64,
}

/// One execution, and what was read of it.
struct Reader<'a> {
    client: &'a Client,
    flags: &'a Arguments,
    pipeline: PipelineName,
    execution: ExecutionId,
    /// Every attempt that was read, by the order in which the actions began.
    places: BTreeMap<Which, Place>,
    /// Whose lines were written last.
    last: Option<(Which, u32)>,
}

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, no action fits the flags, or the output is closed.
pub async fn run(flags: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&flags.folder)?;
    let pipeline = PipelineName::new(&flags.pipeline);
    let execution = match &flags.execution {
        Some(id) => ExecutionId::new(id),
        None => latest(&client, &pipeline).await?,
    };
    let (places, last) = (BTreeMap::new(), None);
    Reader { client: &client, flags: &flags, pipeline, execution, places, last }.read(out).await
}

impl Reader<'_> {
    async fn read(mut self, out: &mut Output<'_>) -> Result<()> {
        loop {
            // Asked before the logs: what is written until the end is then read after it.
            let ended = self.has_ended().await?;
            self.read_once(out).await?;
            if ended || !self.flags.follow {
                break;
            }
            tokio::time::sleep(FOLLOW_PAUSE).await;
        }
        match &self.last {
            Some(_) => Ok(()),
            None if self.places.is_empty() => {
                let rows = actions(self.client, &self.pipeline, &self.execution).await?;
                bail!(nothing_fits(&self.execution, &rows))
            }
            None => Ok(out.say(&format!("{} has written nothing", self.execution))?),
        }
    }

    /// Everything that is there and was not read.
    async fn read_once(&mut self, out: &mut Output<'_>) -> Result<()> {
        let rows = actions(self.client, &self.pipeline, &self.execution).await?;
        for (which, attempts) in self.chosen(&rows) {
            let attempt = self.flags.attempt.unwrap_or(attempts);
            if attempt > attempts {
                continue;
            }
            let mut place = self.places.remove(&which).unwrap_or_default();
            if place.attempt != attempt {
                place = Place { attempt, offset: 0 };
            }
            let read = self.drain(&which, &mut place, out).await;
            self.places.insert(which, place);
            read?;
        }
        Ok(())
    }

    /// The actions that the flags choose, in the order in which they began, with the number of
    /// their attempts: every attempt is a row of the list.
    fn chosen(&self, rows: &[Value]) -> Vec<(Which, u32)> {
        let fits = |flag: &Option<String>, name: &str| flag.as_ref().is_none_or(|it| it == name);
        let mut found: Vec<(Which, u32)> = Vec::new();
        for row in rows {
            let name = |member: &str| row[member].as_str().unwrap_or_default();
            let (stage, action) = (name("stageName"), name("actionName"));
            if !fits(&self.flags.stage, stage) || !fits(&self.flags.action, action) {
                continue;
            }
            let which = (stage.into(), action.into());
            match found.iter_mut().find(|(it, _)| *it == which) {
                Some((_, attempts)) => *attempts += 1,
                None => found.push((which, 1)),
            }
        }
        found
    }

    /// Reads one log from its place on, until nothing more comes.
    async fn drain(
        &mut self,
        which: &Which,
        place: &mut Place,
        out: &mut Output<'_>,
    ) -> Result<()> {
        loop {
            let piece = self.ask(which, place).await?;
            if !piece.lines.is_empty() {
                self.write_heading(which, place.attempt, out)?;
                piece.lines.iter().try_for_each(|line| self.write(line, out))?;
            }
            if piece.next_offset <= place.offset {
                return Ok(());
            }
            place.offset = piece.next_offset;
        }
    }

    async fn ask(&self, which: &Which, place: &Place) -> Result<GetActionLogOutput> {
        let (stage_name, action_name) = which.clone();
        let input = GetActionLogInput {
            pipeline_name: self.pipeline.clone(),
            pipeline_execution_id: self.execution.clone(),
            stage_name,
            action_name,
            attempt: Some(place.attempt),
            offset: Some(place.offset),
        };
        Ok(self.client.call(Service::Towpath, "GetActionLog", &input).await?)
    }

    fn write_heading(&mut self, which: &Which, attempt: u32, out: &mut Output<'_>) -> Result<()> {
        let now = Some((which.clone(), attempt));
        if self.last != now {
            let (stage, action) = which;
            out.say(&format!("== {stage} / {action}, attempt {attempt}"))?;
            self.last = now;
        }
        Ok(())
    }

    /// A line as the step wrote it, its colours too; the console gives the very bytes.
    fn write(&self, line: &LogLine, out: &mut Output<'_>) -> Result<()> {
        let at = self.flags.timestamps.then(|| format!("{} ", line.at.0.rfc3339()));
        let line = coloured(line.text.trim_end_matches('\r'));
        Ok(out.line(&format!("{}{line}", at.unwrap_or_default()))?)
    }

    async fn has_ended(&self) -> Result<bool> {
        let (pipeline_name, pipeline_execution_id) =
            (self.pipeline.clone(), self.execution.clone());
        let input = GetPipelineExecutionInput { pipeline_name, pipeline_execution_id };
        let found: GetPipelineExecutionOutput =
            self.client.call(Service::CodePipeline, "GetPipelineExecution", &input).await?;
        Ok(!matches!(found.pipeline_execution.status, Status::InProgress | Status::Stopping))
    }
}

/// What there would be to read instead.
fn nothing_fits(execution: &ExecutionId, rows: &[Value]) -> String {
    let mut begun: Vec<String> = Vec::new();
    for row in rows {
        let name = format!("{}/{}", text(row, "stageName"), text(row, "actionName"));
        if !begun.contains(&name) {
            begun.push(name);
        }
    }
    match begun.is_empty() {
        true => format!("no action of {execution} has begun yet; --follow waits for them"),
        false => {
            format!("no such action of {execution} has begun; these have: {}", begun.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::environment::Server;
    use clap::Parser;
    use domain::Secret;
    use serde_json::json;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Arguments,
    }

    fn chosen(flags: &str) -> Vec<(String, u32)> {
        let words = ["logs", "first"].into_iter().chain(flags.split_whitespace());
        let flags = Line::try_parse_from(words).expect("parses").flags;
        let address = "http://127.0.0.1:7700".to_owned();
        let (region, access_key) = ("us-east-1".to_owned(), "AKIA".to_owned());
        let client = Client::of(&Server {
            address,
            region,
            access_key,
            secret: Secret::new("s"),
            session_token: None,
        });
        let client = &client.expect("a client");
        let (pipeline, execution) = ("first".into(), "e".into());
        let (places, last) = (BTreeMap::new(), None);
        let reader = Reader { client, flags: &flags, pipeline, execution, places, last };
        let rows = ["Source/Fetch", "Build/Test", "Build/Lint", "Build/Test"].map(|row| {
            let (stage, action) = row.split_once('/').expect("two names");
            json!({ "stageName": stage, "actionName": action })
        });
        let name =
            |((stage, action), attempts): (Which, u32)| (format!("{stage}/{action}"), attempts);
        reader.chosen(&rows).into_iter().map(name).collect()
    }

    #[test]
    fn flags_choose_among_the_actions_and_attempts_are_counted() {
        fn check(flags: &str, expect: &[(&str, u32)]) {
            let expect: Vec<_> = expect.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
            assert_eq!(chosen(flags), expect, "{flags}");
        }
        check("", &[("Source/Fetch", 1), ("Build/Test", 2), ("Build/Lint", 1)]);
        check("--stage Build", &[("Build/Test", 2), ("Build/Lint", 1)]);
        check("--stage Build --action Lint", &[("Build/Lint", 1)]);
        check("--action Nothing", &[]);
    }

    #[test]
    fn who_asks_for_an_action_that_is_not_there_is_told_which_are() {
        let row = |stage: &str, action: &str| json!({ "stageName": stage, "actionName": action });
        let rows = [row("Source", "Fetch"), row("Build", "Test"), row("Build", "Test")];
        let told = nothing_fits(&"e1".into(), &rows);
        assert!(told.ends_with("these have: Source/Fetch, Build/Test"), "{told}");
        assert!(nothing_fits(&"e1".into(), &[]).contains("--follow"));
    }
}
