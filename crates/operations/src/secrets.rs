//! Secrets with versions and staging labels: Secrets Manager's operations.
//!
//! A secret's row says everything of it but its values; those are sealed, each in a row of its own
//! (`crate::sealed` says who opens them). A policy on a secret lets callers of other accounts read it;
//! changing one is left to its own account.

mod acting;
pub mod create;
pub mod delete;
pub mod describe;
pub mod filters;
pub mod password;
pub mod policy;
pub mod read;
pub mod rotate;
pub mod stages;
pub mod tags;
pub mod values;

use domain::{AccountId, Arn, Timestamp};
use identity::Ask;
use store::{Key, SecretRow, SecretValueRow, View, Want};
use wire::AwsError;

use crate::caller::Caller;
use crate::keys;
use crate::refusal::Refused;
use crate::standing::read_bound;
use crate::subject::Subject;
use crate::turn::Now;

/// Characters that an ARN has after the secret's name: a hyphen and six more.
const SUFFIX_CHARS: usize = 7;
/// What stands for the six characters where there is no such secret: policies that end with
/// `-??????` or `*` take it.
const NO_SUFFIX: &str = "-??????";

/// The key that values are sealed with where nobody says: the server's own. There is no other.
const KMS_ALIAS: &str = "alias/aws/secretsmanager";

pub(crate) fn not_found() -> Refused {
    AwsError::refused(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
}

pub(crate) fn no_value(named: &str) -> Refused {
    let message = format!("Secrets Manager can't find the specified secret value for {named}");
    AwsError::refused("ResourceNotFoundException", message)
}

pub(crate) fn invalid_request(message: impl Into<String>) -> Refused {
    AwsError::refused("InvalidRequestException", message)
}

pub(crate) fn invalid_parameter(message: impl Into<String>) -> Refused {
    AwsError::refused("InvalidParameterException", message)
}

pub(crate) fn exceeded(message: impl Into<String>) -> Refused {
    AwsError::refused("LimitExceededException", message)
}

/// A secret as a call names it: the rows that may be meant, the likeliest first.
struct Named {
    account: AccountId,
    /// A name, and how the secret's ARN must end where the whole of it was given.
    meant: Vec<(String, Option<String>)>,
}

impl Named {
    /// By its name, its whole ARN, or its ARN without the six characters.
    fn read(caller: &Caller, id: &str) -> Self {
        let arn = Arn::parse(id).filter(|arn| arn.service == "secretsmanager");
        let Some(arn) = arn else {
            return Self { account: caller.account().clone(), meant: vec![(id.to_owned(), None)] };
        };
        let resource = arn.resource.strip_prefix("secret:").unwrap_or_default().to_owned();
        if arn.region != caller.region || resource.is_empty() {
            return Self { account: arn.account, meant: Vec::new() };
        }
        let end = resource.len().checked_sub(SUFFIX_CHARS);
        let whole = end.and_then(|end| resource.split_at_checked(end));
        let whole = whole.filter(|(name, end)| !name.is_empty() && end.starts_with('-'));
        let whole = whole.map(|(name, _)| (name.to_owned(), Some(resource.clone())));
        let meant = whole.into_iter().chain([(resource.clone(), None)]).collect();
        Self { account: arn.account, meant }
    }

    fn key(&self, name: &String) -> Key {
        SecretRow::at(&self.account, name)
    }

    fn find<'a>(&self, row: impl Fn(Key) -> Option<&'a SecretRow>) -> Option<&'a SecretRow> {
        let rows = self.meant.iter().filter_map(|(name, whole)| {
            let row = row(self.key(name))?;
            whole.as_ref().is_none_or(|whole| *whole == row.resource).then_some(row)
        });
        rows.into_iter().next()
    }
}

/// The rows that a secret may be.
pub(crate) fn wants(caller: &Caller, id: &str) -> Vec<Want> {
    let named = Named::read(caller, id);
    named.meant.iter().map(|(name, _)| named.key(name).into()).collect()
}

/// The secret as far as it is known, to find what else to want.
pub(crate) fn known<'a>(caller: &Caller, id: &str, view: &'a View) -> Option<&'a SecretRow> {
    Named::read(caller, id).find(|key| view.known::<SecretRow>(key))
}

