//! A server is one region: what a declaration wants to have done in another is nowhere to be done.

use super::{Found, Placed, Violation, placed};
use domain::Region;
use domain::pipeline::PipelineDeclaration;

/// Everything in a declaration that names another region than `own`.
pub fn elsewhere(declaration: &PipelineDeclaration, own: &Region) -> Vec<Violation> {
    let mut found = Found(vec![]);
    for region in declaration.artifact_stores.iter().flatten().map(|(region, _)| region) {
        if region != own {
            let problem = format!(
                "this server is region {own}, and actions in other regions are not here: keep the store \
                 of {own} alone"
            );
            found.structure(format!("artifactStores.{region}"), problem);
        }
    }
    for Placed { action, path, .. } in placed(declaration) {
        if let Some(region) = action.region.as_ref().filter(|region| *region != own) {
            let problem = format!(
                "{region} is another region than this server's, {own}, and actions in other regions are \
                 not here: leave region out, or write {own}"
            );
            found.action(format!("{path}.region"), problem);
        }
    }
    found.0
}
