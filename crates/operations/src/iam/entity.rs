//! What users, groups and roles have in common.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use domain::AccountId;
use identity::Ask;
use identity::limits::{GROUP_INLINE_CHARS_MAX, ROLE_INLINE_CHARS_MAX, USER_INLINE_CHARS_MAX};
use store::{
    AccountRow, Changes, Grants, GroupRow, Key, Query, Record, RoleRow, UserRow, View, Want, folded,
};

use crate::accounts::raise_generation;
use crate::caller::Caller;
use crate::keys;
use crate::limits::{GROUPS_MAX, ROLES_MAX, USERS_MAX};
use crate::refusal::Refused;
use crate::subject::Subject;

/// A row that policies hang on.
pub trait Entity: Record {
    /// What people call it: `role`.
    const KIND: &'static str;
    /// What quotas call it.
    const QUOTA: &'static str;
    /// The characters of all of its own policies together.
    const INLINE_CHARS_MAX: usize;
    /// How many of them an account may have.
    const OF_ACCOUNT_MAX: i64;
    /// Where one of this name lies.
    fn place(account: &AccountId, folded: &str) -> Key;
    /// So many of an account, by name.
    fn of_account(account: &AccountId, limit: i64) -> Query;
    /// Its name as it was given.
    fn name(&self) -> &str;
    /// Its path.
    fn path(&self) -> &str;
    /// Its ARN, path included.
    fn arn(&self) -> String;
    /// Its policies.
    fn grants(&self) -> &Grants;
    /// The same, to be changed.
    fn grants_mut(&mut self) -> &mut Grants;
    /// The managed policy that bounds it.
    fn boundary(&self) -> Option<&String>;
    /// Its tags.
    fn tags(&self) -> Option<&BTreeMap<String, String>>;
}

macro_rules! entities {
    ($($row:ident, $kind:literal, $quota:literal, $most:ident, $chars:ident, $boundary:expr, $tags:expr;)*) => {$(
        impl Entity for $row {
            const KIND: &'static str = $kind;
            const QUOTA: &'static str = $quota;
            const INLINE_CHARS_MAX: usize = $chars;
            const OF_ACCOUNT_MAX: i64 = $most;

            fn place(account: &AccountId, folded: &str) -> Key {
                Self::at(account, &folded.to_owned())
            }

            fn of_account(account: &AccountId, limit: i64) -> Query {
                $row::of_account(account, "", limit)
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn path(&self) -> &str {
                &self.path
            }

            fn arn(&self) -> String {
                $row::arn(self)
            }

            fn grants(&self) -> &Grants {
                &self.grants
            }

            fn grants_mut(&mut self) -> &mut Grants {
                &mut self.grants
            }

            fn boundary(&self) -> Option<&String> {
                let boundary: fn(&Self) -> Option<&String> = $boundary;
                boundary(self)
            }

            fn tags(&self) -> Option<&BTreeMap<String, String>> {
                let tags: fn(&Self) -> Option<&BTreeMap<String, String>> = $tags;
                tags(self)
            }
        }
    )*};
}

entities! {
    UserRow, "user", "User", USERS_MAX, USER_INLINE_CHARS_MAX, |row| row.boundary.as_ref(), |row| Some(&row.tags);
    GroupRow, "group", "Group", GROUPS_MAX, GROUP_INLINE_CHARS_MAX, |_| None, |_| None;
    RoleRow, "role", "Role", ROLES_MAX, ROLE_INLINE_CHARS_MAX, |row| row.boundary.as_ref(), |row| Some(&row.tags);
}

/// Where the one of this name lies.
pub fn key<E: Entity>(caller: &Caller, name: &str) -> Key {
    E::place(caller.account(), &folded(name))
}

/// What everything about one looks at: it, and the account's generation.
pub fn wants<E: Entity>(caller: &Caller, name: &str) -> Vec<Want> {
    vec![key::<E>(caller, name).into(), AccountRow::at(caller.account()).into()]
}

/// The one of this name.
///
/// # Errors
/// `NoSuchEntity`.
pub fn seen<'a, E: Entity>(caller: &Caller, name: &str, view: &'a View) -> Result<&'a E, Refused> {
    let missing = || format!("The {} with name {name} cannot be found.", E::KIND);
    view.row::<E>(key::<E>(caller, name)).ok_or_else(|| super::missing(missing()))
}

/// The ARN of one in the caller's account: with its path where it is there.
pub fn arn<E: Entity>(caller: &Caller, name: &str, view: &View) -> String {
    let row = view.known::<E>(key::<E>(caller, name));
    row.map_or_else(|| default_arn::<E>(caller, "/", name), E::arn)
}

/// The ARN that one of this path and name has or would have.
pub fn default_arn<E: Entity>(caller: &Caller, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{}:{}{path}{name}", caller.account(), E::KIND)
}

/// What is asked, about the one of this name: its ARN, its tags and what bounds it.
pub fn about<E: Entity>(caller: &Caller, name: &str, view: &View, ask: Ask) -> Ask {
    let row = view.known::<E>(key::<E>(caller, name));
    let mut all = ask.keys.clone();
    if let Some(tags) = row.and_then(E::tags) {
        all.extend(&keys::of_resource_tags(tags));
        all.extend(&keys::of_tags("iam:ResourceTag", tags));
    }
    if let Some(boundary) = row.and_then(E::boundary) {
        all.extend(&keys::of("iam:PermissionsBoundary", boundary));
    }
    ask.on(arn::<E>(caller, name, view)).with(all)
}

/// The one of this name, as what an operation is about.
pub fn named<E: Entity>(name: &str) -> Named<'_, E> {
    Named(name, PhantomData)
}

/// A name of one of a kind.
pub struct Named<'a, E>(&'a str, PhantomData<E>);

impl<E: Entity> Subject for Named<'_, E> {
    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        about::<E>(caller, self.0, seen, ask)
    }

    fn wants(&self, caller: &Caller, _seen: &View) -> Vec<Want> {
        wants::<E>(caller, self.0)
    }
}

/// Writes the row, and that whatever is kept of the account is void.
pub fn write<E: Entity>(caller: &Caller, view: &View, changes: &mut Changes, row: E) {
    changes.put(view, row);
    raise_generation(caller, view, changes);
}
