//! Permissions boundaries and tags of users and roles.

use std::collections::BTreeMap;

use store::{Changes, PolicyRow, RoleRow, UserRow, View, Want};
use wire::iam::{AttachedPermissionsBoundary, ListTagsOutput, Nothing};

use super::entity::{self, Entity};
use super::paging::List;
use super::{attached, managed, tags};
use crate::caller::Caller;
use crate::refusal::Refused;

/// What has a boundary and tags.
pub trait Bounded: Entity {
    /// The ARN of the policy that bounds it.
    fn boundary_mut(&mut self) -> &mut Option<String>;
    /// Its tags.
    fn tags_mut(&mut self) -> &mut BTreeMap<String, String>;
}

impl Bounded for UserRow {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}

impl Bounded for RoleRow {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}

/// The policies that it is bounded by and will be.
pub fn wants<E: Entity>(
    caller: &Caller,
    name: &str,
    new: Option<&String>,
    view: &View,
) -> Vec<Want> {
    let row = view.known::<E>(entity::key::<E>(caller, name));
    let arns = row.and_then(E::boundary).into_iter().chain(new);
    let policies = arns.filter_map(|arn| managed::key(caller.account(), arn)).map(Want::from);
    entity::wants::<E>(caller, name).into_iter().chain(policies).collect()
}

/// Counts that one more is bounded by this policy, and one less by that.
///
/// # Errors
/// `NoSuchEntity`: there is no such policy.
pub fn count(
    caller: &Caller,
    before: Option<&String>,
    after: Option<&String>,
    view: &View,
    changes: &mut Changes,
) -> Result<(), Refused> {
    if before == after {
        return Ok(());
    }
    let by = |arn: &String, more: bool, changes: &mut Changes| -> Result<(), Refused> {
        if let Some(policy) = attached::policy(caller.account(), arn, view)? {
            let one = |count: u32| if more { count + 1 } else { count.saturating_sub(1) };
            let boundaries = one(policy.boundaries);
            changes.put(view, PolicyRow { boundaries, ..policy.clone() });
        }
        Ok(())
    };
    after.map_or(Ok(()), |arn| by(arn, true, changes))?;
    before.map_or(Ok(()), |arn| by(arn, false, changes))
}

/// Bounds it by another policy, or by none.
pub fn bound<E: Bounded>(
    caller: &Caller,
    name: &str,
    boundary: Option<&String>,
    view: &View,
    mut changes: Changes,
) -> Result<(Changes, Nothing), Refused> {
    let mut row = entity::seen::<E>(caller, name, view)?.clone();
    count(caller, row.boundary(), boundary, view, &mut changes)?;
    *row.boundary_mut() = boundary.cloned();
    entity::write(caller, view, &mut changes, row);
    Ok((changes, Nothing::default()))
}

/// A boundary as answers show it.
pub fn shape(arn: &Option<String>) -> Option<AttachedPermissionsBoundary> {
    arn.as_ref().map(|arn| AttachedPermissionsBoundary {
        permissions_boundary_type: "Policy".to_owned(),
        permissions_boundary_arn: arn.clone(),
    })
}

/// The tags of one.
pub fn list_tags<E: Entity>(
    caller: &Caller,
    name: &str,
    list: &List,
    view: &View,
) -> Result<ListTagsOutput, Refused> {
    let row = entity::seen::<E>(caller, name, view)?;
    tags::page(caller, row.tags().cloned().unwrap_or_default(), list)
}

/// The five operations on boundary and tags of one kind.
macro_rules! operations {
    ($(#[$about:meta])* $module:ident, $row:ident, $list:literal) => {
        $(#[$about])*
        pub mod $module {
            use store::$row;
            use wire::iam::{ListTagsOutput, Nothing, $module as shapes};

            use super::{Bounded, List, entity, tags};
            use crate::keys;
            use crate::table::operation;

            operation! {
                /// Sets the boundary.
                Put: shapes::Bounded => Nothing;
                resource(_, _) { "*".to_owned() }
                ask(caller, input, view, ask) {
                    let ask = entity::about::<$row>(caller, input.name(), view, ask);
                    let mut all = ask.keys.clone();
                    // The one that is asked for counts, not the one that is there.
                    all.extend(&keys::of("iam:PermissionsBoundary", &input.permissions_boundary));
                    ask.with(all)
                }
                wants(caller, input, view) {
                    super::wants::<$row>(caller, input.name(), Some(&input.permissions_boundary), view)
                }
                decide(caller, input, view, _, changes) {
                    let boundary = Some(&input.permissions_boundary);
                    super::bound::<$row>(caller, input.name(), boundary, view, changes)
                }
            }

            operation! {
                /// Takes the boundary away.
                Delete: shapes::Named => Nothing;
                resource(_, _) { "*".to_owned() }
                ask(caller, input, view, ask) { entity::about::<$row>(caller, input.name(), view, ask) }
                wants(caller, input, view) { super::wants::<$row>(caller, input.name(), None, view) }
                decide(caller, input, view, _, changes) {
                    super::bound::<$row>(caller, input.name(), None, view, changes)
                }
            }

            operation! {
                /// Tags it.
                Tag: shapes::Tagged => Nothing;
                about(input) { entity::named::<$row>(input.name()) }
                with { keys::of_request_tags(tags::pairs(Some(&input.tags))) }
                decide(caller, input, view, _, mut changes) {
                    let mut row = entity::seen::<$row>(caller, input.name(), view)?.clone();
                    tags::add(row.tags_mut(), Some(&input.tags))?;
                    entity::write(caller, view, &mut changes, row);
                    Ok((changes, Nothing::default()))
                }
            }

            operation! {
                /// Takes tags off it.
                Untag: shapes::Untagged => Nothing;
                about(input) { entity::named::<$row>(input.name()) }
                with { keys::of_tag_keys(&input.tag_keys) }
                decide(caller, input, view, _, mut changes) {
                    let mut row = entity::seen::<$row>(caller, input.name(), view)?.clone();
                    row.tags_mut().retain(|key, _| !input.tag_keys.contains(key));
                    entity::write(caller, view, &mut changes, row);
                    Ok((changes, Nothing::default()))
                }
            }

            operation! {
                /// Its tags.
                ListTags: shapes::Paged => ListTagsOutput;
                about(input) { entity::named::<$row>(input.name()) }
                decide(caller, input, view, _, changes) {
                    let (marker, max_items) = (input.marker.as_ref(), input.max_items);
                    let list = List { operation: $list, filter: input.name(), marker, max_items };
                    Ok((changes, super::list_tags::<$row>(caller, input.name(), &list, view)?))
                }
            }
        }
    };
}

operations! {
    /// Of a user.
    user, UserRow, "iam:ListUserTags"
}
operations! {
    /// Of a role.
    role, RoleRow, "iam:ListRoleTags"
}
