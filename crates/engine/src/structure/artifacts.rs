//! Artifacts: where they lie, who makes them, who takes them.

use super::providers::runs_steps;
use super::{Found, Placed, makes_clone_reference, placed};
use domain::ArtifactName;
use domain::pipeline::PipelineDeclaration;
use std::collections::{BTreeMap, BTreeSet};

/// Every artifact with the stage and run order in which it is made.
type Made<'a> = BTreeMap<&'a ArtifactName, (usize, u32)>;

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    check_stores(declaration, found);
    let made = made(declaration, found);
    let references: BTreeSet<&ArtifactName> = declaration
        .sources()
        .filter(|source| makes_clone_reference(source))
        .flat_map(|source| source.outputs().iter().map(|output| &output.name))
        .collect();
    for action in placed(declaration) {
        check_inputs(&action, &made, found);
        check_clones(&action, &references, found);
    }
}

/// A reference to clone is no files: only what runs steps can make some of it.
fn check_clones(taker: &Placed<'_>, references: &BTreeSet<&ArtifactName>, found: &mut Found) {
    if runs_steps(taker.action) {
        return;
    }
    for (name, at) in taker.action.inputs().zip(0..).filter(|(name, _)| references.contains(name)) {
        let problem = format!(
            "{name} is a reference to clone, which only Commands and BitbucketPipelines can use; \
             set OutputArtifactFormat of its source to CODE_ZIP"
        );
        found.action(format!("{}.inputArtifacts[{at}].name", taker.path), problem);
    }
}

fn check_inputs(taker: &Placed<'_>, made: &Made<'_>, found: &mut Found) {
    for (name, at) in taker.action.inputs().zip(0..) {
        let problem = match made.get(name) {
            Some(before) if *before < taker.runs => continue,
            Some(_) => {
                format!("{name} is made only later; take it in a later stage or run order")
            }
            None => format!("no action makes the artifact {name}"),
        };
        found.action(format!("{}.inputArtifacts[{at}].name", taker.path), problem);
    }
}

/// Where two actions make one artifact, the first one counts.
fn made<'a>(declaration: &'a PipelineDeclaration, found: &mut Found) -> Made<'a> {
    let mut made = Made::new();
    for Placed { action, path, runs } in placed(declaration) {
        for (output, at) in action.outputs().iter().zip(0..) {
            if made.contains_key(&output.name) {
                let problem = format!("another action makes {} too", output.name);
                found.action(format!("{path}.outputArtifacts[{at}].name"), problem);
            }
            made.entry(&output.name).or_insert(runs);
        }
    }
    made
}

fn check_stores(declaration: &PipelineDeclaration, found: &mut Found) {
    let stores = match (&declaration.artifact_store, &declaration.artifact_stores) {
        (Some(_), None) => return,
        (None, Some(stores)) => stores,
        (Some(_), Some(_)) => {
            let problem = "write artifactStore or artifactStores, not both";
            return found.structure("artifactStores", problem);
        }
        (None, None) => {
            return found.structure("artifactStore", "a pipeline needs a place for artifacts");
        }
    };
    if stores.is_empty() {
        found.structure("artifactStores", "name at least one region's store");
    }
    for Placed { action, path, .. } in placed(declaration) {
        if let Some(region) = action.region.as_ref().filter(|it| !stores.contains_key(it)) {
            let problem = format!("artifactStores has no store for {region}");
            found.action(format!("{path}.region"), problem);
        }
    }
}
