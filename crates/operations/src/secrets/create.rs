//! Secrets are made, and get new values.

use std::collections::BTreeMap;

use domain::Arn;
use store::{Changes, Key, SecretRow, SecretValueRow, View, Want};
use wire::AwsError;
use wire::secretsmanager as shapes;

use super::values::{Brought, CURRENT, add, id_of, is_repeated, stages};
use super::{
    about, arn, check_key, exceeded, invalid_parameter, invalid_request, own, tags, value_key,
    wants,
};
use crate::caller::Caller;
use crate::keys;
use crate::limits::{SECRET_NAME_CHARS_MAX, SECRETS_MAX};
use crate::refusal::Refused;
use crate::table::operation;
use crate::turn::Now;

/// Characters of the end of an ARN.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// How the ARN of a secret ends that this call makes: its name and six characters that nobody can
/// guess, so that a policy for a secret that was deleted is not one for the next of its name.
fn resource(caller: &Caller, name: &str) -> String {
    let word = hex::decode(caller.word("secret suffix")).unwrap_or_default();
    let suffix = word.iter().take(6).map(|byte| char::from(ALPHABET[*byte as usize % 62]));
    format!("{name}-{}", suffix.collect::<String>())
}

fn key(caller: &Caller, name: &String) -> Key {
    SecretRow::at(caller.account(), name)
}

/// What is not done here is refused by its name, never left out in silence.
fn check(input: &shapes::CreateSecretInput) -> Result<(), Refused> {
    check_key(input.kms_key_id.as_ref())?;
    for (member, is_asked) in [
        ("AddReplicaRegions", input.add_replica_regions.is_some()),
        ("CrossAccountPrimaryARN", input.cross_account_primary_arn.is_some()),
        ("Type", input.r#type.is_some()),
    ] {
        if is_asked {
            let why = "secrets of one region and of no other service are kept here: leave it out";
            return Err(invalid_parameter(format!("{member} is not supported: {why}.")));
        }
    }
    let good = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
    match input.name.chars().all(good) && input.name.len() <= SECRET_NAME_CHARS_MAX {
        true => Ok(()),
        false => Err(AwsError::validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        )),
    }
}

/// A row as it is before its first value.
fn made(caller: &Caller, input: &shapes::CreateSecretInput, now: &Now) -> SecretRow {
    SecretRow {
        account: caller.account().clone(),
        name: input.name.clone(),
        resource: resource(caller, &input.name),
        deletes: None,
        created: now.at,
        description: input.description.clone(),
        changed: now.at,
        accessed: None,
        versions: BTreeMap::new(),
        policy: None,
        policy_principals: None,
        tags: BTreeMap::new(),
    }
}

/// What comes of a name that a secret has already: nothing new where the call is a repeat.
fn there(
    caller: &Caller,
    input: &shapes::CreateSecretInput,
    row: &SecretRow,
    brought: Option<&Brought>,
    view: &View,
) -> Result<(), Refused> {
    if row.deletes.is_some() {
        return Err(invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for \
             deletion.",
        ));
    }
    let repeated = brought.filter(|brought| row.versions.contains_key(&brought.id));
    match repeated.map(|brought| is_repeated(caller, row, brought, view)).transpose()? {
        Some(true) => Ok(()),
        _ => {
            let message =
                format!("The operation failed because the secret {} already exists.", input.name);
            Err(AwsError::refused("ResourceExistsException", message))
        }
    }
}

operation! {
    /// `secretsmanager:CreateSecret`, with a first value or without one.
    Create: shapes::CreateSecretInput => shapes::CreateSecretOutput;
    resource(caller, input) {
        let resource = format!("secret:{}", resource(caller, &input.name));
        Arn::aws("secretsmanager", &caller.region, caller.account(), &resource).to_string()
    }
    ask(caller, input, _, ask) {
        let mut all = keys::of_request_tags(tags::pairs(input.tags.as_ref()));
        for (key, value) in [
            ("Name", Some(&input.name)),
            ("Description", input.description.as_ref()),
            ("KmsKeyId", input.kms_key_id.as_ref()),
        ] {
            value.inspect(|value| all.extend(&keys::of(&format!("secretsmanager:{key}"), value)));
        }
        all.extend(&keys::of("secretsmanager:SecretPrimaryRegion", caller.region.as_str()));
        ask.with(all)
    }
    also(caller, input, _) {
        let tagged = input.tags.as_ref().filter(|tags| !tags.is_empty());
        let ask = |_| {
            let ask = identity::Ask::new("secretsmanager:TagResource", Self::resource(caller, input));
            ask.with(keys::of_request_tags(tags::pairs(input.tags.as_ref())))
        };
        tagged.map(ask).into_iter().collect()
    }
    wants(caller, input, view) {
        let account = caller.account();
        let mut wants: Vec<Want> =
            vec![key(caller, &input.name).into(), SecretRow::of_account(account, SECRETS_MAX).into()];
        let there = view.known::<SecretRow>(key(caller, &input.name)).map(|row| row.resource.clone());
        let id = id_of(caller, input.client_request_token.as_ref());
        wants.extend(values_of_gone(caller, &input.name, view).into_iter().map(Want::from));
        for resource in there.into_iter().chain([resource(caller, &input.name)]) {
            wants.push(SecretValueRow::at(account, &resource, &id).into());
        }
        wants
    }
    decide(caller, input, view, now, mut changes) {
        check(input)?;
        let (text, bytes) = (input.secret_string.as_ref(), input.secret_binary.as_ref());
        let brought = Brought::read(caller, text, bytes, input.client_request_token.as_ref())?;
        let row = view.row::<SecretRow>(key(caller, &input.name)).filter(|row| !row.is_gone(now.at));
        if let Some(row) = row {
            there(caller, input, row, brought.as_ref(), view)?;
            return Ok((changes, output(caller, row, brought.map(|it| it.id))));
        }
        if view.list::<SecretRow>(&SecretRow::of_account(caller.account(), SECRETS_MAX)).len() as i64 >= SECRETS_MAX {
            return Err(exceeded(format!("An account has at most {SECRETS_MAX} secrets: delete some.")));
        }
        for key in values_of_gone(caller, &input.name, view) {
            changes.delete::<SecretValueRow>(view, key);
        }
        let mut row = made(caller, input, now);
        tags::add(&mut row.tags, input.tags.as_ref())?;
        if let Some(brought) = &brought {
            add(caller, &mut row, brought, &[CURRENT.to_owned()], (view, now, &mut changes))?;
        }
        changes.put(view, row.clone());
        Ok((changes, output(caller, &row, brought.map(|it| it.id))))
    }
}

