//! Groups, and who is in them.

use store::{GroupRow, Record, UserRow, View, Want, folded};
use wire::iam as shapes;

use super::entity::{self, about, default_arn, seen, write};
use super::inventory::{all, check_bare, check_free, check_new, page, path_of};
use super::paging::List as Page;
use super::{conflict, exceeded, id, missing, users};
use crate::accounts::raise_generation;
use crate::caller::Caller;
use crate::limits::GROUPS_OF_USER_MAX;
use crate::table::operation;

/// A group as answers show it.
pub fn shape(row: &GroupRow) -> shapes::Group {
    shapes::Group {
        path: row.path.clone(),
        group_name: row.name.clone(),
        group_id: row.id.clone(),
        arn: row.arn(),
        create_date: row.created.into(),
    }
}

fn members<'a>(caller: &Caller, group: &str, view: &'a View) -> Vec<&'a UserRow> {
    let users = view.list::<UserRow>(&all::<UserRow>(caller));
    users.into_iter().filter(|user| user.groups.contains(&folded(group))).collect()
}

operation! {
    /// `iam:CreateGroup`.
    Create: shapes::CreateGroupInput => shapes::GroupOutput;
    resource(caller, input) {
        default_arn::<GroupRow>(caller, path_of(input.path.as_ref()), &input.group_name)
    }
    wants(caller, input, _) {
        let mut wants = entity::wants::<GroupRow>(caller, &input.group_name);
        wants.push(all::<GroupRow>(caller).into());
        wants
    }
    decide(caller, input, view, now, mut changes) {
        check_new::<GroupRow>(caller, &input.group_name, view)?;
        let row = GroupRow {
            account: caller.account().clone(),
            folded: folded(&input.group_name),
            name: input.group_name.clone(),
            path: path_of(input.path.as_ref()).to_owned(),
            created: now.at,
            id: id(caller, "AGPA"),
            grants: Default::default(),
        };
        write(caller, view, &mut changes, row.clone());
        Ok((changes, shapes::GroupOutput { group: shape(&row) }))
    }
}

operation! {
    /// `iam:GetGroup`, with its users.
    Get: shapes::group::Paged => shapes::GetGroupOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<GroupRow>(caller, input.name(), view, ask) }
    wants(caller, input, _) {
        let mut wants = entity::wants::<GroupRow>(caller, input.name());
        wants.push(all::<UserRow>(caller).into());
        wants
    }
    decide(caller, input, view, _, changes) {
        let group = shape(seen::<GroupRow>(caller, input.name(), view)?);
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = Page { operation: "iam:GetGroup", filter: input.name(), marker, max_items };
        let rows = members(caller, input.name(), view);
        let (rows, marker) = page.cut(caller, rows, |row| row.folded.clone())?;
        let users = rows.into_iter().map(|row| shapes::User { tags: None, ..users::shape(row) });
        let (users, is_truncated) = (users.collect(), marker.is_some());
        Ok((changes, shapes::GetGroupOutput { group, users, is_truncated, marker }))
    }
}

operation! {
    /// `iam:ListGroups`, by name.
    List: shapes::ListInput => shapes::ListGroupsOutput;
    resource(caller, _) { default_arn::<GroupRow>(caller, "/", "") }
    wants(caller, _, _) { vec![all::<GroupRow>(caller).into()] }
    decide(caller, input, view, _, changes) {
        let (rows, marker) = page::<GroupRow>(caller, "iam:ListGroups", input, view)?;
        let groups = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListGroupsOutput { groups, is_truncated: marker.is_some(), marker }))
    }
}

