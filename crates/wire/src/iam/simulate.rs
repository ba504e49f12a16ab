//! The policy simulator.

use crate::shapes::shapes;

shapes! { "PascalCase";
    ContextEntry {} optional {
        context_key_name: String,
        context_key_values: Vec<String>,
        context_key_type: String,
    }

    InlinePolicyIdentifier {
        policy_name: String,
        attachment_type: String,
        attachment_name: String,
    } optional {}
    PolicyIdentifier {} optional {
        policy_type: String,
        policy_arn: String,
        inline_policy_identifier: InlinePolicyIdentifier,
    }
    OrderedOrganizationPolicy {} optional { service_control_policy_input_list: Vec<String> }

    SimulatePrincipalPolicyInput { policy_source_arn: String, action_names: Vec<String> } optional {
        policy_input_list: Vec<String>,
        permissions_boundary_policy_input_list: Vec<String>,
        policy_exclusion_list: Vec<PolicyIdentifier>,
        resource_arns: Vec<String>,
        resource_policy: String,
        resource_owner: String,
        caller_arn: String,
        context_entries: Vec<ContextEntry>,
        resource_handling_option: String,
        max_items: u32,
        marker: String,
    }
    SimulateCustomPolicyInput { policy_input_list: Vec<String>, action_names: Vec<String> } optional {
        permissions_boundary_policy_input_list: Vec<String>,
        ordered_organization_policy_input_list: Vec<OrderedOrganizationPolicy>,
        resource_arns: Vec<String>,
        resource_policy: String,
        resource_owner: String,
        caller_arn: String,
        context_entries: Vec<ContextEntry>,
        resource_handling_option: String,
        max_items: u32,
        marker: String,
    }

    GetContextKeysForPrincipalPolicyInput { policy_source_arn: String } optional {
        policy_input_list: Vec<String>,
    }
    GetContextKeysForCustomPolicyInput { policy_input_list: Vec<String> } optional {}
    GetContextKeysForPolicyOutput { context_key_names: Vec<String> } optional {}

    Position { line: u32, column: u32 } optional {}
    Statement {
        source_policy_id: String,
        source_policy_type: String,
        start_position: Position,
        end_position: Position,
    } optional {}
    PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary: bool } optional {}
    OrganizationsDecisionDetail { allowed_by_organizations: bool } optional {}
    EvaluationResult {
        eval_action_name: String,
        eval_resource_name: String,
        eval_decision: String,
        matched_statements: Vec<Statement>,
        missing_context_values: Vec<String>,
    } optional {
        permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail,
        organizations_decision_detail: OrganizationsDecisionDetail,
    }
    SimulatePolicyOutput { evaluation_results: Vec<EvaluationResult>, is_truncated: bool } optional {
        marker: String,
    }
}
