//! The log of an action's attempt, read by byte offset; a reader that follows asks on from
//! `nextOffset`.

use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::{ActionName, ExecutionId, PipelineName, StageName};

shapes! { "camelCase";
    /// Asks for a piece of a log.
    GetActionLogInput {
        /// The pipeline.
        pipeline_name: PipelineName,
        /// The execution.
        pipeline_execution_id: ExecutionId,
        /// The stage.
        stage_name: StageName,
        /// The action.
        action_name: ActionName,
    } optional {
        /// Which attempt, from 1; the latest where absent.
        attempt: u32,
        /// The byte to begin at; 0 where absent.
        offset: u64,
    }

    /// A piece of a log, at most 1 MiB.
    GetActionLogOutput {
        /// Which attempt this is of.
        attempt: u32,
        /// The lines from the offset on.
        lines: Vec<LogLine>,
        /// Where to ask on.
        next_offset: u64,
        /// Whether the attempt has ended and nothing more will come.
        ended: bool,
    } optional {}

    /// One line of output.
    LogLine {
        /// When it was read from the process.
        at: Moment,
        /// Where it came from.
        stream: LogStream,
        /// The line without its end, secrets masked; a gap in the log is a line that says so.
        text: String,
    } optional {}
}

words! {
    /// Where a line of a log came from.
    LogStream { Stdout = "stdout", Stderr = "stderr", Notice = "notice" }
}
