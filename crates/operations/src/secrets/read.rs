//! The values of secrets are read.

use std::collections::BTreeSet;

use domain::Timestamp;
use identity::Ask;
use store::{Changes, Kept, SecretRow, SecretValueRow, View, Want};
use wire::secretsmanager as shapes;

use super::values::{CURRENT, stages};
use super::{about, arn, filters, invalid_parameter, invalid_request, live, no_value, value_key};
use crate::caller::Caller;
use crate::keys;
use crate::limits::{SECRETS_BATCH_MAX, SECRETS_MAX};
use crate::page;
use crate::refusal::{self, Refused};
use crate::sealed::{Sealed, SealedMember, read_by};
use crate::table::operation;
use crate::turn::Now;

/// The action that reading a value is.
pub const ACTION: &str = "secretsmanager:GetSecretValue";

/// Which version of which secret.
pub struct Which<'a> {
    /// The secret.
    pub secret: &'a str,
    /// The version's id.
    pub id: Option<&'a String>,
    /// The version's label; of both, the same version must be meant.
    pub stage: Option<&'a String>,
}

impl<'a> Which<'a> {
    /// The version that holds.
    fn current(secret: &'a str) -> Self {
        Self { secret, id: None, stage: None }
    }

    /// What is asked of it.
    pub fn ask(&self, caller: &Caller, view: &View, ask: Ask) -> Ask {
        let mut all = ask.keys.clone();
        let default = self.id.is_none().then_some(CURRENT);
        let stage = self.stage.map(String::as_str).or(default);
        stage.inspect(|it| all.extend(&keys::of("secretsmanager:VersionStage", it)));
        self.id.inspect(|it| all.extend(&keys::of("secretsmanager:VersionId", it)));
        about(caller, self.secret, view, ask.with(all))
    }

    /// The rows that it takes.
    pub fn wants(&self, caller: &Caller, view: &View) -> Vec<Want> {
        let row = super::known(caller, self.secret, view);
        let value = row.and_then(|row| Some(value_key(row, self.version(row)?).into()));
        super::wants(caller, self.secret).into_iter().chain(value).collect()
    }

    fn version<'b>(&self, row: &'b SecretRow) -> Option<&'b String> {
        match (self.id, self.stage) {
            (Some(id), _) => row.versions.get_key_value(id).map(|(id, _)| id),
            (None, stage) => row.staged(stage.map_or(CURRENT, String::as_str)),
        }
    }

    /// The secret, and the version's id and value.
    ///
    /// # Errors
    /// There is no such secret, or no such version of it.
    pub fn read<'b>(
        &self,
        caller: &Caller,
        view: &'b View,
        at: Timestamp,
    ) -> Result<(&'b SecretRow, &'b SecretValueRow), Refused> {
        let row = live(caller, self.secret, view, at)?;
        let missing = || match (self.id, self.stage) {
            (Some(id), _) => no_value(&format!("VersionId: {id}")),
            (None, stage) => {
                let stage = stage.map_or(CURRENT, String::as_str);
                no_value(&format!("staging label: {stage}"))
            }
        };
        let id = self.version(row).ok_or_else(missing)?;
        let labels = row.versions.get(id).map(|version| &version.stages);
        if let (Some(_), Some(stage)) = (self.id, self.stage)
            && labels.is_some_and(|labels| !labels.contains(stage))
        {
            return Err(invalid_request(
                "You provided a VersionStage that is not associated to the provided VersionId.",
            ));
        }
        let value = view.row::<SecretValueRow>(value_key(row, id)).ok_or_else(missing)?;
        Ok((row, value))
    }
}

/// A value as an output, and where it lies.
fn shape(
    caller: &Caller,
    row: &SecretRow,
    value: &SecretValueRow,
    prefix: &str,
) -> (shapes::GetSecretValueOutput, SealedMember) {
    let output = shapes::GetSecretValueOutput {
        arn: arn(caller, row),
        name: row.name.clone(),
        version_id: value.id.clone(),
        version_stages: row.versions.get(&value.id).map(stages).unwrap_or_default(),
        created_date: value.created.into(),
        ..Default::default()
    };
    let member = if value.binary { "SecretBinary" } else { "SecretString" };
    let sealed = SealedMember::new(format!("{prefix}/{member}"), kept(value), &value.sealed_value);
    (output, sealed)
}

/// Where a value lies.
pub fn kept(value: &SecretValueRow) -> Kept {
    let (account, secret, id) = (value.account.clone(), value.secret.clone(), value.id.clone());
    Kept::Secret { account, secret, id }
}

