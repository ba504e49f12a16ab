//! Secrets are deleted: after a window in which they can be restored, or at once.

use domain::Timestamp;
use store::{SecretRow, SecretValueRow, Want};
use wire::secretsmanager as shapes;

use super::{
    Secret, about, arn, foreign, invalid_parameter, known, marked, not_found, seen, value_key,
    wants,
};
use crate::caller::Caller;
use crate::keys;
use crate::limits::RECOVERY_DAYS;
use crate::refusal::Refused;
use crate::table::operation;
use identity::policy::{Context, Value};

/// How many days a secret can be restored for; `None` where it is to be gone at once.
fn window(input: &shapes::DeleteSecretInput) -> Result<Option<i64>, Refused> {
    let force = input.force_delete_without_recovery.unwrap_or_default();
    match input.recovery_window_in_days {
        Some(_) if force => Err(invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )),
        Some(days) if !RECOVERY_DAYS.contains(&days) => Err(invalid_parameter(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        )),
        days => Ok((!force).then(|| days.unwrap_or(*RECOVERY_DAYS.end()))),
    }
}

fn keys_of(input: &shapes::DeleteSecretInput) -> Context {
    let mut all = Context::default();
    if let Some(days) = input.recovery_window_in_days {
        all.set("secretsmanager:RecoveryWindowInDays", [Value::Text(days.to_string())]);
    }
    let force = input.force_delete_without_recovery.unwrap_or_default();
    all.extend(&keys::of("secretsmanager:ForceDeleteWithoutRecovery", &force.to_string()));
    all
}

operation! {
    /// `secretsmanager:DeleteSecret`.
    Delete: shapes::DeleteSecretInput => shapes::DeleteSecretOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about(caller, &input.secret_id, view, ask.with(keys_of(input))) }
    wants(caller, input, view) {
        let row = known(caller, &input.secret_id, view);
        let values = row.into_iter().flat_map(|row| row.versions.keys().map(|id| value_key(row, id)));
        wants(caller, &input.secret_id).into_iter().chain(values.map(Want::from)).collect()
    }
    decide(caller, input, view, now, mut changes) {
        let window = window(input)?;
        let row = match (seen(caller, &input.secret_id, view, now.at), window) {
            (Ok(row), _) => row,
            // What is not there is as good as deleted for whoever wants it gone at once.
            (Err(_), None) => return Ok((changes, absent(caller, &input.secret_id, now.at))),
            (Err(missing), Some(_)) => return Err(missing),
        };
        if row.account != *caller.account() {
            return Err(foreign());
        }
        let deletion_date = match window {
            Some(_) if row.deletes.is_some() => return Err(marked()),
            Some(days) => {
                let moment = now.at.plus_seconds(days * 86_400);
                changes.put(view, SecretRow { deletes: Some(moment), ..row.clone() });
                moment
            }
            None => {
                for id in row.versions.keys() {
                    changes.delete::<SecretValueRow>(view, value_key(row, id));
                }
                changes.delete::<SecretRow>(view, SecretRow::at(&row.account, &row.name));
                now.at
            }
        };
        let (arn, name) = (arn(caller, row), row.name.clone());
        Ok((changes, shapes::DeleteSecretOutput { arn, name, deletion_date: deletion_date.into() }))
    }
}

fn absent(caller: &Caller, id: &str, at: Timestamp) -> shapes::DeleteSecretOutput {
    let arn = domain::Arn::parse(id).map(|_| id.to_owned());
    let made = || super::arn_of(caller, caller.account(), id);
    let arn = arn.unwrap_or_else(made);
    shapes::DeleteSecretOutput { arn, name: id.to_owned(), deletion_date: at.into() }
}

operation! {
    /// `secretsmanager:RestoreSecret`, within its window; one that was not deleted stays as it is.
    Restore: shapes::SecretNamed => shapes::SecretKnown;
    about(input) { Secret(&input.secret_id) }
    decide(caller, input, view, now, mut changes) {
        let row = seen(caller, &input.secret_id, view, now.at)?;
        if row.account != *caller.account() {
            return Err(not_found());
        }
        if row.deletes.is_some() {
            changes.put(view, SecretRow { deletes: None, ..row.clone() });
        }
        Ok((changes, shapes::SecretKnown { arn: arn(caller, row), name: row.name.clone() }))
    }
}