/// The secret, deleted or not, while it is there.
pub(crate) fn seen<'a>(
    caller: &Caller,
    id: &str,
    view: &'a View,
    at: Timestamp,
) -> Result<&'a SecretRow, Refused> {
    let row = Named::read(caller, id).find(|key| view.row::<SecretRow>(key));
    row.filter(|row| !row.is_gone(at)).ok_or_else(not_found)
}

/// The same of one that is not marked for deletion.
pub(crate) fn live<'a>(
    caller: &Caller,
    id: &str,
    view: &'a View,
    at: Timestamp,
) -> Result<&'a SecretRow, Refused> {
    let row = seen(caller, id, view, at)?;
    match row.deletes {
        None => Ok(row),
        Some(_) => Err(marked()),
    }
}

fn marked() -> Refused {
    invalid_request(
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
}

/// The same of one that is to be changed: it must be the caller's own.
pub(crate) fn own<'a>(
    caller: &Caller,
    id: &str,
    view: &'a View,
    now: &Now,
) -> Result<&'a SecretRow, Refused> {
    let row = live(caller, id, view, now.at)?;
    match row.account == *caller.account() {
        true => Ok(row),
        false => Err(foreign()),
    }
}

pub(crate) fn foreign() -> Refused {
    invalid_request(
        "The secret is another account's: from here it can be read, as far as its policy allows \
         it, and not changed.",
    )
}

/// `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf`.
pub(crate) fn arn(caller: &Caller, row: &SecretRow) -> String {
    arn_of(caller, &row.account, &row.resource)
}

fn arn_of(caller: &Caller, account: &AccountId, resource: &str) -> String {
    let resource = format!("secret:{resource}");
    Arn::aws("secretsmanager", &caller.region, account, &resource).to_string()
}

/// What is asked, about the secret that a call names: its ARN, its policy, its tags.
pub(crate) fn about(caller: &Caller, id: &str, view: &View, ask: Ask) -> Ask {
    let mut all = ask.keys.clone();
    all.extend(&keys::of("secretsmanager:SecretPrimaryRegion", caller.region.as_str()));
    let Some(row) = known(caller, id, view) else {
        let named = Named::read(caller, id);
        let arn = match (Arn::parse(id), named.meant.first()) {
            (None, Some((name, _))) => {
                arn_of(caller, &named.account, &format!("{name}{NO_SUFFIX}"))
            }
            _ => id.to_owned(),
        };
        all.extend(&keys::of("secretsmanager:SecretId", &arn));
        return ask.on(arn).with(all);
    };
    let arn = arn(caller, row);
    all.extend(&keys::of("secretsmanager:SecretId", &arn));
    all.extend(&keys::of_resource_tags(&row.tags));
    all.extend(&keys::of_tags("secretsmanager:ResourceTag", &row.tags));
    let policy = row
        .policy
        .as_ref()
        .map(|text| read_bound("the secret's policy", text, row.policy_principals.as_ref()));
    ask.on(arn).with(all).under(policy)
}

/// The secret that a call names, as what an operation is about.
pub(crate) struct Secret<'a>(pub &'a str);

impl Subject for Secret<'_> {
    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        about(caller, self.0, seen, ask)
    }

    fn wants(&self, caller: &Caller, _seen: &View) -> Vec<Want> {
        wants(caller, self.0)
    }
}

/// Where the value of a version lies.
pub(crate) fn value_key(row: &SecretRow, id: &String) -> Key {
    SecretValueRow::at(&row.account, &row.resource, id)
}

/// Only the server's own sealing key seals: whoever names another one would be promised what is not
/// done.
pub(crate) fn check_key(key: Option<&String>) -> Result<(), Refused> {
    let own = |key: &&String| key.ends_with(KMS_ALIAS) || key.is_empty();
    match key {
        None => Ok(()),
        Some(key) if own(&key) => Ok(()),
        Some(key) => Err(invalid_parameter(format!(
            "KmsKeyId: there is no key {key} here. Secrets are sealed with the server's own sealing \
             key: leave KmsKeyId out, or write {KMS_ALIAS}."
        ))),
    }
}
