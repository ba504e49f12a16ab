//! Roles.

use identity::Ask;
use identity::limits::TRUST_POLICY_CHARS_MAX;
use identity::policy::Kind;
use store::{Changes, RoleRow, View, Want, folded};
use wire::iam as shapes;

use super::entity::{self, about, default_arn, named, seen, wants, write};
use super::inventory::{self, all, check_bare, check_new, page, path_of};
use super::{bounds, id, invalid, read, strangers, tags};
use crate::accounts::raise_generation;
use crate::caller::Caller;
use crate::principals;
use crate::refusal::Refused;
use crate::subject::Subject;
use crate::table::operation;

/// How long a session of a role lasts at most where nobody says.
const SESSION_SECONDS: u32 = 3600;

/// A role as answers show it.
pub fn shape(row: &RoleRow, view: &View) -> shapes::Role {
    let trust = principals::shown(&row.trust, row.trust_principals.as_ref(), view);
    shapes::Role {
        path: row.path.clone(),
        role_name: row.name.clone(),
        role_id: row.id.clone(),
        arn: row.arn(),
        create_date: row.created.into(),
        assume_role_policy_document: shapes::url_encoded(&trust),
        max_session_duration: row.max_session_seconds,
        description: row.description.clone(),
        permissions_boundary: bounds::shape(&row.boundary),
        tags: tags::some(&row.tags),
        role_last_used: None,
    }
}

/// What [`shape`] looks at of a role.
fn wants_of(row: &RoleRow) -> Vec<Want> {
    principals::wants_of(row.trust_principals.as_ref())
}

/// The role of this name, with all that is shown of it.
struct Shown<'a>(&'a str);

impl Subject for Shown<'_> {
    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        about::<RoleRow>(caller, self.0, seen, ask)
    }

    fn wants(&self, caller: &Caller, seen: &View) -> Vec<Want> {
        let row = seen.known::<RoleRow>(entity::key::<RoleRow>(caller, self.0));
        let named = row.into_iter().flat_map(wants_of);
        wants::<RoleRow>(caller, self.0).into_iter().chain(named).collect()
    }
}

/// Every role of an account, with all that is shown of them.
pub(super) fn wants_all(caller: &Caller, view: &View) -> Vec<Want> {
    let query = all::<RoleRow>(caller);
    let named =
        view.known_list::<RoleRow>(&query).into_iter().flat_map(wants_of).collect::<Vec<_>>();
    [query.into()].into_iter().chain(named).collect()
}

/// AWS keeps the roles below these paths to its own services.
fn check_path(path: &str) -> Result<(), Refused> {
    match ["/aws-service-role/", "/aws-reserved/"].iter().find(|it| path.starts_with(**it)) {
        Some(kept) => {
            Err(invalid(format!("Paths below {kept} are reserved for AWS: take another.")))
        }
        None => Ok(()),
    }
}

operation! {
    /// `iam:CreateRole`.
    Create: shapes::CreateRoleInput => shapes::RoleOutput;
    resource(caller, input) {
        default_arn::<RoleRow>(caller, path_of(input.path.as_ref()), &input.role_name)
    }
    ask(_, input, _, ask) {
        inventory::asked(ask, input.tags.as_ref(), input.permissions_boundary.as_ref())
    }
    wants(caller, input, view) {
        let boundary = input.permissions_boundary.as_ref();
        let mut wants = bounds::wants::<RoleRow>(caller, &input.role_name, boundary, view);
        wants.push(all::<RoleRow>(caller).into());
        wants.extend(strangers::wants(caller));
        wants.extend(principals::wants(&input.assume_role_policy_document, Kind::Trust));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        check_new::<RoleRow>(caller, &input.role_name, view)?;
        check_path(path_of(input.path.as_ref()))?;
        let trust = read(&input.assume_role_policy_document, Kind::Trust, TRUST_POLICY_CHARS_MAX)?;
        let named = principals::bind(caller, &trust, view)?;
        let mut all = Default::default();
        tags::add(&mut all, input.tags.as_ref())?;
        strangers::keep_out(caller, &trust, &all, view)?;
        bounds::count(caller, None, input.permissions_boundary.as_ref(), view, &mut changes)?;
        let row = RoleRow {
            account: caller.account().clone(),
            folded: folded(&input.role_name),
            name: input.role_name.clone(),
            path: path_of(input.path.as_ref()).to_owned(),
            created: now.at,
            id: id(caller, "AROA"),
            trust: input.assume_role_policy_document.clone(),
            trust_principals: Some(named),
            description: input.description.clone(),
            max_session_seconds: input.max_session_duration.unwrap_or(SESSION_SECONDS),
            boundary: input.permissions_boundary.clone(),
            grants: Default::default(),
            tags: all,
        };
        write(caller, view, &mut changes, row.clone());
        Ok((changes, shapes::RoleOutput { role: shape(&row, view) }))
    }
}

