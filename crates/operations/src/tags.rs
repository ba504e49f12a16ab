//! Tags: of pipelines and webhooks, and of connections, hosts and repository links.

pub mod connections;
pub mod pipelines;

use std::collections::{BTreeMap, BTreeSet};

use wire::error::AwsError;
use wire::{codeconnections, codepipeline};

use crate::limits::{CONNECTION_TAGS_MAX, PIPELINE_TAGS_MAX};
use crate::refusal::Refused;

/// Adds tags to those that a pipeline has.
///
/// # Errors
/// `InvalidTagsException` for a key of the system's own or one that comes twice,
/// `TooManyTagsException`.
pub fn add(
    tags: &mut BTreeMap<String, String>,
    new: impl IntoIterator<Item = (String, String)>,
    arn: &str,
) -> Result<(), Refused> {
    add_up_to(PIPELINE_TAGS_MAX, tags, new, arn)
}

/// Adds tags to those that a connection or a host has.
///
/// # Errors
/// `ValidationException` for a key of the system's own, `LimitExceededException`.
pub fn add_to_connection(
    tags: &mut BTreeMap<String, String>,
    new: impl IntoIterator<Item = (String, String)>,
    arn: &str,
) -> Result<(), Refused> {
    add_up_to(CONNECTION_TAGS_MAX, tags, new, arn).map_err(of_connections)
}

fn add_up_to(
    most: usize,
    tags: &mut BTreeMap<String, String>,
    new: impl IntoIterator<Item = (String, String)>,
    arn: &str,
) -> Result<(), Refused> {
    let mut named = BTreeSet::new();
    for (key, value) in new {
        if !named.insert(key.clone()) {
            let message = format!("The tag key '{key}' stands there twice; give it one value.");
            return Err(AwsError::refused("InvalidTagsException", message));
        }
        refuse_system(&key)?;
        tags.insert(key, value);
    }
    match tags.len() > most {
        true => Err(AwsError::refused(
            "TooManyTagsException",
            format!("Tag limit exceeded for resource [{arn}]."),
        )),
        false => Ok(()),
    }
}

/// Takes tags from a pipeline.
///
/// # Errors
/// `InvalidTagsException` for a key of the system's own.
fn remove(tags: &mut BTreeMap<String, String>, keys: &[String]) -> Result<(), Refused> {
    keys.iter().try_for_each(|key| refuse_system(key))?;
    tags.retain(|key, _| !keys.contains(key));
    Ok(())
}

fn refuse_system(key: &str) -> Result<(), Refused> {
    if !key.to_ascii_lowercase().starts_with("aws:") {
        return Ok(());
    }
    let message = "Not allowed to modify system tags. System tags start with 'aws:'. \
                   msg=[Caller is an end user and not allowed to mutate system tags]";
    Err(AwsError::refused("InvalidTagsException", message))
}

/// CodeConnections declares no classes for tags.
fn of_connections(refused: Refused) -> Refused {
    match &*refused.code {
        "TooManyTagsException" => AwsError::refused("LimitExceededException", refused.message),
        _ => AwsError::validation(refused.message),
    }
}

/// The tags of a pipeline's input as a map.
pub fn of_pipeline(
    tags: Option<&Vec<codepipeline::Tag>>,
) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()))
}

/// The tags of a connection's, host's or link's input as a map.
pub fn of_connection(
    tags: Option<&Vec<codeconnections::Tag>>,
) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()))
}
