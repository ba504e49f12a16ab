//! Whom a policy on a role or another resource names: users and roles of accounts here are there when
//! it is saved. Whether a name is one at all is `identity`'s.

use domain::{AccountId, Arn};
use identity::policy::{Kind, Policy};
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

    fn is_there(&self, view: &View) -> bool {
        let found = match self.is_user {
            true => view.row::<UserRow>(self.key.clone()).map(UserRow::arn),
            false => view.row::<RoleRow>(self.key.clone()).map(RoleRow::arn),
        };
        found.is_some_and(|found| self.arn.as_ref().is_none_or(|arn| *arn == found))
    }
}

/// What [`check`] looks at for a policy's text.
pub(crate) fn wants(text: &str, kind: Kind) -> Vec<Want> {
    let policy = Policy::read(text, kind).ok();
    let named = policy.iter().flat_map(Policy::principals).filter_map(Named::read);
    named.flat_map(|it| [it.key.into(), AccountRow::at(&it.account).into()]).collect()
}

/// Whether everybody is there whom the policy names of accounts that are here.
///
/// # Errors
/// `MalformedPolicyDocument`, with the first who is not.
pub(crate) fn check(caller: &Caller, policy: &Policy, view: &View) -> Result<(), Refused> {
    let is_here = |account: &AccountId| {
        account == caller.account() || view.row::<AccountRow>(AccountRow::at(account)).is_some()
    };
    let is_missing = |text: &&str| {
        Named::read(text).is_some_and(|it| is_here(&it.account) && !it.is_there(view))
    };
    policy.principals().find(is_missing).map_or(Ok(()), |missing| {
        let message = format!("Invalid principal in policy: \"AWS\":\"{missing}\"");
        Err(AwsError::refused("MalformedPolicyDocumentException", message))
    })
}
