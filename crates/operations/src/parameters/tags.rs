//! Tags of parameters.

use std::collections::BTreeMap;

use wire::AwsError;
use wire::ssm as shapes;

use super::Parameter;
use crate::caller::Caller;
use crate::keys;
use crate::limits::SECRET_TAGS_MAX;
use crate::refusal::Refused;
use crate::table::operation;
use store::{ParameterRow, View};

/// Tags as pairs.
pub fn pairs(tags: &[shapes::Tag]) -> impl Iterator<Item = (String, String)> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()))
}

/// Adds tags to those that are there.
///
/// # Errors
/// A key of the system's own, or too many.
pub fn add(tags: &mut BTreeMap<String, String>, new: &[shapes::Tag]) -> Result<(), Refused> {
    if new.iter().any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(AwsError::validation(
            "Tag keys that start with 'aws:' are reserved for the system.",
        ));
    }
    tags.extend(pairs(new));
    match tags.len() > SECRET_TAGS_MAX {
        true => {
            let message = format!("A parameter has at most {SECRET_TAGS_MAX} tags.");
            Err(AwsError::refused("TooManyTagsError", message))
        }
        false => Ok(()),
    }
}

/// The parameter that a resource type and id name.
fn seen<'a>(
    caller: &Caller,
    (kind, id): (&str, &str),
    view: &'a View,
) -> Result<&'a ParameterRow, Refused> {
    if kind != "Parameter" {
        let message =
            format!("Of Systems Manager's resources there are parameters here, and no {kind}.");
        return Err(AwsError::refused("InvalidResourceType", message));
    }
    super::seen(caller, id, view).map_err(|_| {
        let message = format!(
            "The resource ID \"{id}\" is not valid. Verify that the ID is valid and try again."
        );
        AwsError::refused("InvalidResourceId", message)
    })
}

operation! {
    /// `ssm:AddTagsToResource`, of a parameter.
    Add: shapes::AddTagsToResourceInput => shapes::Nothing;
    about(input) { Parameter(&input.resource_id) }
    with { keys::of_request_tags(pairs(&input.tags)) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, (&input.resource_type, &input.resource_id), view)?.clone();
        add(&mut row.tags, &input.tags)?;
        changes.put(view, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `ssm:RemoveTagsFromResource`, of a parameter.
    Remove: shapes::RemoveTagsFromResourceInput => shapes::Nothing;
    about(input) { Parameter(&input.resource_id) }
    with { keys::of_tag_keys(&input.tag_keys) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, (&input.resource_type, &input.resource_id), view)?.clone();
        row.tags.retain(|key, _| !input.tag_keys.contains(key));
        changes.put(view, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `ssm:ListTagsForResource`, of a parameter.
    List: shapes::ListTagsForResourceInput => shapes::ListTagsForResourceOutput;
    about(input) { Parameter(&input.resource_id) }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, (&input.resource_type, &input.resource_id), view)?;
        let tag = |(key, value): (&String, &String)| shapes::Tag { key: key.clone(), value: value.clone() };
        Ok((changes, shapes::ListTagsForResourceOutput { tag_list: row.tags.iter().map(tag).collect() }))
    }
}
