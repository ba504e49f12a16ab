//! Users.

use identity::policy::Caller as Who;
use store::{AccessKeyRow, Record, UserRow, View, Want, folded};
use wire::AwsError;
use wire::iam as shapes;

use super::entity::{self, about, arn, default_arn, seen, write};
use super::inventory::{self, all, check_bare, check_free, check_new, page, path_of};
use super::{bounds, conflict, id, tags};
use crate::accounts::raise_generation;
use crate::caller::Caller;
use crate::keys;
use crate::refusal::Refused;
use crate::table::operation;

/// A user as answers show it.
pub fn shape(row: &UserRow) -> shapes::User {
    shapes::User {
        path: row.path.clone(),
        user_name: row.name.clone(),
        user_id: row.id.clone(),
        arn: row.arn(),
        create_date: row.created.into(),
        permissions_boundary: bounds::shape(&row.boundary),
        tags: tags::some(&row.tags),
    }
}

/// Whom a call means that names nobody: the caller; `None` for an account's root.
///
/// # Errors
/// A session has no user.
pub fn meant(caller: &Caller, named: Option<&String>) -> Result<Option<String>, Refused> {
    match (named, &caller.principal.standing.caller) {
        (Some(name), _) => Ok(Some(name.clone())),
        (None, Who::Root { .. }) => Ok(None),
        (None, Who::User { name, .. }) => Ok(Some(name.clone())),
        (None, _) => {
            let message = "Must specify userName when calling with non-User credentials";
            Err(AwsError::validation(message))
        }
    }
}

/// The ARN of whom a call means: the root's own where it is the root.
pub fn arn_of(caller: &Caller, named: Option<&String>, view: &View) -> String {
    match meant(caller, named) {
        Ok(Some(name)) => arn::<UserRow>(caller, &name, view),
        _ => caller.principal.arn.to_string(),
    }
}

operation! {
    /// `iam:CreateUser`.
    Create: shapes::CreateUserInput => shapes::UserOutput;
    resource(caller, input) {
        default_arn::<UserRow>(caller, path_of(input.path.as_ref()), &input.user_name)
    }
    ask(_, input, _, ask) {
        inventory::asked(ask, input.tags.as_ref(), input.permissions_boundary.as_ref())
    }
    wants(caller, input, view) {
        let boundary = input.permissions_boundary.as_ref();
        let mut wants = bounds::wants::<UserRow>(caller, &input.user_name, boundary, view);
        wants.push(all::<UserRow>(caller).into());
        wants
    }
    decide(caller, input, view, now, mut changes) {
        check_new::<UserRow>(caller, &input.user_name, view)?;
        let mut all = Default::default();
        tags::add(&mut all, input.tags.as_ref())?;
        bounds::count(caller, None, input.permissions_boundary.as_ref(), view, &mut changes)?;
        let row = UserRow {
            account: caller.account().clone(),
            folded: folded(&input.user_name),
            name: input.user_name.clone(),
            path: path_of(input.path.as_ref()).to_owned(),
            created: now.at,
            id: id(caller, "AIDA"),
            boundary: input.permissions_boundary.clone(),
            grants: Default::default(),
            groups: Default::default(),
            tags: all,
        };
        write(caller, view, &mut changes, row.clone());
        Ok((changes, shapes::UserOutput { user: shape(&row) }))
    }
}

operation! {
    /// `iam:GetUser`; without a name, the caller.
    Get: shapes::GetUserInput => shapes::UserOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        match meant(caller, input.user_name.as_ref()) {
            Ok(Some(name)) => about::<UserRow>(caller, &name, view, ask),
            _ => ask.on(caller.principal.arn.to_string()),
        }
    }
    wants(caller, input, _) {
        let named = meant(caller, input.user_name.as_ref()).ok().flatten();
        let user = named.map_or_else(Vec::new, |name| entity::wants::<UserRow>(caller, &name));
        [store::AccountRow::at(caller.account()).into()].into_iter().chain(user).collect()
    }
    decide(caller, input, view, _, changes) {
        let user = match meant(caller, input.user_name.as_ref())? {
            Some(name) => shape(seen::<UserRow>(caller, &name, view)?),
            None => root(caller, view),
        };
        Ok((changes, shapes::UserOutput { user }))
    }
}

