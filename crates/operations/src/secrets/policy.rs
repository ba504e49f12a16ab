//! The policy on a secret: who may read it besides, callers of other accounts too.

use identity::policy::{Kind, Policy};
use serde_json::Value;
use store::SecretRow;
use wire::AwsError;
use wire::secretsmanager as shapes;

use super::{Secret, about, acting, arn, invalid_parameter, known, own, wants};
use crate::caller::Caller;
use crate::keys;
use crate::principals;
use crate::refusal::Refused;
use crate::statements::{many, texts};
use crate::table::operation;

/// What is said of a policy that shuts nobody out.
const PUBLIC: &str = "The policy allows everybody: name principals, or add a condition.";

fn output(caller: &Caller, row: &SecretRow) -> shapes::SecretKnown {
    shapes::SecretKnown { arn: arn(caller, row), name: row.name.clone() }
}

/// A secret has one policy, and it has no name.
fn check_name(name: Option<&String>) -> Result<(), Refused> {
    match name {
        None => Ok(()),
        Some(_) => Err(invalid_parameter("PolicyName is not supported: a secret has one policy.")),
    }
}

/// A policy that can be read, and each of whose statements can act.
fn read(text: &str) -> Result<Policy, Refused> {
    let policy = crate::iam::read(text, Kind::Resource, Kind::Resource.chars_max())?;
    acting::check(&serde_json::from_str(text).unwrap_or_default())?;
    Ok(policy)
}

/// Whether a statement allows everybody, under no condition.
fn is_public(policy: &str) -> bool {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let everybody = |value: &Value| texts(value).contains(&"*");
    many(&policy["Statement"]).into_iter().any(|statement| {
        let principal = &statement["Principal"];
        let named = everybody(principal) || everybody(&principal["AWS"]);
        statement["Effect"] == "Allow" && named && statement["Condition"].is_null()
    })
}

operation! {
    /// `secretsmanager:PutResourcePolicy`.
    Put: shapes::PutResourcePolicyInput => shapes::SecretKnown;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        let blocks = input.block_public_policy.unwrap_or_default();
        let ask = ask.with(keys::of("secretsmanager:BlockPublicPolicy", &blocks.to_string()));
        about(caller, &input.secret_id, view, ask)
    }
    wants(caller, input, _) {
        let mut wants = wants(caller, &input.secret_id);
        wants.extend(principals::wants(&input.resource_policy, Kind::Resource));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        check_name(input.policy_name.as_ref())?;
        let row = own(caller, &input.secret_id, view, now)?;
        let text = &input.resource_policy;
        let policy = read(text)?;
        let named = principals::bind(caller, &policy, view)?;
        if input.block_public_policy.unwrap_or_default() && is_public(text) {
            return Err(AwsError::refused("PublicPolicyException", PUBLIC));
        }
        changes.put(view, SecretRow { policy: Some(text.clone()), policy_principals: Some(named), ..row.clone() });
        Ok((changes, output(caller, row)))
    }
}

operation! {
    /// `secretsmanager:GetResourcePolicy`.
    Get: shapes::ResourcePolicyNamed => shapes::GetResourcePolicyOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about(caller, &input.secret_id, view, ask) }
    wants(caller, input, view) {
        let row = known(caller, &input.secret_id, view);
        let named = principals::wants_of(row.and_then(|row| row.policy_principals.as_ref()));
        wants(caller, &input.secret_id).into_iter().chain(named).collect()
    }
    decide(caller, input, view, now, changes) {
        check_name(input.policy_name.as_ref())?;
        let row = own(caller, &input.secret_id, view, now)?;
        let (arn, name) = (arn(caller, row), row.name.clone());
        let shown = |text: &String| principals::shown(text, row.policy_principals.as_ref(), view);
        let resource_policy = row.policy.as_ref().map(shown);
        Ok((changes, shapes::GetResourcePolicyOutput { arn, name, resource_policy }))
    }
}

operation! {
    /// `secretsmanager:DeleteResourcePolicy`.
    Delete: shapes::ResourcePolicyNamed => shapes::SecretKnown;
    about(input) { Secret(&input.secret_id) }
    decide(caller, input, view, now, mut changes) {
        check_name(input.policy_name.as_ref())?;
        let row = own(caller, &input.secret_id, view, now)?;
        changes.put(view, SecretRow { policy: None, policy_principals: None, ..row.clone() });
        Ok((changes, output(caller, row)))
    }
}

operation! {
    /// `secretsmanager:ValidateResourcePolicy`: what `PutResourcePolicy` would say of it, of a policy
    /// for everybody too; one that cannot be read is refused.
    Validate: shapes::ValidateResourcePolicyInput => shapes::ValidateResourcePolicyOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        match &input.secret_id {
            Some(id) => about(caller, id, view, ask),
            None => ask,
        }
    }
    wants(caller, input, _) {
        input.secret_id.as_ref().map(|id| wants(caller, id)).unwrap_or_default()
    }
    decide(caller, input, view, now, changes) {
        if let Some(id) = &input.secret_id {
            own(caller, id, view, now)?;
        }
        let text = &input.resource_policy;
        read(text)?;
        let public = is_public(text).then(|| shapes::ValidationErrorsEntry {
            check_name: "PUBLIC_POLICY".to_owned(),
            error_message: PUBLIC.to_owned(),
        });
        let validation_errors: Vec<_> = public.into_iter().collect();
        let policy_validation_passed = validation_errors.is_empty();
        let output =
            shapes::ValidateResourcePolicyOutput { policy_validation_passed, validation_errors };
        Ok((changes, output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everybody_is_named_in_many_ways() {
        let check = |statement: Value, expect: bool| {
            let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
            assert_eq!(is_public(&policy), expect, "{policy}");
        };
        check(json!([{"Effect": "Allow", "Principal": "*"}]), true);
        check(json!({"Effect": "Allow", "Principal": {"AWS": ["1", "*"]}}), true);
        check(json!({"Effect": "Deny", "Principal": "*"}), false);
        check(json!({"Effect": "Allow", "Principal": {"AWS": "111111111111"}}), false);
        check(json!({"Effect": "Allow", "Principal": "*", "Condition": {"Bool": {}}}), false);
    }
}
