//! What an action can see when it begins: variables, namespaces, artifacts, its own settings.

use crate::attempt::{InputArtifact, Produced, Work};
use crate::execution::Execution;
use crate::limits::{APPROVAL_SECONDS_DEFAULT, RESOLVED_CONFIGURATION_BYTES_MAX};
use crate::line::Line;
use crate::step_tokens::StepTokens;
use crate::structure::{self, makes_clone_reference};
use crate::trigger::is_pattern;
use domain::forge_event::GitRef;
use domain::pipeline::{
    ActionDeclaration, EnvironmentVariable, PipelineDeclaration, StageDeclaration,
};
use domain::reason::Failure;
use domain::secret_reference::SecretVariable;
use domain::template::{Reference, Template};
use domain::{ArtifactName, ArtifactRef};

pub(super) struct Scope<'a> {
    pub(super) line: &'a Line,
    pub(super) execution: &'a Execution,
    pub(super) declaration: &'a PipelineDeclaration,
}

impl Scope<'_> {
    /// What is to be done for an action; beside it why it cannot be done, where it cannot. What
    /// could not be resolved then stands there as it was declared.
    pub(super) fn work(&self, action: &ActionDeclaration) -> (Work, Option<Failure>) {
        let mut work = self.declared_work(action);
        let failure = self.fill(&mut work, action).err();
        (work, failure)
    }

    fn declared_work(&self, action: &ActionDeclaration) -> Work {
        let role = action.role_arn.as_ref().unwrap_or(&self.declaration.role_arn);
        Work {
            action_type: action.action_type_id.clone(),
            configuration: action.configuration.clone().unwrap_or_default(),
            commands: action.commands().to_vec(),
            environment: Vec::new(),
            secrets: Vec::new(),
            inputs: vec![],
            outputs: action.outputs().to_vec(),
            output_variables: action.output_variables.clone().unwrap_or_default(),
            namespace: action.namespace.clone(),
            role_arn: role.clone(),
            region: action.region.clone(),
            timeout_seconds: self.timeout_seconds(action),
            revision: self.execution.wanted.get(&action.name).cloned(),
            tokens: self.tokens(action),
        }
    }

    fn tokens(&self, action: &ActionDeclaration) -> StepTokens {
        match action.is_source() {
            true => StepTokens::after(action, self.declaration),
            false => StepTokens::None,
        }
    }

    /// Only an approval's declared time-out counts, as the API's reference says.
    fn timeout_seconds(&self, action: &ActionDeclaration) -> u32 {
        if !action.is_approval() {
            return self.line.limits.step_seconds_max;
        }
        action.timeout_in_minutes.map_or(APPROVAL_SECONDS_DEFAULT, |it| it.saturating_mul(60))
    }

    fn fill(&self, work: &mut Work, action: &ActionDeclaration) -> Result<(), Failure> {
        self.check_is_for_fork(action)?;
        for name in action.inputs() {
            let (artifact, is_clone_reference) = (self.artifact(name)?, self.is_cloned(name));
            work.inputs.push(InputArtifact { name: name.clone(), artifact, is_clone_reference });
        }
        for (key, value) in &mut work.configuration {
            *value = self.resolve(value, || format!("configuration.{key}"))?;
        }
        for (at, command) in work.commands.iter_mut().enumerate() {
            *command = self.resolve(command, || format!("commands[{at}]"))?;
        }
        for variable in action.environment() {
            self.add_variable(work, variable)?;
        }
        check_size(work)?;
        check_branch(work, action)?;
        name_branch(work);
        Ok(())
    }

    /// A stranger's code is fetched, run by itself, and looked at by people; nothing else is done with it.
    fn check_is_for_fork(&self, action: &ActionDeclaration) -> Result<(), Failure> {
        let is_for_it = action.is_source() || action.is_approval() || structure::runs_steps(action);
        if is_for_it || self.execution.trigger.grants_identity() {
            return Ok(());
        }
        Err(Failure::WithheldFromFork { what: action.action_type_id.to_string() })
    }

    /// What names a secret is read before anything is put in its place: no variable can name one.
    fn add_variable(&self, work: &mut Work, declared: &EnvironmentVariable) -> Result<(), Failure> {
        let setting = || format!("environmentVariables.{}", declared.name);
        let secret = SecretVariable::read(declared).map_err(|misnamed| {
            Failure::ReferenceMalformed { setting: setting(), problem: misnamed.to_string() }
        })?;
        match secret {
            Some(_) if !self.execution.trigger.grants_identity() => {
                return Err(Failure::WithheldFromFork { what: setting() });
            }
            Some(secret) => {
                work.secrets.push(secret.changed(|text| self.resolve(text, setting))?);
            }
            None => {
                let value = self.resolve(&declared.value, setting)?;
                work.environment.push(EnvironmentVariable { value, ..declared.clone() });
            }
        }
        Ok(())
    }

    fn resolve(&self, text: &str, setting: impl Fn() -> String) -> Result<String, Failure> {
        let template = Template::parse(text).map_err(|error| Failure::ReferenceMalformed {
            setting: setting(),
            problem: error.to_string(),
        })?;
        let value = |reference: &Reference| self.value(reference);
        template
            .resolve(value)
            .map_err(|reference| Failure::VariableMissing { setting: setting(), reference })
    }

    fn value(&self, reference: &Reference) -> Option<&str> {
        match (reference.namespace.as_str(), reference.key.as_str()) {
            ("codepipeline", "PipelineExecutionId") => Some(self.execution.id.as_str()),
            ("codepipeline", _) => None,
            ("variables", key) => self.execution.variables.get(key).map(String::as_str),
            (namespace, key) => {
                let named = |it: &ActionDeclaration| it.namespace.as_deref() == Some(namespace);
                self.produced_by(named)?.variables.get(key).map(String::as_str)
            }
        }
    }

    fn artifact(&self, name: &ArtifactName) -> Result<ArtifactRef, Failure> {
        let makes = |it: &ActionDeclaration| it.outputs().iter().any(|made| made.name == *name);
        let produced = self.produced_by(makes);
        let artifact = produced.and_then(|produced| produced.outputs.get(name));
        artifact.cloned().ok_or_else(|| Failure::InputMissing { artifact: name.clone() })
    }

    /// Whether the action that makes the artifact makes a reference to clone.
    fn is_cloned(&self, name: &ArtifactName) -> bool {
        let mut actions = self.declaration.stages.iter().flat_map(|stage| &stage.actions);
        let maker = actions.find(|it| it.outputs().iter().any(|made| made.name == *name));
        maker.is_some_and(makes_clone_reference)
    }

    /// What the action that fits brought in this execution, where it has succeeded.
    fn produced_by(&self, fits: impl Fn(&ActionDeclaration) -> bool) -> Option<&Produced> {
        let with_action = |stage: &StageDeclaration| {
            let action = stage.actions.iter().find(|action| fits(action))?;
            Some((stage.name.clone(), action.name.clone()))
        };
        let (stage, action) = self.declaration.stages.iter().find_map(with_action)?;
        self.line.latest_attempt(&self.execution.id, &stage, &action)?.produced()
    }
}

fn check_size(work: &Work) -> Result<(), Failure> {
    let bytes = work.configuration.iter().map(|(key, value)| key.len() + value.len()).sum();
    let bytes_max = RESOLVED_CONFIGURATION_BYTES_MAX;
    let fits = bytes <= bytes_max;
    fits.then_some(()).ok_or(Failure::ConfigurationTooLarge { bytes, bytes_max })
}

/// A pattern says which pushes start the pipeline; it does not say what to fetch.
fn check_branch(work: &Work, action: &ActionDeclaration) -> Result<(), Failure> {
    let branch = work.configuration.get("BranchName").filter(|branch| is_pattern(branch));
    match branch {
        Some(pattern) if action.is_source() && work.revision.is_none() => {
            Err(Failure::BranchIsPattern { pattern: pattern.clone() })
        }
        _ => Ok(()),
    }
}

/// A commit that somebody named is taken as one of the configured branch.
fn name_branch(work: &mut Work) {
    let branch = work.tracked_branch().map(GitRef::branch);
    if let (Some(revision), Some(branch)) = (&mut work.revision, branch) {
        revision.git_ref.get_or_insert(branch);
    }
}
