//! Who has a managed policy: the users, groups and roles that it is attached to, or that it bounds.

use store::{GroupRow, RoleRow, UserRow, View, Want, folded};
use wire::iam as shapes;

use super::attached;
use super::entity::Entity;
use super::inventory::all;
use super::paging::{List as Paged, is_below};
use super::policies::Managed;
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::subject::Subject;
use crate::table::operation;

operation! {
    /// `iam:ListEntitiesForPolicy`, in pages: groups, users, roles.
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
        Ok((changes, holders(caller, input, view)?))
    }
}

/// Somebody who has the policy.
enum Holder<'a> {
    Group(&'a GroupRow),
    User(&'a UserRow),
    Role(&'a RoleRow),
}

impl Holder<'_> {
    /// Its place in the list.
    fn place(&self) -> String {
        match self {
            Self::Group(row) => format!("0/{}", folded(row.name())),
            Self::User(row) => format!("1/{}", folded(row.name())),
            Self::Role(row) => format!("2/{}", folded(row.name())),
        }
    }
}

fn holders(
    caller: &Caller,
    input: &shapes::ListEntitiesForPolicyInput,
    view: &View,
) -> Result<shapes::ListEntitiesForPolicyOutput, Refused> {
    let groups = having::<GroupRow>(caller, input, view).map(Holder::Group);
    let users = having::<UserRow>(caller, input, view).map(Holder::User);
    let roles = having::<RoleRow>(caller, input, view).map(Holder::Role);
    let found: Vec<Holder<'_>> = groups.chain(users).chain(roles).collect();
    let shapes::ListEntitiesForPolicyInput { policy_arn, entity_filter, path_prefix, .. } = input;
    let filter =
        format!("{policy_arn} {entity_filter:?} {path_prefix:?} {:?}", input.policy_usage_filter);
    let (operation, marker) = ("ListEntitiesForPolicy", input.marker.as_ref());
    let list = Paged { operation, filter: &filter, marker, max_items: input.max_items };
    let (page, marker) = list.cut(caller, found, Holder::place)?;
    Ok(shown(page, marker))
}

fn shown(page: Vec<Holder<'_>>, marker: Option<String>) -> shapes::ListEntitiesForPolicyOutput {
    let is_truncated = marker.is_some();
    let mut shown =
        shapes::ListEntitiesForPolicyOutput { is_truncated, marker, ..Default::default() };
    for holder in page {
        match holder {
            Holder::Group(row) => shown.policy_groups.push(shapes::PolicyGroup {
                group_name: row.name.clone(),
                group_id: row.id.clone(),
            }),
            Holder::User(row) => shown
                .policy_users
                .push(shapes::PolicyUser { user_name: row.name.clone(), user_id: row.id.clone() }),
            Holder::Role(row) => shown
                .policy_roles
                .push(shapes::PolicyRole { role_name: row.name.clone(), role_id: row.id.clone() }),
        }
    }
    shown
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