/// The values of a secret of this name whose time has come, and which the sweep has not met yet.
fn values_of_gone(caller: &Caller, name: &String, view: &View) -> Vec<Key> {
    let row = view.known::<SecretRow>(key(caller, name)).filter(|row| row.deletes.is_some());
    row.into_iter().flat_map(|row| row.versions.keys().map(|id| value_key(row, id))).collect()
}

fn output(caller: &Caller, row: &SecretRow, id: Option<String>) -> shapes::CreateSecretOutput {
    let name = row.name.clone();
    shapes::CreateSecretOutput { arn: arn(caller, row), name, version_id: id }
}

/// What bringing a value to a secret that is there looks at.
fn wants_of_value(caller: &Caller, id: &str, token: Option<&String>, view: &View) -> Vec<Want> {
    let row = super::known(caller, id, view);
    let value = row.map(|row| super::values::wants(row, &id_of(caller, token)));
    wants(caller, id).into_iter().chain(value.into_iter().flatten()).collect()
}

/// Brings a value, once: the row that is to be written, or `None` where it was there already.
fn bring(
    caller: &Caller,
    row: &SecretRow,
    brought: &Brought,
    stages: &[String],
    (view, now, changes): (&View, &Now, &mut Changes),
) -> Result<Option<SecretRow>, Refused> {
    if is_repeated(caller, row, brought, view)? {
        return Ok(None);
    }
    let mut row = row.clone();
    add(caller, &mut row, brought, stages, (view, now, changes))?;
    Ok(Some(row))
}

operation! {
    /// `secretsmanager:PutSecretValue`: a new version, which holds unless it is labelled otherwise.
    PutValue: shapes::PutSecretValueInput => shapes::PutSecretValueOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about(caller, &input.secret_id, view, ask) }
    wants(caller, input, view) {
        wants_of_value(caller, &input.secret_id, input.client_request_token.as_ref(), view)
    }
    decide(caller, input, view, now, mut changes) {
        if input.rotation_token.is_some() {
            return Err(invalid_parameter("RotationToken is not supported: nobody rotates secrets here but their owners."));
        }
        let row = own(caller, &input.secret_id, view, now)?;
        let (text, bytes) = (input.secret_string.as_ref(), input.secret_binary.as_ref());
        let brought = Brought::read(caller, text, bytes, input.client_request_token.as_ref())?;
        let brought = brought.ok_or_else(|| invalid_request("You must provide either SecretString or SecretBinary."))?;
        let current = [CURRENT.to_owned()];
        let labels = input.version_stages.as_deref().unwrap_or(&current);
        let changed = bring(caller, row, &brought, labels, (view, now, &mut changes))?;
        let written = changed.as_ref().unwrap_or(row);
        let output = shapes::PutSecretValueOutput {
            arn: arn(caller, row),
            name: row.name.clone(),
            version_stages: written.versions.get(&brought.id).map(stages).unwrap_or_default(),
            version_id: brought.id,
        };
        if let Some(row) = changed {
            changes.put(view, row);
        }
        Ok((changes, output))
    }
}

operation! {
    /// `secretsmanager:UpdateSecret`: what is said of it, and a new value where one is brought.
    Update: shapes::UpdateSecretInput => shapes::CreateSecretOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        let mut all = ask.keys.clone();
        for (key, value) in [("Description", &input.description), ("KmsKeyId", &input.kms_key_id)] {
            value.iter().for_each(|value| all.extend(&keys::of(&format!("secretsmanager:{key}"), value)));
        }
        about(caller, &input.secret_id, view, ask.with(all))
    }
    wants(caller, input, view) {
        wants_of_value(caller, &input.secret_id, input.client_request_token.as_ref(), view)
    }
    decide(caller, input, view, now, mut changes) {
        check_key(input.kms_key_id.as_ref())?;
        if input.r#type.is_some() {
            return Err(invalid_parameter("Type is not supported: leave it out."));
        }
        let before = own(caller, &input.secret_id, view, now)?;
        let (text, bytes) = (input.secret_string.as_ref(), input.secret_binary.as_ref());
        let brought = Brought::read(caller, text, bytes, input.client_request_token.as_ref())?;
        let mut row = before.clone();
        if let Some(brought) = &brought {
            let current = [CURRENT.to_owned()];
            let changed = bring(caller, &row, brought, &current, (view, now, &mut changes))?;
            row = changed.unwrap_or(row);
        }
        row.description = input.description.clone().or(row.description);
        if row != *before {
            row.changed = now.at;
            changes.put(view, row.clone());
        }
        Ok((changes, output(caller, &row, brought.map(|it| it.id))))
    }
}
