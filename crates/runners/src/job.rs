//! A job: everything a runner must know, as one self-contained value that can travel.

use crate::Limits;
use domain::{ActionExecutionId, ArtifactName, ArtifactRef};
use recipes::plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One attempt's work. It holds no secret: those to be masked come beside it, and those that a step
/// may have are handed out by other means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The attempt; its log has this name.
    pub attempt: ActionExecutionId,
    /// The fence: every result and log append carries it.
    pub epoch: u64,
    /// The steps, one after another. Each starts from the inputs anew: nothing that one leaves in
    /// its workspace, its home or `/tmp` is there for the next.
    pub plan: Plan,
    /// What its reader is told before the first step, a line each: what a recipe says and is not
    /// followed, with its place there.
    pub notices: Vec<String>,
    /// Variables for every step, beneath the step's own.
    pub environment: Vec<(String, String)>,
    /// What is unpacked before a step. The first is the workspace, where commands start; each
    /// further one lies in a folder of its own. Without any, the workspace is empty.
    pub inputs: Vec<Input>,
    /// What is packed after the last step, if it succeeded.
    pub outputs: Vec<Output>,
    /// Variables whose values are read from the last step's shell after its last command.
    pub output_variables: Vec<String>,
    /// Where the steps must end.
    pub limits: Limits,
    /// Which network the steps see.
    pub network: Network,
}

/// An artifact that steps get, a zip file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name in the pipeline.
    pub name: ArtifactName,
    /// Its content.
    pub artifact: ArtifactRef,
    /// The content for some steps, by their place in the plan, where it is another one.
    pub of_steps: BTreeMap<usize, ArtifactRef>,
    /// The variables that tell steps in which folder it lies (`CODEBUILD_SRC_DIR`,
    /// `BITBUCKET_CLONE_DIR`, …).
    pub variables: Vec<String>,
}

impl Input {
    /// What the step at this place in the plan gets.
    pub fn of_step(&self, index: usize) -> &ArtifactRef {
        self.of_steps.get(&index).unwrap_or(&self.artifact)
    }
}

/// An artifact that steps make, a zip file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name in the pipeline.
    pub name: ArtifactName,
    /// Which files of the workspace: globs with `*`, `**` and `?`; a folder stands for all in it.
    /// None at all stands for the whole workspace.
    pub files: Vec<String>,
}

/// Which network a step sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The host's own, its loopback included.
    #[default]
    Host,
    /// None but a loopback of its own.
    None,
}
