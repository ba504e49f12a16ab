//! A pipeline comes, changes and goes.

use super::{Decision, stop};
use crate::event::Refused;
use crate::fact::FactKind;
use crate::structure;
use domain::pipeline::PipelineDeclaration;
use domain::reason::{Cancellation, Cause, FactId};
use std::sync::Arc;

pub(super) fn create(
    decision: &mut Decision,
    declaration: &Arc<PipelineDeclaration>,
    by: &str,
) -> Result<(), Refused> {
    if decision.line.head.declaration().is_some() {
        return Err(Refused::PipelineExists);
    }
    declare(decision, declaration, 1, by)?;
    Ok(())
}

/// Running executions go on, on the version they began with, unless stages or actions changed.
pub(super) fn update(
    decision: &mut Decision,
    declaration: &Arc<PipelineDeclaration>,
    by: &str,
) -> Result<(), Refused> {
    let before = decision.line.head.declaration().cloned().ok_or(Refused::PipelineUnknown)?;
    let version = decision.line.head.version + 1;
    let declared = declare(decision, declaration, version, by)?;
    if structure::structural_change(&before, declaration) {
        cancel_all(decision, &Cancellation::StructureUpdated { version }, declared);
    }
    Ok(())
}

pub(super) fn delete(decision: &mut Decision, by: &str) -> Result<(), Refused> {
    decision.line.head.declaration().ok_or(Refused::PipelineUnknown)?;
    let deleted = decision.note(Cause::Asked(by.to_owned()), FactKind::PipelineDeleted);
    cancel_all(decision, &Cancellation::PipelineDeleted, deleted);
    Ok(())
}

fn declare(
    decision: &mut Decision,
    declaration: &Arc<PipelineDeclaration>,
    version: u32,
    by: &str,
) -> Result<FactId, Refused> {
    structure::validate(declaration).map_err(Refused::Structure)?;
    let mut declaration = PipelineDeclaration::clone(declaration);
    declaration.version = Some(version);
    let kind = FactKind::PipelineDeclared { declaration: Arc::new(declaration) };
    Ok(decision.note(Cause::Asked(by.to_owned()), kind))
}

fn cancel_all(decision: &mut Decision, why: &Cancellation, because: FactId) {
    let live: Vec<_> = decision.line.head.live.keys().cloned().collect();
    for execution in live {
        stop::cancel(decision, &execution, why, because);
    }
}
