//! Whom a policy on a role or another resource names: users and roles of accounts here are there when
//! it is saved, and nobody who gets their name later is meant. Whether a name is one at all is
//! `identity`'s.

use domain::{AccountId, Arn};
use identity::policy::{Kind, Policy, UniqueIds, with_ids};
use store::{AccountRow, Key, RoleRow, UserRow, View, Want, folded};
use wire::AwsError;

use crate::caller::Caller;
use crate::refusal::Refused;

/// A user or a role that a policy names.
struct Named {
    account: AccountId,
    key: Key,
    is_user: bool,
    /// Its ARN; of a role's session, only its role is looked for, whose path nobody says.
    arn: Option<String>,
}

impl Named {
    fn read(text: &str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let (kind, rest) = arn.resource.split_once('/')?;
        let name = match kind {
            "assumed-role" => rest.split('/').next(),
            _ => rest.rsplit('/').next(),
        };
        let (account, name) = (arn.account.clone(), folded(name?));
        let key = match kind {
            "user" => UserRow::at(&account, &name),
            "role" | "assumed-role" => RoleRow::at(&account, &name),
            _ => return None,
        };
        let whole = (kind != "assumed-role").then(|| text.to_owned());
        Some(Self { account, key, is_user: kind == "user", arn: whole })
    }

    /// The unique id of the one who has the name now.
    fn unique_id<'v>(&self, view: &'v View) -> Option<&'v String> {
        let key = self.key.clone();
        let (arn, id) = match self.is_user {
            true => view.row::<UserRow>(key).map(|row| (row.arn(), &row.id)),
            false => view.row::<RoleRow>(key).map(|row| (row.arn(), &row.id)),
        }?;
        self.arn.as_ref().is_none_or(|named| *named == arn).then_some(id)
    }
}

/// What [`bind`] looks at for a policy's text.
pub(crate) fn wants(text: &str, kind: Kind) -> Vec<Want> {
    let policy = Policy::read(text, kind).ok();
    let named = policy.iter().flat_map(Policy::principals).filter_map(Named::read);
    named.flat_map(|it| [it.key.into(), AccountRow::at(&it.account).into()]).collect()
}

/// The unique ids of everybody whom the policy names, each of whom is there if their account is here:
/// who gets the name later is not meant.
///
/// # Errors
/// `MalformedPolicyDocument`, with the first who is not there.
pub(crate) fn bind(caller: &Caller, policy: &Policy, view: &View) -> Result<UniqueIds, Refused> {
    let is_here = |account: &AccountId| {
        account == caller.account() || view.row::<AccountRow>(AccountRow::at(account)).is_some()
    };
    let mut ids = UniqueIds::new();
    for text in policy.principals() {
        let Some(named) = Named::read(text) else { continue };
        match named.unique_id(view) {
            Some(id) => drop(ids.insert(text.to_owned(), id.clone())),
            None if is_here(&named.account) => return Err(invalid(text)),
            None => {}
        }
    }
    Ok(ids)
}

fn invalid(missing: &str) -> Refused {
    let message = format!("Invalid principal in policy: \"AWS\":\"{missing}\"");
    AwsError::refused("MalformedPolicyDocumentException", message)
}

/// What [`shown`] looks at.
pub(crate) fn wants_of(ids: Option<&UniqueIds>) -> Vec<Want> {
    let named = ids.into_iter().flatten().filter_map(|(arn, _)| Named::read(arn));
    named.map(|it| it.key.into()).collect()
}

/// A saved policy as answers show it: who is no longer there by the unique id alone.
pub(crate) fn shown(text: &str, ids: Option<&UniqueIds>, view: &View) -> String {
    let is_gone = |arn: &str, id: &String| {
        Named::read(arn).is_some_and(|named| named.unique_id(view) != Some(id))
    };
    let gone = ids.into_iter().flatten().filter(|(arn, id)| is_gone(arn, id));
    with_ids(text, &gone.map(|(arn, id)| (arn.clone(), id.clone())).collect())
}
