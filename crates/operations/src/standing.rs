//! What stands on a caller's side: their rows, read into policies that are ready to judge by.
//!
//! Made once and kept while the account's generation lasts. A policy whose text cannot be read any
//! more denies everything: it may have denied something.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::AccountId;
use identity::policy::{Attached, Caller, Context, Kind, Policy, UniqueIds, Value};
use identity::{Ask, Principal, Standing};
use store::{
    AccountRow, Grants, GroupRow, OrganisationPolicyRow, PolicyRow, RoleRow, UserRow, View, Want,
};

use crate::accounts::FIRST_ACCOUNT;
use crate::iam::managed;

/// Whose standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// An account's own.
    Root(AccountId),
    /// A user's, by the name in small letters.
    User(AccountId, String),
    /// That of a session of a role, by the role's name in small letters.
    Role {
        /// The role's account.
        account: AccountId,
        /// The role's name in small letters.
        folded: String,
        /// The session's name.
        session: String,
    },
}

impl Whose {
    fn account(&self) -> &AccountId {
        match self {
            Self::Root(account) | Self::User(account, _) | Self::Role { account, .. } => account,
        }
    }

    /// The rows that it is made of, given what was seen already.
    pub fn wants(&self, seen: &View) -> Vec<Want> {
        let account = self.account();
        let mut wants: Vec<Want> = vec![OrganisationPolicyRow::above(account).into()];
        match self {
            Self::Root(_) => {}
            Self::User(_, folded) => {
                let key = UserRow::at(account, folded);
                wants.push(key.clone().into());
                if let Some(user) = seen.known::<UserRow>(key) {
                    wants.extend(managed_wants(account, &user.grants, user.boundary.as_ref()));
                    wants.extend(user.groups.iter().map(|it| GroupRow::at(account, it).into()));
                    let groups = user.groups.iter();
                    let groups =
                        groups.filter_map(|it| seen.known::<GroupRow>(GroupRow::at(account, it)));
                    wants.extend(groups.flat_map(|it| managed_wants(account, &it.grants, None)));
                }
            }
            Self::Role { folded, .. } => {
                let key = RoleRow::at(account, folded);
                wants.push(key.clone().into());
                if let Some(role) = seen.known::<RoleRow>(key) {
                    wants.extend(managed_wants(account, &role.grants, role.boundary.as_ref()));
                }
            }
        }
        wants
    }

    /// The standing; `None` where there is no such user or role any more.
    pub fn standing(&self, seen: &View) -> Option<Standing> {
        let standing = match self {
            Self::Root(account) => Standing::root(account),
            Self::User(account, folded) => {
                user(seen.row::<UserRow>(UserRow::at(account, folded))?, seen)
            }
            Self::Role { account, folded, session } => {
                role(seen.row::<RoleRow>(RoleRow::at(account, folded))?, session, seen)
            }
        };
        let (service_control, resource_control) = organisation(self.account(), seen);
        Some(Standing { service_control, resource_control, ..standing })
    }
}

/// The rows that a group's policies are made of.
pub(crate) fn wants_of_group(account: &AccountId, folded: &str, seen: &View) -> Vec<Want> {
    let key = GroupRow::at(account, &folded.to_owned());
    let group = seen.known::<GroupRow>(key.clone());
    let policies = group.into_iter().flat_map(|it| managed_wants(account, &it.grants, None));
    [key.into()].into_iter().chain(policies).collect()
}

fn user(row: &UserRow, seen: &View) -> Standing {
    let (account, arn) = (row.account.clone(), row.arn());
    let caller = Caller::User { account, arn, name: row.name.clone(), id: row.id.clone() };
    let groups = row.groups.iter();
    let groups = groups.filter_map(|it| seen.row::<GroupRow>(GroupRow::at(&row.account, it)));
    let of_groups = groups.flat_map(|group| attached(&row.account, &group.grants, seen));
    let identity = attached(&row.account, &row.grants, seen).into_iter().chain(of_groups).collect();
    let boundary = row.boundary.as_ref().map(|arn| managed_policy(&row.account, arn, seen));
    Standing { identity, boundary, keys: tag_keys(&row.tags), ..Standing::of(caller) }
}

fn role(row: &RoleRow, session: &str, seen: &View) -> Standing {
    let caller = Caller::session(row.account.as_str(), &row.name, &row.arn(), &row.id, session);
    let identity = attached(&row.account, &row.grants, seen);
    let boundary = row.boundary.as_ref().map(|arn| managed_policy(&row.account, arn, seen));
    Standing { identity, boundary, keys: tag_keys(&row.tags), ..Standing::of(caller) }
}

