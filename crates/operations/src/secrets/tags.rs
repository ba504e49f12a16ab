//! Tags of secrets.

use std::collections::BTreeMap;

use store::SecretRow;
use wire::secretsmanager as shapes;

use super::{Secret, exceeded, invalid_parameter, own};
use crate::keys;
use crate::limits::SECRET_TAGS_MAX;
use crate::refusal::Refused;
use crate::table::operation;

/// Tags as pairs; one without a value has an empty one.
pub fn pairs(tags: Option<&Vec<shapes::Tag>>) -> impl Iterator<Item = (String, String)> {
    let pair = |tag: &shapes::Tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()));
    tags.into_iter().flatten().filter_map(pair)
}

/// Adds tags to those that are there.
///
/// # Errors
/// A key of the system's own, or too many.
pub fn add(
    tags: &mut BTreeMap<String, String>,
    new: Option<&Vec<shapes::Tag>>,
) -> Result<(), Refused> {
    if pairs(new).any(|(key, _)| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(invalid_parameter(
            "Tag keys that start with 'aws:' are reserved for the system.",
        ));
    }
    tags.extend(pairs(new));
    match tags.len() > SECRET_TAGS_MAX {
        true => Err(exceeded(format!("A secret has at most {SECRET_TAGS_MAX} tags."))),
        false => Ok(()),
    }
}

/// Tags as answers show them, where there are any.
pub fn some(tags: &BTreeMap<String, String>) -> Option<Vec<shapes::Tag>> {
    let tag = |(key, value): (&String, &String)| shapes::Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    };
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

operation! {
    /// `secretsmanager:TagResource`.
    Tag: shapes::TagResourceInput => shapes::Nothing;
    about(input) { Secret(&input.secret_id) }
    with { keys::of_request_tags(pairs(Some(&input.tags))) }
    decide(caller, input, view, now, mut changes) {
        let mut row: SecretRow = own(caller, &input.secret_id, view, now)?.clone();
        add(&mut row.tags, Some(&input.tags))?;
        changes.put(view, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `secretsmanager:UntagResource`.
    Untag: shapes::UntagResourceInput => shapes::Nothing;
    about(input) { Secret(&input.secret_id) }
    with { keys::of_tag_keys(&input.tag_keys) }
    decide(caller, input, view, now, mut changes) {
        let mut row: SecretRow = own(caller, &input.secret_id, view, now)?.clone();
        row.tags.retain(|key, _| !input.tag_keys.contains(key));
        changes.put(view, row);
        Ok((changes, shapes::Nothing::default()))
    }
}
