//! Which declarations make sense: everything about a pipeline's structure that its shapes alone
//! do not say.
//!
//! Lengths, patterns and required members are `wire`'s; who may use what is `identity`'s. All
//! violations are found, not only the first.

mod artifacts;
mod connection_source;
mod forks;
mod meaning;
mod providers;
mod references;
mod regions;
mod source_variables;
mod stages;
mod token_source;
mod triggers;
mod without_effect;

pub use regions::elsewhere;
pub use without_effect::{WithoutEffect, without_effect};

pub(crate) use connection_source::unusable_branch;
pub(crate) use providers::runs_steps;
pub use token_source::token as usable_token;

use domain::Arn;
use domain::pipeline::{
    ActionCategory, ActionDeclaration, ExecutionMode, PipelineDeclaration, PipelineType,
};
use std::collections::BTreeSet;
use std::fmt;

/// Something in a declaration that does not make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which of the API's exceptions it is.
    pub class: ViolationClass,
    /// Where, as the declaration's members name it: `stages[1].actions[0].inputArtifacts`.
    pub path: String,
    /// What is wrong there and what would be right.
    pub problem: String,
}

/// The API's exceptions for declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViolationClass {
    /// `InvalidStructureException`
    Structure,
    /// `InvalidStageDeclarationException`
    Stage,
    /// `InvalidActionDeclarationException`
    Action,
}

impl ViolationClass {
    /// The exception's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "InvalidStructureException",
            Self::Stage => "InvalidStageDeclarationException",
            Self::Action => "InvalidActionDeclarationException",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// All violations as one text. The class to answer with is that of the first.
pub fn sentence(violations: &[Violation]) -> String {
    violations.iter().map(Violation::to_string).collect::<Vec<_>>().join("; ")
}

/// Says everything in a declaration that does not make sense, what concerns the whole first.
pub fn validate(declaration: &PipelineDeclaration) -> Result<(), Vec<Violation>> {
    let mut found = Found(vec![]);
    check_role(&declaration.role_arn, ViolationClass::Structure, "roleArn", &mut found);
    check_type(declaration, &mut found);
    check_variables(declaration, &mut found);
    connection_source::check_defaults(declaration, &mut found);
    stages::check(declaration, &mut found);
    artifacts::check(declaration, &mut found);
    references::check(declaration, &mut found);
    triggers::check(declaration, &mut found);
    forks::check(declaration, &mut found);
    if found.0.is_empty() { Ok(()) } else { Err(found.0) }
}

/// Whether a source's artifact is a reference to clone, no files.
pub(crate) fn makes_clone_reference(action: &ActionDeclaration) -> bool {
    action.is_source() && action.setting("OutputArtifactFormat") == Some("CODEBUILD_CLONE_REF")
}

/// Whether running executions cannot go on under a new declaration: stages or actions differ in
/// what they mean. A default that is written out, or an empty list, means what nothing means.
pub fn structural_change(before: &PipelineDeclaration, after: &PipelineDeclaration) -> bool {
    meaning::of(&before.stages) != meaning::of(&after.stages)
}

/// The declared type; where none is declared, V2 if something needs it, else V1.
pub fn pipeline_type(declaration: &PipelineDeclaration) -> PipelineType {
    let needed = || match v2_features(declaration).is_empty() {
        true => PipelineType::V1,
        false => PipelineType::V2,
    };
    declaration.pipeline_type.unwrap_or_else(needed)
}

/// Violations as they are found.
struct Found(Vec<Violation>);

impl Found {
    fn add(&mut self, class: ViolationClass, path: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Violation { class, path: path.into(), problem: problem.into() });
    }

    fn structure(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.add(ViolationClass::Structure, path, problem);
    }

    fn stage(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.add(ViolationClass::Stage, path, problem);
    }

    fn action(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.add(ViolationClass::Action, path, problem);
    }
}

/// An action with where it stands and when it runs: stage by stage, in each by run order.
struct Placed<'a> {
    action: &'a ActionDeclaration,
    path: String,
    runs: (usize, u32),
}

fn placed(declaration: &PipelineDeclaration) -> impl Iterator<Item = Placed<'_>> {
    declaration.stages.iter().enumerate().flat_map(|(s, stage)| {
        stage.actions.iter().enumerate().map(move |(a, action)| Placed {
            action,
            path: format!("stages[{s}].actions[{a}]"),
            runs: (s, action.run_order()),
        })
    })
}

fn check_role(role: &str, class: ViolationClass, path: &str, found: &mut Found) {
    let arn = Arn::parse(role);
    let named = |arn: &Arn| arn.resource.strip_prefix("role/").is_some_and(|it| !it.is_empty());
    if !arn.is_some_and(|arn| arn.service == "iam" && named(&arn)) {
        found.add(class, path, "write a role's ARN, arn:aws:iam::ACCOUNT:role/NAME");
    }
}

fn check_type(declaration: &PipelineDeclaration, found: &mut Found) {
    let mode = declaration.execution_mode();
    if mode != ExecutionMode::Superseded {
        let problem = format!("execution mode {mode} is not supported yet; use SUPERSEDED");
        found.structure("executionMode", problem);
    }
    if declaration.pipeline_type == Some(PipelineType::V1) {
        for path in v2_features(declaration) {
            found.structure(path, "a pipeline of type V1 cannot have this; set pipelineType to V2");
        }
    }
}

/// The paths of what only pipelines of type V2 have (user guide, "Pipeline types").
fn v2_features(declaration: &PipelineDeclaration) -> Vec<String> {
    let mut paths = vec![];
    let mut feature = |there: bool, path: String| paths.extend(there.then_some(path));
    feature(!declaration.variables().is_empty(), "variables".to_owned());
    feature(!declaration.triggers().is_empty(), "triggers".to_owned());
    let mode = declaration.execution_mode();
    feature(mode != ExecutionMode::Superseded, "executionMode".to_owned());
    for (stage, s) in declaration.stages.iter().zip(0..) {
        feature(stage.before_entry.is_some(), format!("stages[{s}].beforeEntry"));
        feature(stage.on_success.is_some(), format!("stages[{s}].onSuccess"));
        feature(stage.on_failure.is_some(), format!("stages[{s}].onFailure"));
    }
    for Placed { action, path, .. } in placed(declaration) {
        let compute = action.action_type_id.category == ActionCategory::Compute;
        feature(compute, format!("{path}.actionTypeId"));
    }
    paths
}

fn check_variables(declaration: &PipelineDeclaration, found: &mut Found) {
    let mut names = BTreeSet::new();
    for (variable, at) in declaration.variables().iter().zip(0..) {
        if !names.insert(&variable.name) {
            let problem = format!("the variable {} is declared twice", variable.name);
            found.structure(format!("variables[{at}].name"), problem);
        }
    }
}

#[cfg(test)]
mod tests;
