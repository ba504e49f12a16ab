//! What facts about the pipeline change.

use crate::line::{LineHead, StageHead};
use domain::StageName;
use domain::pipeline::PipelineDeclaration;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Stages keep what they know where a stage of the same name was there before.
pub(super) fn declare(head: &mut LineHead, declaration: &Arc<PipelineDeclaration>) {
    if std::mem::take(&mut head.deleted) {
        head.stages.clear();
        head.declarations.clear();
    }
    let mut before = std::mem::take(&mut head.stages);
    let known = |name: &StageName, before: &mut Vec<StageHead>| {
        let at = before.iter().position(|stage| stage.name == *name)?;
        Some(before.swap_remove(at))
    };
    let fresh = |name: &StageName| StageHead {
        name: name.clone(),
        transition: Default::default(),
        occupant: None,
        waiting: None,
        latest: None,
    };
    head.stages = declaration
        .stages
        .iter()
        .map(|stage| known(&stage.name, &mut before).unwrap_or_else(|| fresh(&stage.name)))
        .collect();
    head.version = declaration.version.unwrap_or(head.version + 1);
    head.declarations.insert(head.version, Arc::clone(declaration));
    forget_versions(head);
}

/// A declaration is kept while it is current, while an execution runs it, and while it may be
/// needed to retry a stage of the execution that was there last.
pub(super) fn forget_versions(head: &mut LineHead) {
    let latest = head.stages.iter().filter_map(|stage| stage.latest.as_ref());
    let mut used: BTreeSet<u32> = latest.map(|latest| latest.version).collect();
    used.extend(head.live.values());
    used.insert(head.version);
    head.declarations.retain(|version, _| used.contains(version));
}
