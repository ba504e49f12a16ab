//! Labels: names for versions of a parameter, each on one of them.

use store::ParameterRow;
use wire::AwsError;
use wire::ssm as shapes;

use super::{Parameter, no_version, seen};
use crate::limits::PARAMETER_LABELS_MAX;
use crate::refusal::Refused;
use crate::table::operation;

/// Whether a label may be called so: letters, digits, `.-_`; not a number, not AWS's own.
fn is_label(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    let reserved = lower.starts_with("aws") || lower.starts_with("ssm");
    let good = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    !reserved && !label.starts_with(|c: char| c.is_ascii_digit()) && label.chars().all(good)
}

/// The version that a call means, where it is there.
fn version(row: &ParameterRow, number: Option<i64>) -> Result<i64, Refused> {
    let number = number.unwrap_or(row.newest);
    match (row.oldest..=row.newest).contains(&number) {
        true => Ok(number),
        false => Err(no_version(&row.name, &number.to_string())),
    }
}

operation! {
    /// `ssm:LabelParameterVersion`: labels move to the version from wherever they are.
    Label: shapes::LabelParameterVersionInput => shapes::LabelParameterVersionOutput;
    about(input) { Parameter(&input.name) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.name, view)?.clone();
        let parameter_version = version(&row, input.parameter_version)?;
        let (good, invalid_labels): (Vec<_>, Vec<_>) =
            input.labels.iter().cloned().partition(|label| is_label(label));
        row.labels.extend(good.into_iter().map(|label| (label, parameter_version)));
        if row.labels.values().filter(|number| **number == parameter_version).count() > PARAMETER_LABELS_MAX {
            let message = "A parameter version can have maximum 10 labels. Move one or more labels \
                           to another version and try again.";
            return Err(AwsError::refused("ParameterVersionLabelLimitExceeded", message));
        }
        changes.put(view, row);
        Ok((changes, shapes::LabelParameterVersionOutput { invalid_labels, parameter_version }))
    }
}

operation! {
    /// `ssm:UnlabelParameterVersion`.
    Unlabel: shapes::UnlabelParameterVersionInput => shapes::UnlabelParameterVersionOutput;
    about(input) { Parameter(&input.name) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.name, view)?.clone();
        let number = version(&row, Some(input.parameter_version))?;
        let (removed_labels, invalid_labels): (Vec<_>, Vec<_>) =
            input.labels.iter().cloned().partition(|label| row.labels.get(label) == Some(&number));
        row.labels.retain(|label, _| !removed_labels.contains(label));
        changes.put(view, row);
        Ok((changes, shapes::UnlabelParameterVersionOutput { removed_labels, invalid_labels }))
    }
}
