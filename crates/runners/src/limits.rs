//! Every limit of a run, by the name under which people set it and see it.

use recipes::bitbucket::FILE_NAME;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An output variable and its value together, in bytes, over all variables of an action
/// (CodePipeline's quota: 122,880 bytes for all output variables of an action).
pub const OUTPUT_VARIABLES_BYTES_MAX: u64 = 122_880;
/// Variables in a step's environment; bubblewrap takes 9,000 arguments, three a variable.
pub const ENVIRONMENT_COUNT_MAX: usize = 2000;
/// A piece of output without a line's end is shown after this long, milliseconds.
pub const PARTIAL_LINE_MILLIS: i64 = 100;
/// How often the limits that nobody tells us about are looked at, milliseconds.
pub const LOOK_MILLIS: i64 = 100;
/// How long bubblewrap may take until a step's network is there, milliseconds.
pub const NETWORK_MILLIS: i64 = 5000;
/// Processes that a step may still begin when it is found at its limit: those that keep it in are
/// counted with it, and not every one of them by the kernel.
pub const CENSUS_SPARE: u64 = 2;
/// How long a step that was ended may take to be gone, milliseconds.
pub const KILL_MILLIS: i64 = 5000;

/// Where a step must end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds a step may take where it names no limit of its own.
    pub step_seconds_max: u32,
    /// Bytes of memory, its `/tmp` included.
    pub step_memory_bytes_max: u64,
    /// Processes and threads alive at once.
    pub step_processes_max: u32,
    /// Hundredths of one CPU; all of them where absent.
    pub step_cpu_percent_max: Option<u32>,
    /// Bytes that a step may print.
    pub step_log_bytes_max: u64,
    /// Bytes in its workspace and home; also what one file may have.
    pub step_workspace_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            step_seconds_max: 3300,
            step_memory_bytes_max: 4 << 30,
            step_processes_max: 1024,
            step_cpu_percent_max: None,
            step_log_bytes_max: 64 << 20,
            step_workspace_bytes_max: 10 << 30,
        }
    }
}

/// A limit at which a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// `limits.step_seconds_max`.
    StepSeconds,
    /// The step's own `max-time`, in its recipe.
    MaxTime,
    /// `limits.step_memory_bytes_max`.
    StepMemoryBytes,
    /// `limits.step_processes_max`.
    StepProcesses,
    /// `limits.step_log_bytes_max`.
    StepLogBytes,
    /// `limits.step_workspace_bytes_max`.
    StepWorkspaceBytes,
}

impl Limit {
    /// The name under which it is set.
    pub fn name(self) -> &'static str {
        match self {
            Self::StepSeconds => "limits.step_seconds_max",
            Self::MaxTime => "max-time",
            Self::StepMemoryBytes => "limits.step_memory_bytes_max",
            Self::StepProcesses => "limits.step_processes_max",
            Self::StepLogBytes => "limits.step_log_bytes_max",
            Self::StepWorkspaceBytes => "limits.step_workspace_bytes_max",
        }
    }
}

impl Limit {
    /// Name and value as they are written where they are set: people look for them there.
    pub fn said(self, value: u64) -> String {
        match (self, value / 60, value % 60) {
            (Self::MaxTime, 1, 0) => format!("{self}: 1 minute, {FILE_NAME}"),
            (Self::MaxTime, minutes, 0) => format!("{self}: {minutes} minutes, {FILE_NAME}"),
            (Self::MaxTime, ..) => format!("{self}: {value} seconds, {FILE_NAME}"),
            _ => format!("{self} = {value}"),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
