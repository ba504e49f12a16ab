//! An execution comes into being: its variables, and the revisions its sources are to take.

use super::{Decision, door};
use crate::event::{Refused, Start};
use crate::fact::{ExecutionStarted, FactKind};
use crate::limits::VARIABLE_CHARACTERS_MAX;
use crate::structure;
use domain::pipeline::{PipelineDeclaration, PipelineType};
use domain::reason::Cause;
use domain::revision::{
    PushTrigger, RevisionType, Seen, SourceRevisionOverride, Trigger, WantedRevision,
};
use domain::{ActionName, CommitSha};
use std::collections::BTreeMap;

pub(super) fn start(decision: &mut Decision, start: &Start) -> Result<(), Refused> {
    let declaration = decision.line.head.declaration().cloned().ok_or(Refused::PipelineUnknown)?;
    let execution = start.execution.clone();
    if decision.line.executions.contains_key(&execution) {
        return Err(Refused::AlreadyStarted { execution });
    }
    let variables = variables(&declaration, &start.variables)?;
    if !start.variables.is_empty() {
        check_branches(&declaration, &variables)?;
    }
    let wanted = wanted(&declaration, start)?;
    let trigger = start.trigger.clone();
    let (execution, cause) = (start.execution.clone(), cause(&trigger));
    let started = ExecutionStarted { execution, trigger, variables, wanted };
    let because = decision.note(cause, FactKind::ExecutionStarted(Box::new(started)));
    if let Some(first) = declaration.stages.first() {
        door::arrive(decision, &start.execution, &first.name, because);
    }
    Ok(())
}

fn cause(trigger: &Trigger) -> Cause {
    match trigger {
        Trigger::CreatePipeline { by } | Trigger::StartPipelineExecution { by } => {
            Cause::Asked(by.clone())
        }
        Trigger::WebhookV2(push) => match &push.seen {
            Seen::Delivery(delivery) => Cause::Delivery(delivery.clone()),
            Seen::Reconciled => Cause::Reconciled,
        },
    }
}

/// Given values, else defaults.
fn variables(
    declaration: &PipelineDeclaration,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refused> {
    let declared = declaration.variables();
    for (name, value) in given {
        let (variable, characters) = (name.clone(), value.chars().count());
        if !declared.iter().any(|variable| variable.name == *name) {
            return Err(Refused::VariableUnknown { variable });
        }
        if !(1..=VARIABLE_CHARACTERS_MAX).contains(&characters) {
            return Err(Refused::VariableLength { variable, characters });
        }
    }
    let value = |name: &String, default: &Option<String>| {
        let value = given.get(name).or(default.as_ref()).cloned();
        value.ok_or_else(|| Refused::VariableMissing { variable: name.clone() })
    };
    let pairs =
        declared.iter().map(|it| Ok((it.name.clone(), value(&it.name, &it.default_value)?)));
    pairs.collect()
}

/// Values that somebody gave make a branch of what was checked with its defaults when it was declared.
fn check_branches(
    declaration: &PipelineDeclaration,
    variables: &BTreeMap<String, String>,
) -> Result<(), Refused> {
    let value = |name: &str| variables.get(name).map(String::as_str);
    for source in declaration.sources() {
        if let Some((branch, problem)) = structure::unusable_branch(source, value) {
            return Err(Refused::BranchUnusable { action: source.name.clone(), branch, problem });
        }
    }
    Ok(())
}

/// What was pushed, and over it what the caller asks for.
fn wanted(
    declaration: &PipelineDeclaration,
    start: &Start,
) -> Result<BTreeMap<ActionName, WantedRevision>, Refused> {
    let mut wanted = BTreeMap::new();
    if let Trigger::WebhookV2(PushTrigger { source_action, git_ref, commit, .. }) = &start.trigger {
        check_source(declaration, source_action)?;
        let revision = WantedRevision { commit: commit.clone(), git_ref: Some(git_ref.clone()) };
        wanted.insert(source_action.clone(), revision);
    }
    for (it, at) in start.revisions.iter().zip(0..) {
        let commit = asked_commit(declaration, it)?;
        if start.revisions[..at].iter().any(|earlier| earlier.action_name == it.action_name) {
            let problem = "the action is named twice; name one revision for it";
            return Err(Refused::RevisionUnusable { action: it.action_name.clone(), problem });
        }
        wanted.insert(it.action_name.clone(), WantedRevision { commit, git_ref: None });
    }
    Ok(wanted)
}

fn check_source(declaration: &PipelineDeclaration, action: &ActionName) -> Result<(), Refused> {
    if declaration.sources().any(|source| source.name == *action) {
        return Ok(());
    }
    let problem = "the first stage has no source action of this name";
    Err(Refused::RevisionUnusable { action: action.clone(), problem })
}

fn asked_commit(
    declaration: &PipelineDeclaration,
    asked: &SourceRevisionOverride,
) -> Result<CommitSha, Refused> {
    check_source(declaration, &asked.action_name)?;
    let commit = CommitSha::new(asked.revision_value.as_str());
    let problem = if structure::pipeline_type(declaration) == PipelineType::V1 {
        "only pipelines of type V2 take source revisions; set pipelineType to V2"
    } else if asked.revision_type != RevisionType::CommitId {
        "a source by connection takes revisionType COMMIT_ID"
    } else if !commit.is_valid() {
        "revisionValue must be a whole commit id, 40 (or 64) lower-case hex digits"
    } else {
        return Ok(commit);
    };
    Err(Refused::RevisionUnusable { action: asked.action_name.clone(), problem })
}