/// An account's root, as the one who asks for themselves sees it.
fn root(caller: &Caller, view: &View) -> shapes::User {
    let account = view.row::<store::AccountRow>(store::AccountRow::at(caller.account()));
    let created = account.map(|row| row.created).unwrap_or_default();
    shapes::User {
        path: "/".to_owned(),
        user_name: "root".to_owned(),
        user_id: caller.account().to_string(),
        arn: caller.principal.arn.to_string(),
        create_date: created.into(),
        ..Default::default()
    }
}

operation! {
    /// `iam:ListUsers`, by name.
    List: shapes::ListInput => shapes::ListUsersOutput;
    resource(caller, _) { default_arn::<UserRow>(caller, "/", "") }
    wants(caller, _, _) { vec![all::<UserRow>(caller).into()] }
    decide(caller, input, view, _, changes) {
        let (rows, marker) = page::<UserRow>(caller, "iam:ListUsers", input, view)?;
        let users = rows.into_iter().map(|row| shapes::User { tags: None, ..shape(row) }).collect();
        Ok((changes, shapes::ListUsersOutput { users, is_truncated: marker.is_some(), marker }))
    }
}

/// The keys of a user: the list, and each of its rows.
fn wants_of_keys(caller: &Caller, view: &View) -> Vec<Want> {
    let query = AccessKeyRow::of_account(caller.account());
    let known = view.known_list::<AccessKeyRow>(&query);
    let rows: Vec<Want> = known.into_iter().map(|row| row.key().into()).collect();
    [query.into()].into_iter().chain(rows).collect()
}

fn keys_of<'a>(caller: &Caller, user: &str, view: &'a View) -> Vec<&'a AccessKeyRow> {
    let rows = view.list::<AccessKeyRow>(&AccessKeyRow::of_account(caller.account()));
    rows.into_iter().filter(|row| row.user.as_deref() == Some(user)).collect()
}

operation! {
    /// `iam:UpdateUser`: another name or path; keys and groups stay.
    Update: shapes::UpdateUserInput => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<UserRow>(caller, &input.user_name, view, ask) }
    also(caller, input, view) {
        let Some(row) = view.known::<UserRow>(entity::key::<UserRow>(caller, &input.user_name)) else {
            return Vec::new();
        };
        // Whoever moves a user must be allowed at both of its names.
        let path = input.new_path.as_ref().unwrap_or(&row.path);
        let name = input.new_user_name.as_ref().unwrap_or(&row.name);
        let ask = identity::Ask::new("iam:UpdateUser", default_arn::<UserRow>(caller, path, name));
        vec![ask.with(keys::of_resource_tags(&row.tags))]
    }
    wants(caller, input, view) {
        let mut wants = entity::wants::<UserRow>(caller, &input.user_name);
        let new = input.new_user_name.iter();
        wants.extend(new.map(|name| entity::key::<UserRow>(caller, name).into()));
        wants.extend(wants_of_keys(caller, view));
        wants
    }
    decide(caller, input, view, _, mut changes) {
        let before = seen::<UserRow>(caller, &input.user_name, view)?;
        let mut row = before.clone();
        row.path = input.new_path.clone().unwrap_or(row.path);
        row.name = input.new_user_name.clone().unwrap_or(row.name);
        row.folded = folded(&row.name);
        if row.folded != before.folded {
            check_free::<UserRow>(caller, &row.name, view)?;
            changes.delete::<UserRow>(view, before.key());
            for key in keys_of(caller, &before.folded, view) {
                changes.put(view, AccessKeyRow { user: Some(row.folded.clone()), ..key.clone() });
            }
        }
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:DeleteUser`, of one without keys, policies and groups.
    Delete: shapes::user::Named => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<UserRow>(caller, input.name(), view, ask) }
    wants(caller, input, view) {
        let mut wants = bounds::wants::<UserRow>(caller, input.name(), None, view);
        wants.push(AccessKeyRow::of_account(caller.account()).into());
        wants
    }
    decide(caller, input, view, _, mut changes) {
        let row = seen::<UserRow>(caller, input.name(), view)?;
        check_bare(&row.grants)?;
        if !row.groups.is_empty() {
            return Err(conflict("remove users from group first"));
        }
        if !keys_of(caller, &row.folded, view).is_empty() {
            return Err(conflict("delete access keys first"));
        }
        bounds::count(caller, row.boundary.as_ref(), None, view, &mut changes)?;
        changes.delete::<UserRow>(view, entity::key::<UserRow>(caller, input.name()));
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}
