//! What a declaration asks for its steps' tokens: held against what can be given before it is saved,
//! not first when an action starts.

mod described;

pub use described::Describe;

use std::collections::BTreeMap;

use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use engine::structure::{Violation, ViolationClass};
use identity::step::{Asked, Unusable};

/// Everything about them that can never be given, each with its path. Settings with variables in
/// them are left to the moment when these have values.
pub fn unusable(declaration: &PipelineDeclaration) -> Vec<Violation> {
    let stages = declaration.stages.iter().enumerate();
    let actions = stages.flat_map(|(s, stage)| {
        let actions = stage.actions.iter().enumerate();
        actions.map(move |(a, action)| (format!("stages[{s}].actions[{a}]"), action))
    });
    actions.filter_map(|(path, action)| violation(&path, action)).collect()
}

fn violation(path: &str, action: &ActionDeclaration) -> Option<Violation> {
    let configuration = action.configuration.clone().unwrap_or_default();
    let (known, later): (BTreeMap<_, _>, BTreeMap<_, _>) =
        configuration.into_iter().partition(|(_, value)| !value.contains("#{"));
    let provider = action.action_type_id.provider.as_str();
    let asked = match provider {
        "Commands" if !later.contains_key("Oidc") => Asked::by_switch(&known).map(drop),
        // Its steps' own `oidc` decides; the settings must be good for those that ask.
        "Commands" | "BitbucketPipelines" => Asked::read(&known, &[]).map(drop),
        _ => Ok(()),
    };
    let unusable: Unusable = asked.err()?;
    let path = format!("{path}.configuration.{}", unusable.setting());
    let class = ViolationClass::Action;
    Some(Violation { class, path, problem: unusable.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(provider: &str, configuration: Value, expect: Option<&str>) {
        let action = json!({
            "name": "Deploy", "configuration": configuration,
            "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": provider, "version": "1"},
        });
        let action: ActionDeclaration = serde_json::from_value(action).expect("an action");
        let found = violation("a", &action).map(|it| it.to_string());
        assert_eq!(found.as_deref(), expect);
    }

    #[test]
    fn what_can_never_be_given_is_found_with_its_path() {
        let role = "a.configuration.OidcRoleArn: OidcRoleArn is \"deploy\"; write the ARN of a role, \
                    arn:aws:iam::ACCOUNT:role/NAME";
        let deployment = json!({"Oidc": "true", "OidcSubject": "x:{environment}"});
        check("BitbucketPipelines", deployment.clone(), None);
        let none = "a.configuration.OidcSubject: OidcSubject: the subject names `{environment}`, which only \
                    steps with a `deployment` of a BitbucketPipelines action have; name `{repository}`, \
                    `{ref}`, `{stage}` or `{action}` instead";
        check("Commands", deployment, Some(none));
        check("Commands", json!({"Oidc": "true", "OidcRoleArn": "deploy"}), Some(role));
        check("BitbucketPipelines", json!({"OidcRoleArn": "deploy"}), Some(role));
        let unasked = "a.configuration.OidcTokens: OidcTokens is set, and Oidc is not true: the \
                       action's commands get no token";
        check("Commands", json!({"OidcTokens": "A=b"}), Some(unasked));
        let many = "a.configuration.OidcTokens: OidcTokens has 6; 5 are allowed";
        check(
            "Commands",
            json!({"Oidc": "true", "OidcTokens": "A=1 B=1 C=1 D=1 E=1 F=1"}),
            Some(many),
        );
        check("Commands", json!({}), None);
        check("Manual", json!({"OidcRoleArn": "deploy"}), None);
    }

    #[test]
    fn what_a_variable_will_say_is_not_judged_yet() {
        check("Commands", json!({"Oidc": "#{variables.x}", "OidcAlgorithm": "ES256"}), None);
        check("Commands", json!({"Oidc": "true", "OidcRoleArn": "#{variables.role}"}), None);
    }
}
