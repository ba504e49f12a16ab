//! Stages as they are meant, so that two declarations can be compared that say the same in
//! different words: clients write defaults out, or read a pipeline and send it back filled in.

use domain::pipeline::{ActionDeclaration, EnvironmentVariable, OutputArtifact, StageDeclaration};

/// The same stages without what says no more than its absence.
pub(super) fn of(stages: &[StageDeclaration]) -> Vec<StageDeclaration> {
    let meant = |stage: &StageDeclaration| StageDeclaration {
        actions: stage.actions.iter().map(action).collect(),
        blockers: some(&stage.blockers),
        ..stage.clone()
    };
    stages.iter().map(meant).collect()
}

fn action(declared: &ActionDeclaration) -> ActionDeclaration {
    ActionDeclaration {
        run_order: Some(declared.run_order()),
        configuration: some(&declared.configuration),
        commands: some(&declared.commands),
        output_artifacts: some(&each(&declared.output_artifacts, output)),
        input_artifacts: some(&declared.input_artifacts),
        output_variables: some(&declared.output_variables),
        environment_variables: some(&each(&declared.environment_variables, variable)),
        ..declared.clone()
    }
}

fn output(declared: &OutputArtifact) -> OutputArtifact {
    OutputArtifact { files: some(&declared.files), ..declared.clone() }
}

fn variable(declared: &EnvironmentVariable) -> EnvironmentVariable {
    EnvironmentVariable { r#type: some(&declared.r#type), ..declared.clone() }
}

fn each<T>(declared: &Option<Vec<T>>, meant: impl Fn(&T) -> T) -> Option<Vec<T>> {
    declared.as_ref().map(|all| all.iter().map(meant).collect())
}

/// `None` for the default, which absence stands for.
fn some<T: Clone + Default + PartialEq>(declared: &Option<T>) -> Option<T> {
    declared.clone().filter(|value| *value != T::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(action: serde_json::Value) -> Vec<StageDeclaration> {
        let mut declared = serde_json::json!({
            "name": "Build",
            "actionTypeId": {
                "category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1" },
        });
        let members = declared.as_object_mut().expect("an object");
        members.extend(action.as_object().expect("an object").clone());
        let stage = serde_json::json!({ "name": "Build", "actions": [declared] });
        vec![serde_json::from_value(stage).expect("a stage")]
    }

    #[test]
    fn a_default_that_is_written_out_means_what_nothing_means() {
        let plain = of(&stage(serde_json::json!({})));
        for same in [
            serde_json::json!({ "runOrder": 1 }),
            serde_json::json!({ "configuration": {}, "inputArtifacts": [], "commands": [] }),
            serde_json::json!({ "outputVariables": [], "environmentVariables": [] }),
        ] {
            assert_eq!(of(&stage(same.clone())), plain, "{same}");
        }
        for other in [
            serde_json::json!({ "runOrder": 2 }),
            serde_json::json!({ "configuration": { "A": "" } }),
            serde_json::json!({ "commands": ["true"] }),
            serde_json::json!({ "timeoutInMinutes": 5 }),
        ] {
            assert_ne!(of(&stage(other.clone())), plain, "{other}");
        }
    }

    #[test]
    fn so_it_is_within_an_artifact_and_a_variable() {
        let bare = serde_json::json!({
            "outputArtifacts": [{ "name": "Out" }],
            "environmentVariables": [{ "name": "A", "value": "b" }] });
        let filled = serde_json::json!({
            "outputArtifacts": [{ "name": "Out", "files": [] }],
            "environmentVariables": [{ "name": "A", "value": "b", "type": "PLAINTEXT" }] });
        assert_eq!(of(&stage(bare)), of(&stage(filled)));
    }
}
