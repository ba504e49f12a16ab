//! The condition keys that policies ask for: what a simulation has to be told.

use std::sync::Arc;

use identity::policy::{Attached, keys::once};
use wire::iam as shapes;

use super::given::given;
use super::source;
use crate::table::operation;

/// The keys of all of these policies.
fn output(policies: &[Arc<Attached>]) -> shapes::GetContextKeysForPolicyOutput {
    let keys = policies.iter().flat_map(|it| it.policy.keys()).map(str::to_owned).collect();
    shapes::GetContextKeysForPolicyOutput { context_key_names: once(keys) }
}

operation! {
    /// `iam:GetContextKeysForCustomPolicy`: of policies that stand in the call itself.
    Custom: shapes::GetContextKeysForCustomPolicyInput => shapes::GetContextKeysForPolicyOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { Vec::new() }
    decide(_, input, _, _, changes) {
        Ok((changes, output(&given(Some(&input.policy_input_list), "PolicyInputList")?)))
    }
}

operation! {
    /// `iam:GetContextKeysForPrincipalPolicy`: of a user, group or role, and of policies in the call.
    Principal: shapes::GetContextKeysForPrincipalPolicyInput => shapes::GetContextKeysForPolicyOutput;
    resource(_, input) { input.policy_source_arn.clone() }
    wants(caller, input, view) {
        let source = source(caller, &input.policy_source_arn).ok();
        source.map_or_else(Vec::new, |source| source.wants(caller, view))
    }
    decide(caller, input, view, _, changes) {
        let arn = &input.policy_source_arn;
        let mut policies = source(caller, arn)?.standing(caller, arn, view)?.identity;
        policies.extend(given(input.policy_input_list.as_ref(), "PolicyInputList")?);
        Ok((changes, output(&policies)))
    }
}
