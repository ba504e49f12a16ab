//! Parameters are made and written over.

use std::collections::BTreeMap;

use domain::Secret;
use identity::policy::{Context, Value};
use regex::RegexBuilder;
use store::{Changes, ParameterFacts, ParameterRow, ParameterValueRow, View, Want};
use wire::AwsError;
use wire::ssm as shapes;
use wire::ssm::{ParameterTier, ParameterType};

use super::name::check as check_name;
use super::{KMS_ALIAS, TEXT, about, key, tags, tier, value_key};
use crate::caller::Caller;
use crate::keys;
use crate::limits::{
    ADVANCED_PARAMETER_BYTES_MAX, ALLOWED_PATTERN_BYTES_MAX, PARAMETER_VERSIONS_MAX,
    PARAMETERS_MAX, STANDARD_PARAMETER_BYTES_MAX,
};
use crate::refusal::Refused;
use crate::sealed::seal;
use crate::table::operation;
use crate::turn::Now;

/// What is not done here is refused by its name, never left out in silence.
fn check_done(input: &shapes::PutParameterInput) -> Result<(), Refused> {
    if input.policies.as_ref().is_some_and(|text| text.trim() != "[]") {
        let message = "Policies are not supported here: nothing expires a parameter or tells of it. \
                       Leave Policies out.";
        return Err(AwsError::refused("InvalidPolicyTypeException", message));
    }
    if let Some(kind) = input.data_type.as_ref().filter(|kind| *kind != TEXT) {
        let message = format!("The data type {kind} is not supported here: write {TEXT}.");
        return Err(AwsError::validation(message));
    }
    match &input.key_id {
        Some(key) if !key.ends_with(KMS_ALIAS) => {
            let message = format!(
                "There is no key {key} here. Values are sealed with the server's own sealing key: \
                 leave KeyId out, or write {KMS_ALIAS}."
            );
            Err(AwsError::refused("InvalidKeyId", message))
        }
        _ => Ok(()),
    }
}

/// The value's own rules.
fn check_value(
    value: &Secret,
    kind: ParameterType,
    pattern: Option<&String>,
) -> Result<(), Refused> {
    let text = value.expose();
    if text.is_empty() {
        return Err(AwsError::validation("The value of a parameter can't be empty."));
    }
    if kind == ParameterType::StringList && text.split(',').any(str::is_empty) {
        return Err(AwsError::validation(
            "A StringList is a list of values with commas between: none of them can be empty.",
        ));
    }
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else { return Ok(()) };
    let built = RegexBuilder::new(&format!(r"\A(?:{pattern})\z"));
    let built = { built }.size_limit(ALLOWED_PATTERN_BYTES_MAX).build();
    let built = built.map_err(|_| {
        let message = format!("The allowed pattern is no regular expression: {pattern}");
        AwsError::refused("InvalidAllowedPatternException", message)
    })?;
    match built.is_match(text) {
        true => Ok(()),
        false => {
            let message =
                format!("Parameter value, cannot be validated against allowedPattern: {pattern}");
            Err(AwsError::refused("ParameterPatternMismatchException", message))
        }
    }
}

/// Whether the parameter is an advanced one from now on.
fn is_advanced(
    input: &shapes::PutParameterInput,
    before: Option<&ParameterRow>,
) -> Result<bool, Refused> {
    let (was, bytes) = (before.is_some_and(|row| row.facts.advanced), input.value.expose().len());
    let advanced = match input.tier {
        Some(ParameterTier::Advanced) => true,
        Some(ParameterTier::IntelligentTiering) => was || bytes > STANDARD_PARAMETER_BYTES_MAX,
        Some(ParameterTier::Standard) if was => {
            return Err(AwsError::validation(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter \
                 from the advanced-parameter tier to the standard-parameter tier. If necessary, you \
                 can delete the advanced parameter and recreate it as a standard parameter.",
            ));
        }
        Some(ParameterTier::Standard) | None => was,
    };
    let most = match advanced {
        true => ADVANCED_PARAMETER_BYTES_MAX,
        false => STANDARD_PARAMETER_BYTES_MAX,
    };
    match bytes > most {
        false => Ok(advanced),
        true if advanced => Err(AwsError::validation(format!(
            "Advanced tier parameters support a maximum parameter value of {most} characters."
        ))),
        true => Err(AwsError::validation(format!(
            "Standard tier parameters support a maximum parameter value of {most} characters. To \
             create a larger parameter value, upgrade the parameter to use the advanced-parameter \
             tier."
        ))),
    }
}

/// The row of a parameter that is new.
fn made(
    caller: &Caller,
    input: &shapes::PutParameterInput,
    facts: ParameterFacts,
) -> Result<ParameterRow, Refused> {
    check_name(&input.name)?;
    let kind = input.r#type.ok_or_else(|| {
        AwsError::validation("A parameter type is required when you create a parameter.")
    })?;
    let mut all = BTreeMap::new();
    tags::add(&mut all, input.tags.as_deref().unwrap_or_default())?;
    Ok(ParameterRow {
        account: caller.account().clone(),
        name: input.name.clone(),
        created: facts.modified,
        kind: kind.to_string(),
        oldest: 1,
        newest: 1,
        facts,
        labels: BTreeMap::new(),
        tags: all,
    })
}

