//! Policies: managed ones with their versions, and what is attached to whom.

use super::Tag;
use crate::moment::Moment;
use crate::shapes::shapes;

shapes! { "PascalCase";
    Policy {
        policy_name: String,
        policy_id: String,
        arn: String,
        path: String,
        default_version_id: String,
        attachment_count: u32,
        permissions_boundary_usage_count: u32,
        is_attachable: bool,
        create_date: Moment,
        update_date: Moment,
    } optional {
        description: String,
        tags: Vec<Tag>,
    }

    PolicyVersion { version_id: String, is_default_version: bool, create_date: Moment } optional {
        /// URL-encoded.
        document: String,
    }

    AttachedPolicy { policy_name: String, policy_arn: String } optional {}

    CreatePolicyInput { policy_name: String, policy_document: String } optional {
        path: String,
        description: String,
        tags: Vec<Tag>,
    }
    PolicyOutput { policy: Policy } optional {}
    PolicyNamedInput { policy_arn: String } optional {}
    ListPoliciesInput {} optional {
        scope: String,
        only_attached: bool,
        path_prefix: String,
        policy_usage_filter: String,
        marker: String,
        max_items: u32,
    }
    ListPoliciesOutput { policies: Vec<Policy>, is_truncated: bool } optional { marker: String }

    CreatePolicyVersionInput { policy_arn: String, policy_document: String } optional {
        set_as_default: bool,
    }
    PolicyVersionOutput { policy_version: PolicyVersion } optional {}
    PolicyVersionNamed { policy_arn: String, version_id: String } optional {}
    PagedPolicy { policy_arn: String } optional { marker: String, max_items: u32 }
    ListPolicyVersionsOutput { versions: Vec<PolicyVersion>, is_truncated: bool } optional {
        marker: String,
    }
    TagPolicyInput { policy_arn: String, tags: Vec<Tag> } optional {}
    UntagPolicyInput { policy_arn: String, tag_keys: Vec<String> } optional {}

    ListEntitiesForPolicyInput { policy_arn: String } optional {
        entity_filter: String,
        path_prefix: String,
        policy_usage_filter: String,
        marker: String,
        max_items: u32,
    }
    PolicyGroup { group_name: String, group_id: String } optional {}
    PolicyUser { user_name: String, user_id: String } optional {}
    PolicyRole { role_name: String, role_id: String } optional {}
    ListEntitiesForPolicyOutput {
        policy_groups: Vec<PolicyGroup>,
        policy_users: Vec<PolicyUser>,
        policy_roles: Vec<PolicyRole>,
        is_truncated: bool,
    } optional { marker: String }

    ListPolicyNamesOutput { policy_names: Vec<String>, is_truncated: bool } optional {
        marker: String,
    }
    ListAttachedPoliciesOutput { attached_policies: Vec<AttachedPolicy>, is_truncated: bool }
        optional { marker: String }
}
