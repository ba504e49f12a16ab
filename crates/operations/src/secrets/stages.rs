//! Staging labels move from version to version.

use store::SecretRow;
use wire::secretsmanager as shapes;

use super::values::{CURRENT, attach, check_stages, detach};
use super::{Secret, arn, invalid_parameter, no_value, own};
use crate::keys;
use crate::refusal::Refused;
use crate::table::operation;

operation! {
    /// `secretsmanager:UpdateSecretVersionStage`.
    Update: shapes::UpdateSecretVersionStageInput => shapes::SecretKnown;
    about(input) { Secret(&input.secret_id) }
    with { keys::of("secretsmanager:VersionStage", &input.version_stage) }
    decide(caller, input, view, now, mut changes) {
        let mut row = own(caller, &input.secret_id, view, now)?.clone();
        move_label(&mut row, input)?;
        row.changed = now.at;
        let output = shapes::SecretKnown { arn: arn(caller, &row), name: row.name.clone() };
        changes.put(view, row);
        Ok((changes, output))
    }
}

fn move_label(
    row: &mut SecretRow,
    input: &shapes::UpdateSecretVersionStageInput,
) -> Result<(), Refused> {
    let stage = &input.version_stage;
    let (from, to) = (input.remove_from_version_id.as_ref(), input.move_to_version_id.as_ref());
    if let Some(unknown) = from.into_iter().chain(to).find(|id| !row.versions.contains_key(*id)) {
        return Err(no_value(&format!("VersionId: {unknown}")));
    }
    let there = row.staged(stage).cloned();
    match (&there, from) {
        (Some(there), None) if Some(there) != to => {
            return Err(invalid_parameter(format!(
                "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is \
                 currently attached to version {there}, so you must explicitly reference that \
                 version in RemoveFromVersionId."
            )));
        }
        (there, Some(from)) if there.as_ref() != Some(from) => {
            return Err(invalid_parameter(format!(
                "The staging label {stage} is not attached to version {from}."
            )));
        }
        _ => {}
    }
    match to {
        Some(to) => attach(&mut row.versions, stage, to),
        None if stage == CURRENT => {
            return Err(invalid_parameter(
                "You can only move staging label AWSCURRENT to a different secret version. It \
                 can't be completely removed.",
            ));
        }
        None => drop(detach(&mut row.versions, stage)),
    }
    check_stages(&row.versions)
}
