//! Access keys of users, and of the account itself where the root asks for its own.

use domain::AccessKeyId;
use store::{AccessKeyRow, AccountRow, View, Want};
use wire::AwsError;
use wire::iam as shapes;

use super::entity::{self, seen};
use super::paging::List as Page;
use super::users::{arn_of, meant};
use super::{exceeded, missing};
use crate::accounts::{new_key, raise_generation};
use crate::caller::Caller;
use crate::limits::USER_KEYS_MAX;
use crate::refusal::Refused;
use crate::table::operation;
use store::UserRow;

const ACTIVE: &str = "Active";
const INACTIVE: &str = "Inactive";

fn of_account(caller: &Caller) -> store::Query {
    AccessKeyRow::of_account(caller.account())
}

/// The user, where one is meant, and the account's keys.
fn wants(caller: &Caller, named: Option<&String>) -> Vec<Want> {
    let user = meant(caller, named).ok().flatten();
    let user = user.map(|name| entity::key::<UserRow>(caller, &name).into());
    let account: [Want; 2] = [of_account(caller).into(), AccountRow::at(caller.account()).into()];
    account.into_iter().chain(user).collect()
}

/// The one whose keys are meant: the name in small letters, `None` for the account's own, and the
/// name as it was given.
fn whose(
    caller: &Caller,
    named: Option<&String>,
    view: &View,
) -> Result<(Option<String>, String), Refused> {
    match meant(caller, named)? {
        None => Ok((None, "root".to_owned())),
        Some(name) => {
            let row = seen::<UserRow>(caller, &name, view)?;
            Ok((Some(row.folded.clone()), row.name.clone()))
        }
    }
}

fn of<'a>(caller: &Caller, user: Option<&str>, view: &'a View) -> Vec<&'a AccessKeyRow> {
    let rows = view.list::<AccessKeyRow>(&of_account(caller));
    rows.into_iter().filter(|row| row.user.as_deref() == user).collect()
}

fn status(row: &AccessKeyRow) -> String {
    (if row.active { ACTIVE } else { INACTIVE }).to_owned()
}

operation! {
    /// `iam:CreateAccessKey`: the only time that its secret is given out.
    Create: shapes::CreateAccessKeyInput => shapes::CreateAccessKeyOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { ask.on(arn_of(caller, input.user_name.as_ref(), view)) }
    wants(caller, input, _) { wants(caller, input.user_name.as_ref()) }
    decide(caller, input, view, now, mut changes) {
        let (user, user_name) = whose(caller, input.user_name.as_ref(), view)?;
        // The account's own keys have no limit: its servers may need one each.
        if user.is_some() && of(caller, user.as_deref(), view).len() >= USER_KEYS_MAX {
            return Err(exceeded(format!("Cannot exceed quota for AccessKeysPerUser: {USER_KEYS_MAX}")));
        }
        let (row, secret_access_key) = new_key(caller, now.at)?;
        let access_key_id = row.access_key.clone();
        changes.insert(AccessKeyRow { user, ..row });
        raise_generation(caller, view, &mut changes);
        let (status, create_date) = (ACTIVE.to_owned(), now.at.into());
        let access_key =
            shapes::AccessKey { user_name, access_key_id, status, secret_access_key, create_date };
        Ok((changes, shapes::CreateAccessKeyOutput { access_key }))
    }
}

operation! {
    /// `iam:ListAccessKeys`, oldest first.
    List: shapes::ListAccessKeysInput => shapes::ListAccessKeysOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { ask.on(arn_of(caller, input.user_name.as_ref(), view)) }
    wants(caller, input, _) { wants(caller, input.user_name.as_ref()) }
    decide(caller, input, view, _, changes) {
        let (user, user_name) = whose(caller, input.user_name.as_ref(), view)?;
        let rows = of(caller, user.as_deref(), view);
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = Page { operation: "iam:ListAccessKeys", filter: &user_name, marker, max_items };
        let order = |row: &&AccessKeyRow| format!("{:020} {}", row.created.0, row.access_key);
        let (rows, marker) = page.cut(caller, rows, order)?;
        let shape = |row: &AccessKeyRow| shapes::AccessKeyMetadata {
            user_name: user_name.clone(),
            access_key_id: row.access_key.clone(),
            status: status(row),
            create_date: row.created.into(),
        };
        let access_key_metadata = rows.into_iter().map(shape).collect();
        let is_truncated = marker.is_some();
        Ok((changes, shapes::ListAccessKeysOutput { access_key_metadata, is_truncated, marker }))
    }
}