/// A principal's tags as condition keys.
fn tag_keys(tags: &BTreeMap<String, String>) -> Context {
    let mut keys = Context::default();
    for (key, value) in tags {
        keys.set(&format!("aws:PrincipalTag/{key}"), [Value::from(value.as_str())]);
    }
    keys
}

fn managed_wants(account: &AccountId, grants: &Grants, boundary: Option<&String>) -> Vec<Want> {
    managed::wants(account, grants.attached.iter().chain(boundary))
}

pub(crate) fn attached(account: &AccountId, grants: &Grants, seen: &View) -> Vec<Arc<Attached>> {
    let inline = grants.inline.iter().map(|(name, text)| read(name, text, Kind::Inline));
    let managed = grants.attached.iter().map(|arn| managed_policy(account, arn, seen));
    inline.chain(managed).collect()
}

pub(crate) fn managed_policy(account: &AccountId, arn: &str, seen: &View) -> Arc<Attached> {
    let row = managed::key(account, arn).and_then(|key| seen.row::<PolicyRow>(key));
    let row = row.filter(|row| row.arn() == arn);
    let text = row.map(PolicyRow::text).or_else(|| managed::text(arn)).unwrap_or_default();
    read(arn, text, Kind::Managed)
}

/// A policy's text, ready to judge by.
pub fn read(name: &str, text: &str, kind: Kind) -> Arc<Attached> {
    Arc::new(Attached { name: name.to_owned(), policy: policy(text, kind) })
}

/// A policy on a resource, ready to judge by: it means those who had these ids when it was saved.
pub fn read_bound(name: &str, text: &str, ids: Option<&UniqueIds>) -> Arc<Attached> {
    let policy = policy(text, Kind::Resource).bound(ids);
    Arc::new(Attached { name: name.to_owned(), policy })
}

fn policy(text: &str, kind: Kind) -> Policy {
    Policy::read(text, kind).unwrap_or_else(|_| nothing(kind))
}

/// What stands in for a policy that cannot be read: everything is denied.
fn nothing(kind: Kind) -> Policy {
    let principal = match kind {
        Kind::Resource | Kind::Trust | Kind::ResourceControl => r#""Principal": "*","#,
        _ => "",
    };
    let resource = if kind == Kind::Trust { "" } else { r#""Resource": "*","# };
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Sid": "Unreadable", "Effect": "Deny",
        {principal} {resource} "Action": "*"}}}}"#
    );
    Policy::read(&text, kind).expect("it denies everything, in the grammar of its kind")
}

/// Policies by level: those above all accounts, then those above this one.
pub(crate) type Levels = Vec<Vec<Arc<Attached>>>;

/// What the organisation says of an account's resources, whoever asks.
pub(crate) fn resource_control(account: &AccountId, seen: &View) -> Levels {
    organisation(account, seen).1
}

/// What a question across accounts looks at of the resource's account.
pub(crate) fn wants_of_owner(own: &AccountId, owner: Option<AccountId>) -> Vec<Want> {
    let owner = owner.filter(|owner| owner != own);
    let rows = |owner: AccountId| {
        [OrganisationPolicyRow::above(&owner).into(), AccountRow::at(&owner).into()]
    };
    owner.map(rows).into_iter().flatten().collect()
}

/// The question below the resource control policies of the resource's account; those of the caller's
/// own stand in their standing.
pub(crate) fn below_owner(caller: &Principal, ask: Ask, seen: &View) -> Ask {
    match ask.owner().filter(|owner| *owner != caller.account) {
        Some(owner) => ask.below(resource_control(&owner, seen)),
        None => ask,
    }
}

/// What the organisation says of callers and of resources. Nothing stands above the first account:
/// it is the one that says it ("Management account", AWS Organizations user guide).
fn organisation(account: &AccountId, seen: &View) -> (Levels, Levels) {
    if account.as_str() == FIRST_ACCOUNT {
        return (Vec::new(), Vec::new());
    }
    let rows = seen.list::<OrganisationPolicyRow>(&OrganisationPolicyRow::above(account));
    let levels = |on_resources: bool| -> Levels {
        let kind = if on_resources { Kind::ResourceControl } else { Kind::ServiceControl };
        let of = |everyone: bool| -> Vec<_> {
            let here = rows.iter().filter(|row| row.on_resources == on_resources);
            let here = here.filter(|row| (row.target == "*") == everyone);
            here.map(|row| read(&row.name, &row.text, kind)).collect()
        };
        [of(true), of(false)].into_iter().filter(|level| !level.is_empty()).collect()
    };
    (levels(false), levels(true))
}
