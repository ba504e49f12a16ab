//! Which parameters a list is about. Pure.

use store::ParameterRow;
use wire::AwsError;
use wire::ssm::{Filter, OlderFilter};

use super::{TEXT, key_id, kind, tier};
use crate::refusal::Refused;

/// Options of a filter that are taken, beside `Equals`.
const OPTIONS: &[(&str, &[&str])] =
    &[("Name", &["BeginsWith", "Contains"]), ("Path", &["Recursive", "OneLevel"])];

/// The same filter in the newer form.
pub fn newer(filter: &OlderFilter) -> Filter {
    // The older form's names begin with what was asked for.
    let option = (filter.key == "Name").then(|| "BeginsWith".to_owned());
    Filter { key: filter.key.clone(), option, values: Some(filter.values.clone()) }
}

/// Whether the filters can be used to describe parameters.
///
/// # Errors
/// `InvalidFilterKey`, `InvalidFilterOption`.
pub fn check(filters: &[Filter]) -> Result<(), Refused> {
    for filter in filters {
        if filter.key == "Label" {
            let message = "The filter key Label is for GetParametersByPath.";
            return Err(AwsError::refused("InvalidFilterKey", message));
        }
        check_option(filter)?;
    }
    Ok(())
}

/// Whether the filters can be used below a path.
///
/// # Errors
/// `InvalidFilterKey`, `InvalidFilterOption`.
pub fn check_by_path(filters: &[Filter]) -> Result<(), Refused> {
    for filter in filters {
        if !["Type", "KeyId", "Label"].contains(&filter.key.as_str()) {
            let message = format!(
                "The filter key {} is not for GetParametersByPath: Type, KeyId and Label are.",
                filter.key
            );
            return Err(AwsError::refused("InvalidFilterKey", message));
        }
        check_option(filter)?;
    }
    Ok(())
}

fn check_option(filter: &Filter) -> Result<(), Refused> {
    let Some(option) = filter.option.as_deref().filter(|option| *option != "Equals") else {
        return Ok(());
    };
    let known = OPTIONS.iter().find(|(key, _)| *key == filter.key);
    match known.is_some_and(|(_, options)| options.contains(&option)) {
        true => Ok(()),
        false => {
            let message = format!("The filter option {option} is not one of {}.", filter.key);
            Err(AwsError::refused("InvalidFilterOption", message))
        }
    }
}

/// Whether a parameter fits: one of the values is enough.
pub fn fits(filter: &Filter, row: &ParameterRow) -> bool {
    let option = filter.option.as_deref().unwrap_or("Equals");
    let values = || filter.values.iter().flatten().map(String::as_str);
    if let Some(tag) = filter.key.strip_prefix("tag:") {
        let there = row.tags.get(tag);
        return there
            .is_some_and(|there| filter.values.is_none() || values().any(|it| it == there));
    }
    match filter.key.as_str() {
        "Name" => values().any(|value| match option {
            "BeginsWith" => row.name.starts_with(value),
            "Contains" => row.name.contains(value),
            _ => row.name == value,
        }),
        "Path" => values().any(|path| {
            let rest = row.name.strip_prefix(path.trim_end_matches('/'));
            let rest = rest.and_then(|rest| rest.strip_prefix('/'));
            rest.is_some_and(|rest| option == "Recursive" || !rest.contains('/'))
        }),
        "Type" => values().any(|value| value == row.kind),
        "KeyId" => values().any(|value| key_id(kind(row)).is_some_and(|key| key == value)),
        "Tier" => values().any(|value| value == tier(row.facts.advanced).as_str()),
        "DataType" => values().any(|value| value == TEXT),
        "Label" => values().any(|value| row.labels.contains_key(value)),
        _ => false,
    }
}