fn wants_one(caller: &Caller, named: Option<&String>, key: &AccessKeyId) -> Vec<Want> {
    let mut wants = wants(caller, named);
    wants.push(AccessKeyRow::at(key).into());
    wants
}

/// The key, if it is of whom it is said to be.
fn key_of<'a>(
    caller: &Caller,
    named: Option<&String>,
    key: &AccessKeyId,
    view: &'a View,
) -> Result<&'a AccessKeyRow, Refused> {
    let (user, _) = whose(caller, named, view)?;
    let row = view.row::<AccessKeyRow>(AccessKeyRow::at(key));
    let row = row.filter(|row| row.account == *caller.account() && row.user == user);
    row.ok_or_else(|| missing(format!("The Access Key with id {key} cannot be found.")))
}

/// The last way in must stay open.
fn check_not_own(caller: &Caller, key: &AccessKeyId) -> Result<(), Refused> {
    match caller.principal.is_root() && caller.principal.access_key == *key {
        true => Err(AwsError::validation(
            "The account's key cannot end itself: sign the call with another one.",
        )),
        false => Ok(()),
    }
}

/// The key, if it is one of the caller's account.
fn key_here<'a>(caller: &Caller, key: &AccessKeyId, view: &'a View) -> Option<&'a AccessKeyRow> {
    let row = view.known::<AccessKeyRow>(AccessKeyRow::at(key));
    row.filter(|row| row.account == *caller.account())
}

operation! {
    /// `iam:GetAccessKeyLastUsed`: as of the last use that was written down.
    LastUsed: shapes::GetAccessKeyLastUsedInput => shapes::GetAccessKeyLastUsedOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        match key_here(caller, &input.access_key_id, view).map(|row| row.user.as_ref()) {
            Some(Some(user)) => ask.on(entity::arn::<UserRow>(caller, user, view)),
            _ => ask,
        }
    }
    wants(caller, input, view) {
        let user = key_here(caller, &input.access_key_id, view).and_then(|row| row.user.clone());
        let user = user.map(|name| entity::key::<UserRow>(caller, &name).into());
        [AccessKeyRow::at(&input.access_key_id).into()].into_iter().chain(user).collect()
    }
    decide(caller, input, view, _, changes) {
        let key = &input.access_key_id;
        let row = key_here(caller, key, view);
        let row = row.ok_or_else(|| missing(format!("The Access Key with id {key} cannot be found.")))?;
        let user_name = match &row.user {
            Some(user) => seen::<UserRow>(caller, user, view)?.name.clone(),
            None => "root".to_owned(),
        };
        let never = || "N/A".to_owned();
        let used = row.used.as_ref();
        let access_key_last_used = shapes::AccessKeyLastUsed {
            service_name: used.map_or_else(never, |used| used.service.clone()),
            region: used.map_or_else(never, |used| used.region.clone()),
            last_used_date: used.map(|used| used.at.into()),
        };
        Ok((changes, shapes::GetAccessKeyLastUsedOutput { user_name, access_key_last_used }))
    }
}

operation! {
    /// `iam:UpdateAccessKey`: a key that is not active signs nothing.
    Update: shapes::UpdateAccessKeyInput => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { ask.on(arn_of(caller, input.user_name.as_ref(), view)) }
    wants(caller, input, _) { wants_one(caller, input.user_name.as_ref(), &input.access_key_id) }
    decide(caller, input, view, _, mut changes) {
        let row = key_of(caller, input.user_name.as_ref(), &input.access_key_id, view)?;
        let active = input.status == ACTIVE;
        if !active {
            check_not_own(caller, &input.access_key_id)?;
        }
        changes.put(view, AccessKeyRow { active, ..row.clone() });
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:DeleteAccessKey`: the next call signed with it is refused.
    Delete: shapes::DeleteAccessKeyInput => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { ask.on(arn_of(caller, input.user_name.as_ref(), view)) }
    wants(caller, input, _) { wants_one(caller, input.user_name.as_ref(), &input.access_key_id) }
    decide(caller, input, view, _, mut changes) {
        key_of(caller, input.user_name.as_ref(), &input.access_key_id, view)?;
        check_not_own(caller, &input.access_key_id)?;
        changes.delete::<AccessKeyRow>(view, AccessKeyRow::at(&input.access_key_id));
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}
