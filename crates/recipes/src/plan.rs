//! A plan: the steps that will run, in order, with everything a runner must know about each.
//! Where a plan comes from (which file, which branch) is said by those who make it; how a step is
//! kept in, timed and logged is left to the runners.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Steps that run one after another; the first that fails ends the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The steps in the order in which they run; never empty when a recipe made the plan.
    pub steps: Vec<Step>,
}

/// One step: a shell, the commands it is given, and its surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What people call it; shown in logs, not unique.
    pub name: String,
    /// The commands, one shell for all of them, so that a variable or a folder set by one holds
    /// for the next. The first that fails ends the step with its exit code. An item may have
    /// several lines.
    pub script: Vec<String>,
    /// Commands for a shell of their own after `script`, whether it succeeded or not, with
    /// `BITBUCKET_EXIT_CODE` set; they never change how the step ended.
    pub after_script: Vec<String>,
    /// `max-time` in seconds; where absent, the runner's own limit holds.
    pub max_seconds: Option<u32>,
    /// Variables of this step, in order; of two with one name the later holds.
    pub environment: Vec<(String, String)>,
    /// The deployment environment this step deploys to, by the name written in the recipe.
    pub deployment: Option<String>,
    /// Set where the step asked for an OpenID Connect token.
    pub oidc: Option<Oidc>,
    /// Set where variables of it are secrets: they are asked for when it begins, and never stand here.
    #[serde(default)]
    pub has_secrets: bool,
    /// How much of the source it gets.
    pub clone: CloneSettings,
}

/// What a step's own recipe says of the token that it asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oidc {
    /// For whom the token is to be, beside the workspace's own audience.
    pub audiences: Vec<String>,
}

/// How much of the source a step gets, as far as its recipe says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CloneSettings {
    /// Nothing at all: it begins in an empty folder.
    pub nothing: bool,
    /// How much of the history.
    pub depth: Option<Depth>,
    /// The files that git LFS keeps, in place of their pointers.
    pub lfs: bool,
}

/// How much of the history a clone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Depth {
    /// So many commits.
    Commits(NonZeroU32),
    /// All of it.
    Full,
}
