//! What a declaration may say and nobody here acts upon: it stays as it is written, for the services
//! that do, and whoever writes it is told.

use super::{Placed, placed};
use domain::pipeline::{ActionDeclaration, PipelineDeclaration};

/// A member that changes nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutEffect {
    /// Where, as the declaration's members name it.
    pub path: String,
    /// What happens instead.
    pub instead: &'static str,
}

/// Where a step runs, which here is this server or one of its workers.
const COMPUTE: [&str; 5] =
    ["EnvironmentType", "ComputeType", "VpcId", "Subnets", "SecurityGroupIds"];

/// Everything in a declaration that has no effect.
pub fn without_effect(declaration: &PipelineDeclaration) -> Vec<WithoutEffect> {
    let mut all = vec![];
    let mut add = |path, instead| all.push(WithoutEffect { path, instead });
    let one = declaration.artifact_store.iter().map(|store| ("artifactStore".to_owned(), store));
    let several = declaration.artifact_stores.iter().flatten();
    let several = several.map(|(region, store)| (format!("artifactStores.{region}"), store));
    for (path, _) in one.chain(several).filter(|(_, store)| store.encryption_key.is_some()) {
        add(format!("{path}.encryptionKey"), "artifacts lie on the server's disk as they are");
    }
    for Placed { action, path, .. } in placed(declaration) {
        of_action(action, &path, &mut add);
    }
    all
}

fn of_action(action: &ActionDeclaration, path: &str, add: &mut impl FnMut(String, &'static str)) {
    for key in COMPUTE.iter().filter(|key| action.setting(key).is_some()) {
        add(format!("{path}.configuration.{key}"), "commands run on this server's machine");
    }
    if action.setting("NotificationArn").is_some() {
        let instead = "nobody is notified: the console and GetPipelineState show who is asked";
        add(format!("{path}.configuration.NotificationArn"), instead);
    }
    if action.timeout_in_minutes.is_some() && !action.is_approval() {
        let instead = "only an approval's counts; limits.step_seconds_max ends a step";
        add(format!("{path}.timeoutInMinutes"), instead);
    }
}
