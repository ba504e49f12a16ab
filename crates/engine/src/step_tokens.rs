//! Whether steps of a pipeline get tokens of who they are, as far as its declaration says it: what is
//! asked for such tokens alone is not asked where there are none.

use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use serde::{Deserialize, Serialize};

/// What a source action knows of the tokens that steps after it may get.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepTokens {
    /// No step gets one.
    #[default]
    None,
    /// One asks for it, or may once its variables have values.
    Asked,
    /// Files of the source's own say it, each by its name; `None` for the name that they have where
    /// nobody says another.
    InFiles(Vec<Option<String>>),
}

impl StepTokens {
    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Those after a source action of a pipeline.
    pub(crate) fn after(source: &ActionDeclaration, declaration: &PipelineDeclaration) -> Self {
        let mut files = Vec::new();
        for action in declaration.stages.iter().flat_map(|stage| &stage.actions) {
            match Self::of(action, source, declaration) {
                Self::None => {}
                Self::Asked => return Self::Asked,
                Self::InFiles(more) => files.extend(more),
            }
        }
        if files.is_empty() { Self::None } else { Self::InFiles(files) }
    }

    fn of(
        action: &ActionDeclaration,
        source: &ActionDeclaration,
        declaration: &PipelineDeclaration,
    ) -> Self {
        let setting = |key: &str| action.configuration.as_ref().and_then(|all| all.get(key));
        match action.action_type_id.provider.as_str() {
            "Commands" => match setting("Oidc").map(String::as_str) {
                None | Some("false") => Self::None,
                Some(_) => Self::Asked,
            },
            "BitbucketPipelines" => match setting("File") {
                Some(name) if name.contains("#{") => Self::Asked,
                name => in_file(action, source, declaration, name.cloned()),
            },
            _ => Self::None,
        }
    }
}

/// The file lies in the action's first input: of this source, of another one, which knows it then, or
/// of an action in between, whose files nobody has seen yet.
fn in_file(
    action: &ActionDeclaration,
    source: &ActionDeclaration,
    declaration: &PipelineDeclaration,
    name: Option<String>,
) -> StepTokens {
    let makes = |it: &ActionDeclaration| {
        let first = action.inputs().next();
        first.is_some_and(|first| it.outputs().iter().any(|made| made.name == *first))
    };
    match declaration.sources().find(|it| makes(it)) {
        Some(maker) if maker.name == source.name => StepTokens::InFiles(vec![name]),
        Some(_) => StepTokens::None,
        None => StepTokens::Asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::pipeline;
    use serde_json::{Value, json};

    /// What a source knows where its pipeline's second stage is these actions.
    fn check(actions: Value, expect: StepTokens) {
        let mut declaration = pipeline();
        declaration.stages[1].actions = serde_json::from_value(actions).expect("actions");
        let source = declaration.sources().next().expect("a source");
        assert_eq!(StepTokens::after(source, &declaration), expect);
    }

    fn action(provider: &str, input: &str, configuration: Value) -> Value {
        let kind =
            json!({"category": "Build", "owner": "AWS", "provider": provider, "version": "1"});
        json!({"name": "Step", "actionTypeId": kind, "configuration": configuration,
            "inputArtifacts": [{"name": input}]})
    }

    #[test]
    fn a_source_knows_whether_any_step_after_it_gets_a_token() {
        let commands = |configuration| action("Commands", "source", configuration);
        check(json!([commands(json!({}))]), StepTokens::None);
        check(json!([commands(json!({"Oidc": "false"}))]), StepTokens::None);
        check(json!([commands(json!({"Oidc": "true"}))]), StepTokens::Asked);
        check(json!([commands(json!({"Oidc": "#{variables.Greeting}"}))]), StepTokens::Asked);
        let file = |input, configuration| action("BitbucketPipelines", input, configuration);
        let in_file = |name: Option<&str>| StepTokens::InFiles(vec![name.map(str::to_owned)]);
        check(json!([file("source", json!({}))]), in_file(None));
        check(json!([file("source", json!({"File": "a.yml"}))]), in_file(Some("a.yml")));
        check(json!([file("source", json!({"File": "#{variables.Greeting}"}))]), StepTokens::Asked);
        check(json!([file("built", json!({}))]), StepTokens::Asked);
        check(
            json!([file("source", json!({})), commands(json!({"Oidc": "true"}))]),
            StepTokens::Asked,
        );
    }
}
