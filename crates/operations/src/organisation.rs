//! The accounts of a server, and the policies above them. Only the first account's callers ask for
//! these: it is the organisation's own, and nothing stands above it.

use domain::{AccountId, Timestamp};
use identity::policy::Kind;
use store::{AccountRow, Changes, OrganisationPolicyRow, Query, Record, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::accounts::{FIRST_ACCOUNT, new_key_of, raise_generation};
use crate::caller::Caller;
use crate::limits::{ACCOUNTS_MAX, ORGANISATION_POLICIES_MAX};
use crate::refusal::Refused;
use crate::table::operation;

/// What every place has until somebody takes it away ("FullAWSAccess", AWS Organizations user
/// guide): policies then only need to say what they deny.
const FULL: &str = "FullAWSAccess";
const FULL_TEXT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const FULL_ON_RESOURCES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
const EVERYONE: &str = "*";

fn all() -> Query {
    AccountRow::all(ACCOUNTS_MAX)
}

/// # Errors
/// The caller is of another account.
fn check_first(caller: &Caller) -> Result<(), Refused> {
    match caller.account().as_str() == FIRST_ACCOUNT {
        true => Ok(()),
        false => Err(AwsError::access_denied(format!(
            "Accounts and what stands above them are account {FIRST_ACCOUNT}'s to change: sign with \
             a key of that account."
        ))),
    }
}

/// Twelve digits that are nobody's yet.
fn new_id(caller: &Caller) -> AccountId {
    let word = caller.word("account");
    let number = u64::from_str_radix(&word[..15], 16).unwrap_or_default();
    AccountId::new(format!("{:012}", 100_000_000_000 + number % 900_000_000_000))
}

/// An alias is one account's: people say it where they mean the account.
fn check_alias(alias: Option<&String>, accounts: &[&AccountRow]) -> Result<(), Refused> {
    let same = accounts.iter().find(|row| alias.is_some() && row.alias.as_ref() == alias);
    same.map_or(Ok(()), |row| {
        let alias = alias.map_or("", String::as_str);
        let message =
            format!("Account {} has the alias {alias}: give this one another.", row.account);
        Err(AwsError::refused("ConflictException", message))
    })
}

operation! {
    /// `towpath:CreateAccount`: another account with a first key of its own.
    Create: shapes::CreateAccountInput => shapes::CreateAccountOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) {
        let id = input.account_id.clone().unwrap_or_else(|| new_id(caller));
        let own = AccountRow::at(caller.account());
        vec![all().into(), AccountRow::at(&id).into(), own.into()]
    }
    decide(caller, input, view, now, changes) {
        check_first(caller)?;
        let account = input.account_id.clone().unwrap_or_else(|| new_id(caller));
        if view.row::<AccountRow>(AccountRow::at(&account)).is_some() {
            let message = format!("There is an account {account} already.");
            return Err(AwsError::refused("ConflictException", message));
        }
        let accounts = view.list::<AccountRow>(&all());
        check_alias(input.alias.as_ref(), &accounts)?;
        if accounts.len() as i64 >= ACCOUNTS_MAX {
            let message = format!("The server has {ACCOUNTS_MAX} accounts, the most there may be.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let mut changes = changes.of_all_accounts();
        let (key, secret_access_key) = new_key_of(caller, &account, now.at)?;
        let access_key_id = key.access_key.clone();
        changes.insert(key);
        // Two that are made at once see each other.
        raise_generation(caller, view, &mut changes);
        let (alias, created) = (input.alias.clone(), now.at);
        changes.put(view, AccountRow { account: account.clone(), generation: 1, created, alias });
        let (account_id, created_at) = (account, now.at.into());
        let output =
            shapes::CreateAccountOutput { account_id, access_key_id, secret_access_key, created_at };
        Ok((changes, output))
    }
}

operation! {
    /// `towpath:ListAccounts`, by id.
    List: shapes::ListAccountsInput => shapes::ListAccountsOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { vec![all().into()] }
    decide(caller, _, view, _, changes) {
        check_first(caller)?;
        let account = |row: &AccountRow| shapes::Account {
            account_id: row.account.clone(),
            created_at: row.created.into(),
            alias: row.alias.clone(),
        };
        let accounts = view.list::<AccountRow>(&all()).into_iter().map(account).collect();
        Ok((changes, shapes::ListAccountsOutput { accounts }))
    }
}

fn policies() -> Query {
    OrganisationPolicyRow::all(ORGANISATION_POLICIES_MAX)
}

/// The policy, its neighbours, and the accounts below.
fn wants(target: &str, name: &str, view: &View) -> Vec<Want> {
    let accounts = view.known_list::<AccountRow>(&all()).into_iter();
    let accounts = accounts.map(|row| row.key().into());
    let row = |name: &str| OrganisationPolicyRow::at(&target.to_owned(), &name.to_owned()).into();
    [all().into(), policies().into(), row(name), row(FULL), row(&full_on_resources())]
        .into_iter()
        .chain(accounts)
        .collect()
}

fn full_on_resources() -> String {
    format!("{FULL}-resources")
}

/// Whatever is kept of an account below is void.
fn raise(target: &str, view: &View, changes: &mut Changes) {
    for known in view.list::<AccountRow>(&all()) {
        let below = target == EVERYONE || known.account.as_str() == target;
        if let Some(row) = below.then(|| view.row::<AccountRow>(known.key())).flatten() {
            changes.put(view, AccountRow { generation: row.generation + 1, ..row.clone() });
        }
    }
}

fn check_target(target: &str, view: &View) -> Result<(), Refused> {
    let known = view.list::<AccountRow>(&all()).iter().any(|row| row.account.as_str() == target);
    let message = match target {
        FIRST_ACCOUNT => "Nothing stands above the first account: it is the organisation's own.",
        EVERYONE => return Ok(()),
        _ if known => return Ok(()),
        _ => "There is no such account; write an account's id, or * for every account.",
    };
    Err(AwsError::validation(message))
}

/// The policy that allows everything, where a place gets its first one of a kind.
fn full(target: &str, on_resources: bool, at: Timestamp) -> OrganisationPolicyRow {
    let (name, text) = match on_resources {
        true => (full_on_resources(), FULL_ON_RESOURCES),
        false => (FULL.to_owned(), FULL_TEXT),
    };
    let (target, text) = (target.to_owned(), text.to_owned());
    OrganisationPolicyRow { target, name, on_resources, created: at, text }
}

operation! {
    /// `towpath:PutOrganisationPolicy`: a service control policy, or with `onResources` a resource
    /// control policy, above an account or above every one. The first of its kind at a place brings
    /// `FullAWSAccess` with it.
    PutPolicy: shapes::PutOrganisationPolicyInput => shapes::PutOrganisationPolicyOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, input, view) { wants(&input.target, &input.policy_name, view) }
    decide(caller, input, view, now, changes) {
        check_first(caller)?;
        check_target(&input.target, view)?;
        let on_resources = input.on_resources.unwrap_or_default();
        let kind = if on_resources { Kind::ResourceControl } else { Kind::ServiceControl };
        crate::iam::read(&input.policy, kind, kind.chars_max())?;
        let rows = view.list::<OrganisationPolicyRow>(&policies());
        if rows.len() as i64 >= ORGANISATION_POLICIES_MAX {
            let message = format!("There are {ORGANISATION_POLICIES_MAX} policies, the most there may be.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let mut changes = changes.of_all_accounts();
        let here = |row: &&&OrganisationPolicyRow| row.target == input.target && row.on_resources == on_resources;
        let first = full(&input.target, on_resources, now.at);
        if !rows.iter().any(|row| here(&row)) && first.name != input.policy_name {
            changes.put(view, first);
        }
        let (target, name) = (input.target.clone(), input.policy_name.clone());
        let (created, text) = (now.at, input.policy.clone());
        changes.put(view, OrganisationPolicyRow { target, name, on_resources, created, text });
        raise(&input.target, view, &mut changes);
        Ok((changes, shapes::PutOrganisationPolicyOutput::default()))
    }
}

operation! {
    /// `towpath:ListOrganisationPolicies`.
    ListPolicies: shapes::ListOrganisationPoliciesInput => shapes::ListOrganisationPoliciesOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, _, _) { vec![policies().into()] }
    decide(caller, _, view, _, changes) {
        check_first(caller)?;
        let shape = |row: &OrganisationPolicyRow| shapes::OrganisationPolicy {
            target: row.target.clone(),
            policy_name: row.name.clone(),
            policy: row.text.clone(),
            on_resources: row.on_resources,
        };
        let rows = view.list::<OrganisationPolicyRow>(&policies()).into_iter();
        Ok((changes, shapes::ListOrganisationPoliciesOutput { policies: rows.map(shape).collect() }))
    }
}

/// A place without policies allows everything, so the last of a kind must have allowed that too
/// ("ConstraintViolationException", API reference of AWS Organizations, DetachPolicy).
fn check_not_last(row: &OrganisationPolicyRow, view: &View) -> Result<(), Refused> {
    let full = full(&row.target, row.on_resources, row.created);
    let beside = |other: &&OrganisationPolicyRow| {
        let same = other.target == row.target && other.on_resources == row.on_resources;
        same && other.name != row.name
    };
    let rows = view.list::<OrganisationPolicyRow>(&policies());
    match row.text == full.text || rows.into_iter().any(|other| beside(&other)) {
        true => Ok(()),
        false => Err(AwsError::refused(
            "ConflictException",
            format!(
                "{} is the last policy of its kind above {}: without it everything would be allowed. \
                 Put {} there first if that is meant.",
                row.name, row.target, full.name
            ),
        )),
    }
}

operation! {
    /// `towpath:DeleteOrganisationPolicy`. Without `FullAWSAccess` a place allows what its other
    /// policies allow and nothing else; the last of a kind goes only if that opens nothing.
    DeletePolicy: shapes::DeleteOrganisationPolicyInput => shapes::DeleteOrganisationPolicyOutput;
    resource(_, _) { "*".to_owned() }
    wants(_, input, view) { wants(&input.target, &input.policy_name, view) }
    decide(caller, input, view, _, changes) {
        check_first(caller)?;
        let key = OrganisationPolicyRow::at(&input.target, &input.policy_name);
        let row = view.row::<OrganisationPolicyRow>(key.clone()).ok_or_else(|| {
            let message = format!("No policy {} stands above {}.", input.policy_name, input.target);
            AwsError::refused("ResourceNotFoundException", message)
        })?;
        check_not_last(row, view)?;
        let mut changes = changes.of_all_accounts();
        changes.delete::<OrganisationPolicyRow>(view, key);
        raise(&input.target, view, &mut changes);
        Ok((changes, shapes::DeleteOrganisationPolicyOutput::default()))
    }
}