operation! {
    /// `iam:DeleteGroup`, of one without users and policies.
    Delete: shapes::group::Named => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<GroupRow>(caller, input.name(), view, ask) }
    wants(caller, input, _) {
        let mut wants = entity::wants::<GroupRow>(caller, input.name());
        wants.push(all::<UserRow>(caller).into());
        wants
    }
    decide(caller, input, view, _, mut changes) {
        let row = seen::<GroupRow>(caller, input.name(), view)?;
        if !members(caller, input.name(), view).is_empty() {
            return Err(conflict("remove users from group first"));
        }
        check_bare(&row.grants)?;
        changes.delete::<GroupRow>(view, entity::key::<GroupRow>(caller, input.name()));
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:UpdateGroup`: another name or path; its users and policies stay.
    Update: shapes::UpdateGroupInput => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<GroupRow>(caller, &input.group_name, view, ask) }
    also(caller, input, view) {
        let Some(row) = view.known::<GroupRow>(entity::key::<GroupRow>(caller, &input.group_name)) else {
            return Vec::new();
        };
        // Whoever moves a group must be allowed at both of its names.
        let path = input.new_path.as_ref().unwrap_or(&row.path);
        let name = input.new_group_name.as_ref().unwrap_or(&row.name);
        vec![identity::Ask::new("iam:UpdateGroup", default_arn::<GroupRow>(caller, path, name))]
    }
    wants(caller, input, view) {
        let mut wants = entity::wants::<GroupRow>(caller, &input.group_name);
        let new = input.new_group_name.iter();
        wants.extend(new.map(|name| entity::key::<GroupRow>(caller, name).into()));
        wants.push(all::<UserRow>(caller).into());
        let known = view.known_list::<UserRow>(&all::<UserRow>(caller)).into_iter();
        let inside = known.filter(|user| user.groups.contains(&folded(&input.group_name)));
        wants.extend(inside.map(|user| user.key().into()));
        wants
    }
    decide(caller, input, view, _, mut changes) {
        let before = seen::<GroupRow>(caller, &input.group_name, view)?;
        let mut row = before.clone();
        row.path = input.new_path.clone().unwrap_or(row.path);
        row.name = input.new_group_name.clone().unwrap_or(row.name);
        row.folded = folded(&row.name);
        if row.folded != before.folded {
            check_free::<GroupRow>(caller, &row.name, view)?;
            changes.delete::<GroupRow>(view, before.key());
            for user in members(caller, &before.folded, view) {
                let mut user = user.clone();
                user.groups.remove(&before.folded);
                user.groups.insert(row.folded.clone());
                changes.put(view, user);
            }
        }
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

fn wants_of_member(caller: &Caller, input: &shapes::GroupMember) -> Vec<Want> {
    let mut wants = entity::wants::<GroupRow>(caller, &input.group_name);
    wants.push(entity::key::<UserRow>(caller, &input.user_name).into());
    wants
}

operation! {
    /// `iam:AddUserToGroup`; one who is in it stays there.
    Add: shapes::GroupMember => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<GroupRow>(caller, &input.group_name, view, ask) }
    wants(caller, input, _) { wants_of_member(caller, input) }
    decide(caller, input, view, _, mut changes) {
        let group = seen::<GroupRow>(caller, &input.group_name, view)?;
        let mut user = seen::<UserRow>(caller, &input.user_name, view)?.clone();
        user.groups.insert(group.folded.clone());
        if user.groups.len() > GROUPS_OF_USER_MAX {
            let quota = format!("GroupsPerUser: {GROUPS_OF_USER_MAX}");
            return Err(exceeded(format!("Cannot exceed quota for {quota}")));
        }
        write(caller, view, &mut changes, user);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:RemoveUserFromGroup`.
    Remove: shapes::GroupMember => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<GroupRow>(caller, &input.group_name, view, ask) }
    wants(caller, input, _) { wants_of_member(caller, input) }
    decide(caller, input, view, _, mut changes) {
        let group = seen::<GroupRow>(caller, &input.group_name, view)?;
        let mut user = seen::<UserRow>(caller, &input.user_name, view)?.clone();
        if !user.groups.remove(&group.folded) {
            let (user, group) = (&input.user_name, &input.group_name);
            return Err(missing(format!("User {user} is not in group {group}.")));
        }
        write(caller, view, &mut changes, user);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:ListGroupsForUser`.
    ListOfUser: shapes::user::Paged => shapes::ListGroupsOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about::<UserRow>(caller, input.name(), view, ask) }
    wants(caller, input, _) {
        let mut wants = entity::wants::<UserRow>(caller, input.name());
        wants.push(all::<GroupRow>(caller).into());
        wants
    }
    decide(caller, input, view, _, changes) {
        let user = seen::<UserRow>(caller, input.name(), view)?;
        let rows = view.list::<GroupRow>(&all::<GroupRow>(caller)).into_iter();
        let rows: Vec<_> = rows.filter(|row| user.groups.contains(&row.folded)).collect();
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = Page { operation: "iam:ListGroupsForUser", filter: input.name(), marker, max_items };
        let (rows, marker) = page.cut(caller, rows, |row| row.folded.clone())?;
        let groups = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListGroupsOutput { groups, is_truncated: marker.is_some(), marker }))
    }
}
