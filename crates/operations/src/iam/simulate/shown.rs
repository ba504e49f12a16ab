//! A simulated decision as the simulator shows it.

use identity::finding::Place;
use identity::policy::{
    Decision, Effect, Explanation, Layer, Look, Policies, PolicyLook, StatementLook,
};
use wire::iam as shapes;

/// What came of one action on one resource.
pub(super) fn shape(explanation: &Explanation, policies: &Policies) -> shapes::EvaluationResult {
    let decision = match &explanation.decision {
        Decision::Allowed(_) => "allowed",
        Decision::Denied(_) => "explicitDeny",
        Decision::NotAllowed(_) => "implicitDeny",
    };
    let bounded = policies.boundary.map(|_| shapes::PermissionsBoundaryDecisionDetail {
        allowed_by_permissions_boundary: allow(&mut looks(explanation, Layer::Boundary)),
    });
    let above = !policies.service_control.is_empty();
    let above = above.then(|| shapes::OrganizationsDecisionDetail {
        allowed_by_organizations: is_allowed_above(explanation, policies),
    });
    shapes::EvaluationResult {
        eval_action_name: explanation.action.clone(),
        eval_resource_name: explanation.resource.clone(),
        eval_decision: decision.to_owned(),
        matched_statements: matched(explanation, policies),
        missing_context_values: absent(explanation),
        permissions_boundary_decision_detail: bounded,
        organizations_decision_detail: above,
    }
}

fn looks(explanation: &Explanation, layer: Layer) -> impl Iterator<Item = &PolicyLook> {
    explanation.policies.iter().filter(move |policy| policy.layer == layer)
}

fn applying(policy: &PolicyLook) -> impl Iterator<Item = &StatementLook> {
    policy.statements.iter().filter(|statement| statement.look == Look::Applies)
}

/// Whether these policies by themselves allow, whatever others say: one does, and none denies.
fn allow(policies: &mut dyn Iterator<Item = &PolicyLook>) -> bool {
    let effects: Vec<Effect> = policies.flat_map(applying).map(|it| it.effect).collect();
    effects.contains(&Effect::Allow) && !effects.contains(&Effect::Deny)
}

/// Whether every level above the account allows.
fn is_allowed_above(explanation: &Explanation, policies: &Policies) -> bool {
    let mut looks = looks(explanation, Layer::ServiceControl);
    policies.service_control.iter().all(|level| allow(&mut looks.by_ref().take(level.len())))
}

/// The statements that apply, and where they stand. Positions are counted as IAM counts them: behind
/// the brace that a statement begins with, and behind the one that it ends with.
fn matched(explanation: &Explanation, policies: &Policies) -> Vec<shapes::Statement> {
    let position = |place: Place| shapes::Position { line: place.line, column: place.column };
    // The looks are in the order of the policies.
    let attached = policies.groups().into_iter().flat_map(|(_, members)| members);
    let pairs = explanation.policies.iter().zip(attached);
    let statements = pairs.flat_map(|(policy, attached)| {
        let looked = policy.statements.iter().zip(&attached.policy.statements);
        looked.map(move |(look, statement)| (&policy.name, look, statement.extent))
    });
    let applying = statements.filter(|(_, look, _)| look.look == Look::Applies);
    let shape = |(name, _, (start, end)): (&String, _, _)| shapes::Statement {
        source_policy_id: name.clone(),
        source_policy_type: "IAM Policy".to_owned(),
        start_position: position(start),
        end_position: position(end),
    };
    applying.map(shape).collect()
}

/// Keys that a condition names and the request does not have.
fn absent(explanation: &Explanation) -> Vec<String> {
    let looks = explanation.policies.iter().flat_map(|policy| &policy.statements);
    let conditions = looks.flat_map(|statement| match &statement.look {
        Look::FalseConditions(conditions) => conditions.as_slice(),
        _ => &[],
    });
    let absent = conditions.filter(|condition| condition.found.is_empty());
    let mut keys: Vec<String> = absent.map(|condition| condition.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
