//! Artifacts: where they lie, who makes them, who takes them.

use super::Found;
use domain::ArtifactName;
use domain::pipeline::PipelineDeclaration;
use std::collections::BTreeMap;

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    check_stores(declaration, found);
    let made = made(declaration, found);
    for (stage, s) in declaration.stages.iter().zip(0..) {
        for (action, a) in stage.actions.iter().zip(0..) {
            let now = (s, action.run_order());
            for (name, i) in action.inputs().zip(0..) {
                let path = format!("stages[{s}].actions[{a}].inputArtifacts[{i}].name");
                match made.get(name) {
                    Some(before) if *before < now => {}
                    Some(_) => found.action(
                        path,
                        format!("{name} is made only later; take it in a later stage or run order"),
                    ),
                    None => found.action(path, format!("no action makes the artifact {name}")),
                }
            }
        }
    }
}

fn check_stores(declaration: &PipelineDeclaration, found: &mut Found) {
    match (&declaration.artifact_store, &declaration.artifact_stores) {
        (Some(_), None) => {}
        (Some(_), Some(_)) => {
            found.structure("artifactStores", "write artifactStore or artifactStores, not both");
        }
        (None, None) => found.structure("artifactStore", "a pipeline needs a place for artifacts"),
        (None, Some(stores)) => {
            if stores.is_empty() {
                found.structure("artifactStores", "name at least one region's store");
            }
            for (stage, s) in declaration.stages.iter().zip(0..) {
                for (action, a) in stage.actions.iter().zip(0..) {
                    if let Some(region) =
                        action.region.as_ref().filter(|it| !stores.contains_key(it))
                    {
                        let path = format!("stages[{s}].actions[{a}].region");
                        found.action(path, format!("artifactStores has no store for {region}"));
                    }
                }
            }
        }
    }
}

/// Every artifact with the stage and run order in which it is made.
fn made(
    declaration: &PipelineDeclaration,
    found: &mut Found,
) -> BTreeMap<ArtifactName, (usize, u32)> {
    let mut made = BTreeMap::new();
    for (stage, s) in declaration.stages.iter().zip(0..) {
        for (action, a) in stage.actions.iter().zip(0..) {
            for (output, o) in action.outputs().iter().zip(0..) {
                if made.insert(output.name.clone(), (s, action.run_order())).is_some() {
                    let path = format!("stages[{s}].actions[{a}].outputArtifacts[{o}].name");
                    found.action(path, format!("another action makes {} too", output.name));
                }
            }
        }
    }
    made
}
