//! How much of everything an account has, and may have.

use std::collections::BTreeMap;

use identity::limits::{
    GROUP_INLINE_CHARS_MAX, MANAGED_POLICY_CHARS_MAX, ROLE_INLINE_CHARS_MAX,
    TRUST_POLICY_CHARS_MAX, USER_INLINE_CHARS_MAX,
};
use store::{AccessKeyRow, GroupRow, PolicyRow, RoleRow, UserRow, View};
use wire::iam as shapes;

use super::inventory::all;
use super::providers;
use crate::caller::Caller;
use crate::limits::{
    ATTACHED_POLICIES_MAX, GROUPS_MAX, GROUPS_OF_USER_MAX, POLICIES_MAX, POLICY_VERSIONS_MAX,
    ROLES_MAX, USER_KEYS_MAX, USERS_MAX,
};
use crate::table::operation;

operation! {
    /// `iam:GetAccountSummary`. What is not here, as certificates and instance profiles, counts none.
    Get: shapes::GetAccountSummaryInput => shapes::GetAccountSummaryOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) {
        let account = caller.account();
        let mut wants = providers::wants_all(caller);
        wants.extend([
            all::<UserRow>(caller).into(),
            all::<GroupRow>(caller).into(),
            all::<RoleRow>(caller).into(),
            PolicyRow::of_account(account, "", POLICIES_MAX).into(),
            AccessKeyRow::of_account(account).into(),
        ]);
        wants
    }
    decide(caller, _, view, _, changes) {
        let counted = counts(caller, view).into_iter().chain(quotas());
        let summary_map = counted.map(|(key, count)| (key.to_owned(), count as i64)).collect();
        Ok((changes, shapes::GetAccountSummaryOutput { summary_map }))
    }
}

fn counts(caller: &Caller, view: &View) -> BTreeMap<&'static str, usize> {
    let account = caller.account();
    let policies = view.list::<PolicyRow>(&PolicyRow::of_account(account, "", POLICIES_MAX));
    let keys = view.list::<AccessKeyRow>(&AccessKeyRow::of_account(account));
    let of_root = keys.iter().any(|key| key.user.is_none() && key.active);
    BTreeMap::from([
        ("Users", view.list::<UserRow>(&all::<UserRow>(caller)).len()),
        ("Groups", view.list::<GroupRow>(&all::<GroupRow>(caller)).len()),
        ("Roles", view.list::<RoleRow>(&all::<RoleRow>(caller)).len()),
        ("Policies", policies.len()),
        ("PolicyVersionsInUse", policies.iter().map(|policy| policy.versions.len()).sum()),
        ("Providers", providers::all(caller, view).len()),
        ("AccountAccessKeysPresent", usize::from(of_root)),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("InstanceProfiles", 0),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("ServerCertificates", 0),
    ])
}

fn quotas() -> [(&'static str, usize); 17] {
    let versions = POLICIES_MAX as usize * POLICY_VERSIONS_MAX;
    [
        ("UsersQuota", USERS_MAX as usize),
        ("GroupsQuota", GROUPS_MAX as usize),
        ("RolesQuota", ROLES_MAX as usize),
        ("PoliciesQuota", POLICIES_MAX as usize),
        ("PolicyVersionsInUseQuota", versions),
        ("VersionsPerPolicyQuota", POLICY_VERSIONS_MAX),
        ("PolicySizeQuota", MANAGED_POLICY_CHARS_MAX),
        ("UserPolicySizeQuota", USER_INLINE_CHARS_MAX),
        ("GroupPolicySizeQuota", GROUP_INLINE_CHARS_MAX),
        ("RolePolicySizeQuota", ROLE_INLINE_CHARS_MAX),
        ("AssumeRolePolicySizeQuota", TRUST_POLICY_CHARS_MAX),
        ("AttachedPoliciesPerUserQuota", ATTACHED_POLICIES_MAX),
        ("AttachedPoliciesPerGroupQuota", ATTACHED_POLICIES_MAX),
        ("AttachedPoliciesPerRoleQuota", ATTACHED_POLICIES_MAX),
        ("GroupsPerUserQuota", GROUPS_OF_USER_MAX),
        ("AccessKeysPerUserQuota", USER_KEYS_MAX),
        ("GlobalEndpointTokenVersion", 2),
    ]
}
