//! Policies of a user's, group's or role's own.

use identity::policy::Kind;
use identity::policy::grammar::chars;
use store::{Changes, View};
use wire::iam;
use wire::iam::{ListPolicyNamesOutput, Nothing};

use super::entity::{self, Entity};
use super::paging::List;
use super::{exceeded, missing, read};
use crate::caller::Caller;
use crate::refusal::Refused;

/// Writes one, anew or over the one of its name.
pub fn put<E: Entity>(
    caller: &Caller,
    name: &str,
    (policy, text): (&str, &str),
    view: &View,
    mut changes: Changes,
) -> Result<(Changes, Nothing), Refused> {
    let mut row = entity::seen::<E>(caller, name, view)?.clone();
    let others = row.grants().inline.iter().filter(|(known, _)| known.as_str() != policy);
    let count: usize = others.map(|(_, text)| chars(text)).sum::<usize>() + chars(text);
    if count > E::INLINE_CHARS_MAX {
        let (max, kind) = (E::INLINE_CHARS_MAX, E::KIND);
        let message = format!("Maximum policy size of {max} bytes exceeded for {kind} {name}");
        return Err(exceeded(message));
    }
    read(text, Kind::Inline, E::INLINE_CHARS_MAX)?;
    row.grants_mut().inline.insert(policy.to_owned(), text.to_owned());
    entity::write(caller, view, &mut changes, row);
    Ok((changes, Nothing::default()))
}

/// The text of one, URL-encoded.
pub fn get<E: Entity>(
    caller: &Caller,
    name: &str,
    policy: &str,
    view: &View,
) -> Result<String, Refused> {
    let row = entity::seen::<E>(caller, name, view)?;
    let text = row.grants().inline.get(policy).ok_or_else(|| unknown::<E>(policy))?;
    Ok(iam::url_encoded(text))
}

fn unknown<E: Entity>(policy: &str) -> Refused {
    missing(format!("The {} policy with name {policy} cannot be found.", E::KIND))
}

/// Deletes one.
pub fn delete<E: Entity>(
    caller: &Caller,
    name: &str,
    policy: &str,
    view: &View,
    mut changes: Changes,
) -> Result<(Changes, Nothing), Refused> {
    let mut row = entity::seen::<E>(caller, name, view)?.clone();
    row.grants_mut().inline.remove(policy).ok_or_else(|| unknown::<E>(policy))?;
    entity::write(caller, view, &mut changes, row);
    Ok((changes, Nothing::default()))
}

/// The names of all.
pub fn list<E: Entity>(
    caller: &Caller,
    name: &str,
    list: &List,
    view: &View,
) -> Result<ListPolicyNamesOutput, Refused> {
    let row = entity::seen::<E>(caller, name, view)?;
    let names = row.grants().inline.keys().cloned().collect();
    let (policy_names, marker) = list.cut(caller, names, String::clone)?;
    Ok(ListPolicyNamesOutput { policy_names, is_truncated: marker.is_some(), marker })
}

/// The four operations on the policies of one kind's own.
macro_rules! operations {
    ($(#[$about:meta])* $module:ident, $row:ident, $list:literal) => {
        $(#[$about])*
        pub mod $module {
            use store::$row;
            use wire::iam::{ListPolicyNamesOutput, Nothing, $module as shapes};

            use super::{List, entity};
            use crate::table::operation;

            operation! {
                /// Writes a policy of its own.
                Put: shapes::PutPolicyInput => Nothing;
                about(input) { entity::named::<$row>(input.name()) }
                decide(caller, input, view, _, changes) {
                    let policy = (&*input.policy_name, &*input.policy_document);
                    super::put::<$row>(caller, input.name(), policy, view, changes)
                }
            }

            operation! {
                /// One policy of its own.
                Get: shapes::PolicyNamed => shapes::GetPolicyOutput;
                about(input) { entity::named::<$row>(input.name()) }
                decide(caller, input, view, _, changes) {
                    let text = super::get::<$row>(caller, input.name(), &input.policy_name, view)?;
                    Ok((changes, shapes::GetPolicyOutput::of(input.name(), &input.policy_name, text)))
                }
            }

            operation! {
                /// Deletes a policy of its own.
                Delete: shapes::PolicyNamed => Nothing;
                about(input) { entity::named::<$row>(input.name()) }
                decide(caller, input, view, _, changes) {
                    super::delete::<$row>(caller, input.name(), &input.policy_name, view, changes)
                }
            }

            operation! {
                /// The names of the policies of its own.
                ListNames: shapes::Paged => ListPolicyNamesOutput;
                about(input) { entity::named::<$row>(input.name()) }
                decide(caller, input, view, _, changes) {
                    let (marker, max_items) = (input.marker.as_ref(), input.max_items);
                    let list = List { operation: $list, filter: input.name(), marker, max_items };
                    Ok((changes, super::list::<$row>(caller, input.name(), &list, view)?))
                }
            }
        }
    };
}

operations! {
    /// Those of a user.
    user, UserRow, "iam:ListUserPolicies"
}
operations! {
    /// Those of a group.
    group, GroupRow, "iam:ListGroupPolicies"
}
operations! {
    /// Those of a role.
    role, RoleRow, "iam:ListRolePolicies"
}
