//! Managed policies that are attached to users, groups and roles.

use domain::AccountId;
use identity::Ask;
use store::{Changes, PolicyRow, View, Want};
use wire::iam::{AttachedPolicy, ListAttachedPoliciesOutput, Nothing};

use super::entity::{self, Entity, Named};
use super::paging::{List, is_below};
use super::{exceeded, managed, missing};
use crate::caller::Caller;
use crate::keys;
use crate::limits::ATTACHED_POLICIES_MAX;
use crate::refusal::Refused;
use crate::subject::Subject;

/// A policy that is, or will be, attached to the one of this name.
struct Attachment<'a, E> {
    to: Named<'a, E>,
    arn: &'a str,
}

fn attachment<'a, E: Entity>(name: &'a str, arn: &'a str) -> Attachment<'a, E> {
    Attachment { to: entity::named(name), arn }
}

impl<E: Entity> Subject for Attachment<'_, E> {
    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        self.to.ask(caller, seen, ask.with(keys::of("iam:PolicyARN", self.arn)))
    }

    fn wants(&self, caller: &Caller, seen: &View) -> Vec<Want> {
        let policy = managed::key(caller.account(), self.arn).map(Want::from);
        self.to.wants(caller, seen).into_iter().chain(policy).collect()
    }
}

/// The account's own policy that an ARN names, to be counted on; `None` for one of AWS's.
///
/// # Errors
/// `NoSuchEntity`: there is no such policy.
pub fn policy<'a>(
    account: &AccountId,
    arn: &str,
    view: &'a View,
) -> Result<Option<&'a PolicyRow>, Refused> {
    if managed::named(arn).is_some() {
        return Ok(None);
    }
    let row = managed::key(account, arn).and_then(|key| view.row::<PolicyRow>(key));
    let row = row.filter(|row| row.arn() == arn);
    let unknown = || missing(format!("Policy {arn} does not exist or is not attachable."));
    row.map(Some).ok_or_else(unknown)
}

/// Attaches one; one that is attached already stays so.
pub fn attach<E: Entity>(
    caller: &Caller,
    name: &str,
    arn: &str,
    view: &View,
    mut changes: Changes,
) -> Result<(Changes, Nothing), Refused> {
    let mut row = entity::seen::<E>(caller, name, view)?.clone();
    let policy = policy(caller.account(), arn, view)?;
    if !row.grants_mut().attached.insert(arn.to_owned()) {
        return Ok((changes, Nothing::default()));
    }
    if row.grants().attached.len() > ATTACHED_POLICIES_MAX {
        let quota = format!("PoliciesPer{}: {ATTACHED_POLICIES_MAX}", E::QUOTA);
        return Err(exceeded(format!("Cannot exceed quota for {quota}")));
    }
    if let Some(policy) = policy {
        let attachments = policy.attachments + 1;
        changes.put(view, PolicyRow { attachments, ..policy.clone() });
    }
    entity::write(caller, view, &mut changes, row);
    Ok((changes, Nothing::default()))
}

/// Detaches one.
pub fn detach<E: Entity>(
    caller: &Caller,
    name: &str,
    arn: &str,
    view: &View,
    mut changes: Changes,
) -> Result<(Changes, Nothing), Refused> {
    let mut row = entity::seen::<E>(caller, name, view)?.clone();
    if !row.grants_mut().attached.remove(arn) {
        return Err(missing(format!("Policy {arn} was not found.")));
    }
    if let Some(policy) = policy(caller.account(), arn, view)? {
        let attachments = policy.attachments.saturating_sub(1);
        changes.put(view, PolicyRow { attachments, ..policy.clone() });
    }
    entity::write(caller, view, &mut changes, row);
    Ok((changes, Nothing::default()))
}

/// A policy as lists of attached ones show it.
pub fn shape(arn: &str) -> AttachedPolicy {
    let name = arn.rsplit('/').next().unwrap_or_default();
    AttachedPolicy { policy_name: name.to_owned(), policy_arn: arn.to_owned() }
}

/// Those that are attached, by ARN.
pub fn list<E: Entity>(
    caller: &Caller,
    name: &str,
    prefix: Option<&String>,
    list: &List,
    view: &View,
) -> Result<ListAttachedPoliciesOutput, Refused> {
    let row = entity::seen::<E>(caller, name, view)?;
    let path = |arn: &String| arn.split_once(":policy").map_or("", |(_, path)| path).to_owned();
    let below = row.grants().attached.iter().filter(|arn| is_below(&path(arn), prefix));
    let all = below.map(|arn| shape(arn)).collect();
    let (attached_policies, marker) = list.cut(caller, all, |it| it.policy_arn.clone())?;
    Ok(ListAttachedPoliciesOutput { attached_policies, is_truncated: marker.is_some(), marker })
}

/// The three operations on what is attached to one kind.
macro_rules! operations {
    ($(#[$about:meta])* $module:ident, $row:ident, $list:literal) => {
        $(#[$about])*
        pub mod $module {
            use store::$row;
            use wire::iam::{ListAttachedPoliciesOutput, Nothing, $module as shapes};

            use super::{List, entity};
            use crate::table::operation;

            operation! {
                /// Attaches a managed policy.
                Attach: shapes::PolicyAttached => Nothing;
                about(input) { super::attachment::<$row>(input.name(), &input.policy_arn) }
                decide(caller, input, view, _, changes) {
                    super::attach::<$row>(caller, input.name(), &input.policy_arn, view, changes)
                }
            }

            operation! {
                /// Detaches a managed policy.
                Detach: shapes::PolicyAttached => Nothing;
                about(input) { super::attachment::<$row>(input.name(), &input.policy_arn) }
                decide(caller, input, view, _, changes) {
                    super::detach::<$row>(caller, input.name(), &input.policy_arn, view, changes)
                }
            }

            operation! {
                /// The managed policies that are attached.
                ListAttached: shapes::PagedAttached => ListAttachedPoliciesOutput;
                about(input) { entity::named::<$row>(input.name()) }
                decide(caller, input, view, _, changes) {
                    let (marker, max_items) = (input.marker.as_ref(), input.max_items);
                    let list = List { operation: $list, filter: input.name(), marker, max_items };
                    let prefix = input.path_prefix.as_ref();
                    Ok((changes, super::list::<$row>(caller, input.name(), prefix, &list, view)?))
                }
            }
        }
    };
}

operations! {
    /// To a user.
    user, UserRow, "iam:ListAttachedUserPolicies"
}
operations! {
    /// To a group.
    group, GroupRow, "iam:ListAttachedGroupPolicies"
}
operations! {
    /// To a role.
    role, RoleRow, "iam:ListAttachedRolePolicies"
}