/// The row of one that is there, written over; the oldest version goes where there are too many.
fn written_over(
    input: &shapes::PutParameterInput,
    before: &ParameterRow,
    facts: ParameterFacts,
    view: &View,
    changes: &mut Changes,
) -> Result<ParameterRow, Refused> {
    if !input.overwrite.unwrap_or_default() {
        let message = "The parameter already exists. To overwrite this value, set the overwrite \
                       option in the request to true.";
        return Err(AwsError::refused("ParameterAlreadyExists", message));
    }
    if input.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
        return Err(AwsError::validation(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with \
             tags, please remove overwrite flag. To update tags for an existing parameter, please \
             use AddTagsToResource or RemoveTagsFromResource.",
        ));
    }
    if let Some(kind) = input.r#type.filter(|kind| kind.as_str() != before.kind) {
        let message = format!(
            "Parameter Store doesn't support changing a parameter's type, here from {} to {kind}. \
             Create a new, unique parameter.",
            before.kind
        );
        return Err(AwsError::refused("HierarchyTypeMismatchException", message));
    }
    let mut row = ParameterRow { newest: before.newest + 1, facts, ..before.clone() };
    if row.newest - row.oldest >= PARAMETER_VERSIONS_MAX {
        if before.labels.values().any(|number| *number == before.oldest) {
            let message = format!(
                "You attempted to create a new version of {} by calling the PutParameter API with \
                 the overwrite flag. Version {}, the oldest version, can't be deleted because it \
                 has a label associated with it. Move the label to another version of the \
                 parameter, and try again.",
                row.name, before.oldest
            );
            return Err(AwsError::refused("ParameterMaxVersionLimitExceeded", message));
        }
        changes.delete::<ParameterValueRow>(view, value_key(before, before.oldest));
        row.oldest += 1;
    }
    Ok(row)
}

fn check_count(caller: &Caller, view: &View) -> Result<(), Refused> {
    let all = ParameterRow::of_account(caller.account(), "", PARAMETERS_MAX);
    match view.list::<ParameterRow>(&all).len() as i64 >= PARAMETERS_MAX {
        true => {
            let message = format!("An account has at most {PARAMETERS_MAX} parameters.");
            Err(AwsError::refused("ParameterLimitExceeded", message))
        }
        false => Ok(()),
    }
}

operation! {
    /// `ssm:PutParameter`: a new one, or a new version of one.
    Put: shapes::PutParameterInput => shapes::PutParameterOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        let mut all: Context = ask.keys.clone();
        let overwrite = input.overwrite.unwrap_or_default().to_string();
        all.set("ssm:Overwrite", [Value::Text(overwrite)]);
        all.extend(&keys::of_request_tags(tags::pairs(input.tags.as_deref().unwrap_or_default())));
        about(caller, &input.name, view, ask.with(all))
    }
    also(caller, input, view) {
        let new = input.tags.as_deref().filter(|tags| !tags.is_empty());
        let ask = |tags| {
            let ask = identity::Ask::new("ssm:AddTagsToResource", "*");
            about(caller, &input.name, view, ask.with(keys::of_request_tags(tags::pairs(tags))))
        };
        new.map(ask).into_iter().collect()
    }
    wants(caller, input, view) {
        let key = key(caller, &input.name);
        let all = ParameterRow::of_account(caller.account(), "", PARAMETERS_MAX);
        let mut wants: Vec<Want> = vec![key.clone().into(), all.into()];
        match view.known::<ParameterRow>(key) {
            Some(row) => wants.extend([value_key(row, row.oldest).into(), value_key(row, row.newest + 1).into()]),
            None => wants.push(ParameterValueRow::at(caller.account(), &input.name, &1).into()),
        }
        wants
    }
    decide(caller, input, view, now, mut changes) {
        check_done(input)?;
        let before = view.row::<ParameterRow>(key(caller, &input.name));
        let facts = facts(caller, input, before, now)?;
        let row = match before {
            None => {
                check_count(caller, view)?;
                made(caller, input, facts)?
            }
            Some(before) => written_over(input, before, facts, view, &mut changes)?,
        };
        check_value(&input.value, super::kind(&row), row.facts.allowed_pattern.as_ref())?;
        let mut value = ParameterValueRow {
            account: row.account.clone(),
            parameter: row.name.clone(),
            number: row.newest,
            sealed_value: Vec::new(),
            created: now.at,
            facts: row.facts.clone(),
        };
        value.sealed_value = seal(caller, &super::kept(&value), &input.value)?;
        let output = shapes::PutParameterOutput { version: row.newest, tier: tier(row.facts.advanced) };
        changes.put(view, value);
        changes.put(view, row);
        Ok((changes, output))
    }
}

fn facts(
    caller: &Caller,
    input: &shapes::PutParameterInput,
    before: Option<&ParameterRow>,
    now: &Now,
) -> Result<ParameterFacts, Refused> {
    let kept = |new: &Option<String>, old: fn(&ParameterFacts) -> &Option<String>| {
        new.clone().or_else(|| before.and_then(|row| old(&row.facts).clone()))
    };
    Ok(ParameterFacts {
        modified: now.at,
        by: caller.principal.arn.to_string(),
        description: kept(&input.description, |facts| &facts.description),
        allowed_pattern: kept(&input.allowed_pattern, |facts| &facts.allowed_pattern),
        advanced: is_advanced(input, before)?,
    })
}
