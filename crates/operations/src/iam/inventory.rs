//! All users, groups or roles of an account: their list, whether there is room for one more, and what
//! keeps one from being deleted.

use identity::Ask;
use store::{Grants, Query, View, folded};
use wire::iam::{ListInput, Tag};

use super::entity::{self, Entity};
use super::paging::{List, is_below};
use super::{conflict, exceeded, exists, tags};
use crate::caller::Caller;
use crate::keys;
use crate::refusal::Refused;

/// Every one of a kind that the caller's account has.
pub fn all<E: Entity>(caller: &Caller) -> Query {
    E::of_account(caller.account(), E::OF_ACCOUNT_MAX)
}

/// The path of one that is made; the top where none is given.
pub fn path_of(path: Option<&String>) -> &str {
    path.map_or("/", String::as_str)
}

/// What is asked about one that is made with these tags and this boundary.
pub fn asked(ask: Ask, tags: Option<&Vec<Tag>>, boundary: Option<&String>) -> Ask {
    let mut all = keys::of_request_tags(tags::pairs(tags));
    if let Some(boundary) = boundary {
        all.extend(&keys::of("iam:PermissionsBoundary", boundary));
    }
    ask.with(all)
}

/// There is none of this name yet, and room for one more.
///
/// # Errors
/// `EntityAlreadyExists`, `LimitExceeded`.
pub fn check_new<E: Entity>(caller: &Caller, name: &str, view: &View) -> Result<(), Refused> {
    check_free::<E>(caller, name, view)?;
    let most = E::OF_ACCOUNT_MAX;
    match view.list::<E>(&all::<E>(caller)).len() as i64 >= most {
        true => Err(exceeded(format!("Cannot exceed quota for {}sPerAccount: {most}", E::QUOTA))),
        false => Ok(()),
    }
}

/// There is none of this name yet.
///
/// # Errors
/// `EntityAlreadyExists`.
pub fn check_free<E: Entity>(caller: &Caller, name: &str, view: &View) -> Result<(), Refused> {
    match view.row::<E>(entity::key::<E>(caller, name)) {
        Some(_) => Err(exists(format!("{} with name {name} already exists.", E::QUOTA))),
        None => Ok(()),
    }
}

/// Nothing hangs on what is deleted.
///
/// # Errors
/// `DeleteConflict`.
pub fn check_bare(grants: &Grants) -> Result<(), Refused> {
    if !grants.attached.is_empty() {
        return Err(conflict("detach all policies first"));
    }
    match grants.inline.is_empty() {
        true => Ok(()),
        false => Err(conflict("delete policies first")),
    }
}

/// The page of those below a path, by name, and the marker of the next one.
///
/// # Errors
/// The marker is not one of this list's.
pub fn page<'a, E: Entity>(
    caller: &Caller,
    operation: &'static str,
    input: &ListInput,
    view: &'a View,
) -> Result<(Vec<&'a E>, Option<String>), Refused> {
    let rows = view.list::<E>(&all::<E>(caller)).into_iter();
    let below = rows.filter(|row| is_below(row.path(), input.path_prefix.as_ref())).collect();
    let filter = input.path_prefix.as_deref().unwrap_or_default();
    let (marker, max_items) = (input.marker.as_ref(), input.max_items);
    let list = List { operation, filter, marker, max_items };
    list.cut(caller, below, |row| folded(row.name()))
}
