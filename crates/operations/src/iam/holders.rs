//! Who has a managed policy: the users, groups and roles that it is attached to, or that it bounds.

use store::{GroupRow, RoleRow, UserRow, View, Want};
use wire::iam as shapes;

use super::attached;
use super::entity::Entity;
use super::inventory::all;
use super::paging::is_below;
use super::policies::Managed;
use crate::caller::Caller;
use crate::subject::Subject;
use crate::table::operation;

operation! {
    /// `iam:ListEntitiesForPolicy`, all in one page.
    List: shapes::ListEntitiesForPolicyInput => shapes::ListEntitiesForPolicyOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { Managed(&input.policy_arn).ask(caller, view, ask) }
    wants(caller, input, view) {
        let mut wants = Managed(&input.policy_arn).wants(caller, view);
        let lists = [all::<GroupRow>(caller), all::<RoleRow>(caller), all::<UserRow>(caller)];
        wants.extend(lists.map(Want::from));
        wants
    }
    decide(caller, input, view, _, changes) {
        attached::policy(caller.account(), &input.policy_arn, view)?;
        Ok((changes, holders(caller, input, view)))
    }
}

fn holders(
    caller: &Caller,
    input: &shapes::ListEntitiesForPolicyInput,
    view: &View,
) -> shapes::ListEntitiesForPolicyOutput {
    let group = |row: &GroupRow| shapes::PolicyGroup {
        group_name: row.name.clone(),
        group_id: row.id.clone(),
    };
    let user =
        |row: &UserRow| shapes::PolicyUser { user_name: row.name.clone(), user_id: row.id.clone() };
    let role =
        |row: &RoleRow| shapes::PolicyRole { role_name: row.name.clone(), role_id: row.id.clone() };
    shapes::ListEntitiesForPolicyOutput {
        policy_groups: having::<GroupRow>(caller, input, view).map(group).collect(),
        policy_users: having::<UserRow>(caller, input, view).map(user).collect(),
        policy_roles: having::<RoleRow>(caller, input, view).map(role).collect(),
        is_truncated: false,
        marker: None,
    }
}

/// Those of one kind that have it in the way that is asked for.
fn having<'a, E: Entity>(
    caller: &Caller,
    input: &'a shapes::ListEntitiesForPolicyInput,
    view: &'a View,
) -> impl Iterator<Item = &'a E> {
    let (arn, usage) = (&input.policy_arn, input.policy_usage_filter.as_deref());
    let meant = input.entity_filter.as_deref().is_none_or(|filter| filter == E::QUOTA);
    let has = move |row: &&E| {
        let attached = usage != Some("PermissionsBoundary") && row.grants().attached.contains(arn);
        let bounds = usage != Some("PermissionsPolicy") && row.boundary() == Some(arn);
        (attached || bounds) && is_below(row.path(), input.path_prefix.as_ref())
    };
    view.list::<E>(&all::<E>(caller)).into_iter().filter(move |_| meant).filter(has)
}