operation! {
    /// `iam:GetRole`.
    Get: shapes::role::Named => shapes::RoleOutput;
    about(input) { Shown(input.name()) }
    decide(caller, input, view, _, changes) {
        let row = seen::<RoleRow>(caller, input.name(), view)?;
        let role = shapes::Role { role_last_used: Some(Default::default()), ..shape(row, view) };
        Ok((changes, shapes::RoleOutput { role }))
    }
}

operation! {
    /// `iam:ListRoles`, by name.
    List: shapes::ListInput => shapes::ListRolesOutput;
    resource(caller, _) { default_arn::<RoleRow>(caller, "/", "") }
    wants(caller, _, view) { wants_all(caller, view) }
    decide(caller, input, view, _, changes) {
        let (rows, marker) = page::<RoleRow>(caller, "iam:ListRoles", input, view)?;
        // A list leaves tags and boundaries out.
        let short = |row| shapes::Role { tags: None, permissions_boundary: None, ..shape(row, view) };
        let roles = rows.into_iter().map(short).collect();
        Ok((changes, shapes::ListRolesOutput { roles, is_truncated: marker.is_some(), marker }))
    }
}

/// Changes a role in one way or another.
fn change(
    caller: &Caller,
    name: &str,
    view: &View,
    mut changes: Changes,
    how: impl FnOnce(&mut RoleRow),
) -> Result<(Changes, RoleRow), Refused> {
    let mut row = seen::<RoleRow>(caller, name, view)?.clone();
    how(&mut row);
    write(caller, view, &mut changes, row.clone());
    Ok((changes, row))
}

operation! {
    /// `iam:UpdateRole`: description and longest session.
    Update: shapes::UpdateRoleInput => shapes::Nothing;
    about(input) { named::<RoleRow>(&input.role_name) }
    decide(caller, input, view, _, changes) {
        let (changes, _) = change(caller, &input.role_name, view, changes, |row| {
            row.description = input.description.clone().or(row.description.take());
            row.max_session_seconds = input.max_session_duration.unwrap_or(row.max_session_seconds);
        })?;
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:UpdateRoleDescription`.
    UpdateDescription: shapes::UpdateRoleDescriptionInput => shapes::RoleOutput;
    about(input) { Shown(&input.role_name) }
    decide(caller, input, view, _, changes) {
        let (changes, row) = change(caller, &input.role_name, view, changes, |row| {
            row.description = Some(input.description.clone());
        })?;
        Ok((changes, shapes::RoleOutput { role: shape(&row, view) }))
    }
}

operation! {
    /// `iam:UpdateAssumeRolePolicy`: who may assume it.
    UpdateTrust: shapes::UpdateAssumeRolePolicyInput => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<RoleRow>(caller, &input.role_name, view, ask) }
    wants(caller, input, _) {
        let mut wants = wants::<RoleRow>(caller, &input.role_name);
        wants.extend(strangers::wants(caller));
        wants.extend(principals::wants(&input.policy_document, Kind::Trust));
        wants
    }
    decide(caller, input, view, _, changes) {
        let trust = read(&input.policy_document, Kind::Trust, TRUST_POLICY_CHARS_MAX)?;
        let row = seen::<RoleRow>(caller, &input.role_name, view)?;
        let named = principals::bind(caller, &trust, view)?;
        strangers::keep_out(caller, &trust, &row.tags, view)?;
        let (changes, _) = change(caller, &input.role_name, view, changes, |row| {
            row.trust.clone_from(&input.policy_document);
            row.trust_principals = Some(named);
        })?;
        Ok((changes, shapes::Nothing::default()))
    }
}

fn wants_of_deleting(caller: &Caller, name: &str, view: &View) -> Vec<Want> {
    bounds::wants::<RoleRow>(caller, name, None, view)
}

operation! {
    /// `iam:DeleteRole`, of one without policies.
    Delete: shapes::role::Named => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<RoleRow>(caller, input.name(), view, ask) }
    wants(caller, input, view) { wants_of_deleting(caller, input.name(), view) }
    decide(caller, input, view, _, mut changes) {
        let row = seen::<RoleRow>(caller, input.name(), view)?;
        check_bare(&row.grants)?;
        bounds::count(caller, row.boundary.as_ref(), None, view, &mut changes)?;
        changes.delete::<RoleRow>(view, entity::key::<RoleRow>(caller, input.name()));
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}
