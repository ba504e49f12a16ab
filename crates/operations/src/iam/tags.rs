//! Tags of what IAM has.

use std::collections::BTreeMap;

use wire::iam::{ListTagsOutput, Tag};

use super::paging::List;
use super::{exceeded, invalid};
use crate::caller::Caller;
use crate::limits::IAM_TAGS_MAX;
use crate::refusal::Refused;

/// Tags as pairs.
pub fn pairs(tags: Option<&Vec<Tag>>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()))
}

/// Adds tags to those that are there; IAM tells their keys apart without regard to case.
///
/// # Errors
/// `InvalidInput` for a key twice or one of the system's own, `LimitExceeded`.
pub fn add(tags: &mut BTreeMap<String, String>, new: Option<&Vec<Tag>>) -> Result<(), Refused> {
    let mut names: Vec<String> = pairs(new).map(|(key, _)| key.to_lowercase()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(invalid(message));
    }
    if names.iter().any(|name| name.starts_with("aws:")) {
        return Err(invalid("Tag keys that start with 'aws:' are reserved for the system."));
    }
    tags.retain(|key, _| !names.contains(&key.to_lowercase()));
    tags.extend(pairs(new));
    match tags.len() > IAM_TAGS_MAX {
        true => Err(exceeded(format!("Cannot exceed quota for TagsPerResource: {IAM_TAGS_MAX}"))),
        false => Ok(()),
    }
}

/// Tags as answers show them.
pub fn shape(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// The same where none is left out.
pub fn some(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| shape(tags))
}

/// A page of tags.
pub fn page(
    caller: &Caller,
    tags: BTreeMap<String, String>,
    list: &List,
) -> Result<ListTagsOutput, Refused> {
    let (tags, marker) = list.cut(caller, shape(&tags), |tag| tag.key.clone())?;
    Ok(ListTagsOutput { tags, is_truncated: marker.is_some(), marker })
}