/// That a value was read stands in the audit log of its owner's account too, where that is another
/// one; and its row says on which day.
pub fn told(
    caller: &Caller,
    row: &SecretRow,
    value: &SecretValueRow,
    (view, now, changes): (&View, &Now, &mut Changes),
) {
    if row.account != *caller.account() {
        return changes.record(read_by(caller, &row.account, ACTION, &arn(caller, row), now));
    }
    let day = Timestamp(now.at.0 - now.at.0.rem_euclid(86_400_000));
    let version = row.versions.get(&value.id);
    if version.and_then(|version| version.accessed) == Some(day) {
        return;
    }
    let mut row = SecretRow { accessed: Some(day), ..row.clone() };
    if let Some(version) = row.versions.get_mut(&value.id) {
        version.accessed = Some(day);
    }
    changes.put(view, row);
}

fn which(input: &shapes::GetSecretValueInput) -> Which<'_> {
    let (id, stage) = (input.version_id.as_ref(), input.version_stage.as_ref());
    Which { secret: &input.secret_id, id, stage }
}

operation! {
    /// `secretsmanager:GetSecretValue`.
    GetValue: shapes::GetSecretValueInput => Sealed<shapes::GetSecretValueOutput>;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { which(input).ask(caller, view, ask) }
    wants(caller, input, view) { which(input).wants(caller, view) }
    decide(caller, input, view, now, mut changes) {
        let (row, value) = which(input).read(caller, view, now.at)?;
        changes.record_asked();
        told(caller, row, value, (view, now, &mut changes));
        let (output, secret) = shape(caller, row, value, "");
        Ok((changes, Sealed { output, secrets: vec![secret] }))
    }
}

const BATCH: &str = "secretsmanager:BatchGetSecretValue";

/// The secrets that a batch is about, and the cursor of the page after them.
fn batch(
    caller: &Caller,
    input: &shapes::BatchGetSecretValueInput,
    view: &View,
) -> Result<(Vec<String>, Option<String>), Refused> {
    match (&input.secret_id_list, &input.filters) {
        (Some(ids), None) => Ok((ids.clone(), None)),
        (None, Some(filters)) => {
            let after =
                page::cursor(caller, BATCH, "", input.next_token.as_ref())?.unwrap_or_default();
            let rows = view.known_list::<SecretRow>(&of_account(caller)).into_iter();
            let fits = |row: &&SecretRow| {
                row.deletes.is_none()
                    && row.name > after
                    && filters::fit(filters, row, &caller.region)
            };
            let size = page::size(input.max_results, SECRETS_BATCH_MAX);
            let rows = rows.filter(fits).collect();
            let (rows, next) = page::cut(caller, BATCH, "", rows, size, |row| row.name.clone());
            Ok((rows.into_iter().map(|row| row.name.clone()).collect(), next))
        }
        _ => Err(invalid_parameter("Give either SecretIdList or Filters, and not both.")),
    }
}

fn of_account(caller: &Caller) -> store::Query {
    SecretRow::of_account(caller.account(), SECRETS_MAX)
}

operation! {
    /// `secretsmanager:BatchGetSecretValue`: each secret's value must be allowed too; why one cannot
    /// be had stands beside the others.
    BatchGetValue: shapes::BatchGetSecretValueInput => Sealed<shapes::BatchGetSecretValueOutput>;
    resource(_, _) { "*".to_owned() }
    also(_, input, _) {
        let listed = input.filters.is_some();
        listed.then(|| Ask::new("secretsmanager:ListSecrets", "*")).into_iter().collect()
    }
    wants(caller, input, view) {
        let list = input.filters.is_some().then(|| of_account(caller).into());
        let ids = batch(caller, input, view).map(|(ids, _)| ids).unwrap_or_default();
        let each = ids.iter().flat_map(|id| Which::current(id).wants(caller, view));
        list.into_iter().chain(each).collect()
    }
    decide(caller, input, view, now, mut changes) {
        let (ids, next_token) = batch(caller, input, view)?;
        changes.record_asked();
        let mut output = shapes::BatchGetSecretValueOutput { next_token, ..Default::default() };
        let (mut secrets, mut told_of) = (Vec::new(), BTreeSet::new());
        for id in ids {
            let which = Which::current(&id);
            let asked = which.ask(caller, view, Ask::new(ACTION, "*"));
            let judged = identity::judge(&caller.principal, &asked, now.at);
            let read = judged.map_err(|denial| refusal::denied(&denial));
            match read.and_then(|_| which.read(caller, view, now.at)) {
                Ok((row, value)) => {
                    if told_of.insert(row.resource.clone()) {
                        changes.record(read_by(caller, caller.account(), ACTION, &arn(caller, row), now));
                        told(caller, row, value, (view, now, &mut changes));
                    }
                    let prefix = format!("/SecretValues/{}", output.secret_values.len());
                    let (shape, secret) = shape(caller, row, value, &prefix);
                    output.secret_values.push(shape);
                    secrets.push(secret);
                }
                Err(refused) => output.errors.push(shapes::ApiError {
                    secret_id: id,
                    error_code: refused.code.into_owned(),
                    message: refused.message,
                }),
            }
        }
        Ok((changes, Sealed { output, secrets }))
    }
}
