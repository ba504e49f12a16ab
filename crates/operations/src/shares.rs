//! Policies on connections: which other accounts may use them.
//!
//! AWS shares connections by its Resource Access Manager; here a connection has a policy of its own,
//! and the other account's own policies must allow the use too. It can be seen, passed on and used
//! so. Who may see it learns how it fares for the caller's own account, tests it, and looks after the
//! hooks that the account has by it; every other operation is the connection's own account's.

use std::sync::Arc;

use domain::{Arn, ConnectionArn};
use identity::policy::{Attached, Kind};
use identity::{Ask, Principal};
use store::{ConnectionRow, Key, ResourcePolicyRow, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::connections::{about, seen};
use crate::principals;
use crate::refusal::Refused;
use crate::standing::read_bound;
use crate::table::operation;
use crate::watches::connection_key;

/// Where the policy on a connection lies, in its owner's account.
pub fn key(arn: &ConnectionArn) -> Option<Key> {
    let owner = Arn::parse(arn.as_str())?.account;
    Some(ResourcePolicyRow::at(&owner, &format!("connection/{}", arn.id())))
}

/// The policy on a connection, for a caller of another account; its own account's callers need none.
pub fn policy(principal: &Principal, arn: &ConnectionArn, view: &View) -> Option<Arc<Attached>> {
    let key = key(arn)?;
    let row = view.known::<ResourcePolicyRow>(key)?;
    (row.account != principal.account)
        .then(|| read_bound("the connection's policy", &row.text, row.principals.as_ref()))
}

/// What is asked for the caller's own account by a connection that another one may have: its own
/// policies decide, beside what [`seeing`] asks.
pub(crate) fn for_own(caller: &Caller, arn: &ConnectionArn, view: &View, ask: Ask) -> Ask {
    about(caller, arn, view, ask).of(caller.account().clone())
}

/// To see a connection of another account, which its policy and the caller's own must allow. Whether
/// there is one is not told otherwise.
pub(crate) fn seeing(caller: &Caller, arn: &ConnectionArn, view: &View) -> Option<Ask> {
    let owner = Arn::parse(arn.as_str()).map(|arn| arn.account);
    owner.filter(|owner| owner != caller.account()).map(|_| {
        let ask = Ask::new("codeconnections:GetConnection", arn.as_str());
        about(caller, arn, view, ask).under(policy(&caller.principal, arn, view))
    })
}

/// A connection and the policy on it.
pub(crate) fn wants(caller: &Caller, arn: &ConnectionArn) -> Vec<Want> {
    let policy = key(arn).map(Want::from);
    policy.into_iter().chain([connection_key(caller.account(), arn).into()]).collect()
}

/// The connection, which must be the caller's own.
fn own<'a>(
    caller: &Caller,
    arn: &ConnectionArn,
    view: &'a View,
) -> Result<&'a ConnectionRow, Refused> {
    let row = seen(caller, arn, view)?;
    match row.account == *caller.account() {
        true => Ok(row),
        false => Err(AwsError::access_denied(format!("{arn} is another account's connection."))),
    }
}

operation! {
    /// `towpath:PutConnectionPolicy`: other accounts whom the policy allows may see the connection,
    /// pass it on and use it, as far as their own policies allow it too.
    Put: shapes::PutConnectionPolicyInput => shapes::PutConnectionPolicyOutput;
    resource(_, input) { input.connection_arn.to_string() }
    wants(caller, input, _) {
        let mut wants = wants(caller, &input.connection_arn);
        wants.extend(principals::wants(&input.policy, Kind::Resource));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let row = own(caller, &input.connection_arn, view)?;
        let policy = crate::iam::read(&input.policy, Kind::Resource, Kind::Resource.chars_max())?;
        let principals = principals::bind(caller, &policy, view)?;
        changes.put(view, ResourcePolicyRow {
            account: row.account.clone(),
            resource: format!("connection/{}", row.id),
            updated: now.at,
            text: input.policy.clone(),
            principals: Some(principals),
        });
        Ok((changes, shapes::PutConnectionPolicyOutput::default()))
    }
}

operation! {
    /// `towpath:GetConnectionPolicy`.
    Get: shapes::ConnectionPolicyInput => shapes::GetConnectionPolicyOutput;
    resource(_, input) { input.connection_arn.to_string() }
    wants(caller, input, view) {
        let key = key(&input.connection_arn);
        let row = key.and_then(|key| view.known::<ResourcePolicyRow>(key));
        let named = principals::wants_of(row.and_then(|row| row.principals.as_ref()));
        wants(caller, &input.connection_arn).into_iter().chain(named).collect()
    }
    decide(caller, input, view, _, changes) {
        own(caller, &input.connection_arn, view)?;
        let row = key(&input.connection_arn).and_then(|key| view.row::<ResourcePolicyRow>(key));
        let shown = |row: &ResourcePolicyRow| principals::shown(&row.text, row.principals.as_ref(), view);
        let policy = row.map(shown).ok_or_else(|| {
            let message = format!("{} has no policy: it is shared with nobody.", input.connection_arn);
            AwsError::refused("ResourceNotFoundException", message)
        })?;
        Ok((changes, shapes::GetConnectionPolicyOutput { policy }))
    }
}

operation! {
    /// `towpath:DeleteConnectionPolicy`: nobody of another account may use it any more.
    Delete: shapes::ConnectionPolicyInput => shapes::DeleteConnectionPolicyOutput;
    resource(_, input) { input.connection_arn.to_string() }
    wants(caller, input, _) { wants(caller, &input.connection_arn) }
    decide(caller, input, view, _, mut changes) {
        own(caller, &input.connection_arn, view)?;
        if let Some(key) = key(&input.connection_arn) {
            changes.delete::<ResourcePolicyRow>(view, key);
        }
        Ok((changes, shapes::DeleteConnectionPolicyOutput::default()))
    }
}
