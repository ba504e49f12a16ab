//! An account's users, groups, roles and policies in one answer.

use super::{
    AttachedPermissionsBoundary, AttachedPolicy, Nothing, PolicyVersion, RoleLastUsed, Tag,
};
use crate::moment::Moment;
use crate::shapes::shapes;

shapes! { "PascalCase";
    GetAccountAuthorizationDetailsInput {} optional {
        filter: Vec<String>,
        max_items: u32,
        marker: String,
    }
    GetAccountSummaryInput {} optional {}
    /// How many there are, and may be, by IAM's names for them.
    GetAccountSummaryOutput { summary_map: std::collections::BTreeMap<String, i64> } optional {}

    /// A policy of one's own, the document URL-encoded.
    PolicyDetail { policy_name: String, policy_document: String } optional {}
    UserDetail {
        path: String,
        user_name: String,
        user_id: String,
        arn: String,
        create_date: Moment,
        user_policy_list: Vec<PolicyDetail>,
        group_list: Vec<String>,
        attached_managed_policies: Vec<AttachedPolicy>,
        tags: Vec<Tag>,
    } optional { permissions_boundary: AttachedPermissionsBoundary }
    GroupDetail {
        path: String,
        group_name: String,
        group_id: String,
        arn: String,
        create_date: Moment,
        group_policy_list: Vec<PolicyDetail>,
        attached_managed_policies: Vec<AttachedPolicy>,
    } optional {}
    RoleDetail {
        path: String,
        role_name: String,
        role_id: String,
        arn: String,
        create_date: Moment,
        assume_role_policy_document: String,
        role_policy_list: Vec<PolicyDetail>,
        attached_managed_policies: Vec<AttachedPolicy>,
        tags: Vec<Tag>,
        /// Always empty: there are no instances here.
        instance_profile_list: Vec<Nothing>,
        role_last_used: RoleLastUsed,
    } optional { permissions_boundary: AttachedPermissionsBoundary }
    ManagedPolicyDetail {
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
        policy_version_list: Vec<PolicyVersion>,
    } optional { description: String }
    GetAccountAuthorizationDetailsOutput {
        user_detail_list: Vec<UserDetail>,
        group_detail_list: Vec<GroupDetail>,
        role_detail_list: Vec<RoleDetail>,
        policies: Vec<ManagedPolicyDetail>,
        is_truncated: bool,
    } optional { marker: String }
}
