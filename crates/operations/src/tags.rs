//! Tags: of pipelines, and of connections, hosts and repository links.

use std::collections::{BTreeMap, BTreeSet};

use domain::arn::is_same_resource;
use domain::{Arn, PipelineName};
use store::{
    Changes, ConnectionRow, HostRow, Key, PipelineRow, RepositoryLinkRow, View, Want, WebhookRow,
};
use wire::codeconnections as connections;
use wire::codepipeline as pipelines;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::limits::{CONNECTION_TAGS_MAX, LIST_MAX, PIPELINE_TAGS_MAX};
use crate::page;
use crate::refusal::Refused;
use crate::table::operation;

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
pub fn of_pipeline(tags: Option<&Vec<pipelines::Tag>>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()))
}

/// The tags of a connection's, host's or link's input as a map.
pub fn of_connection(
    tags: Option<&Vec<connections::Tag>>,
) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone()))
}

/// The pipeline or webhook that an ARN names: `arn:…:codepipeline:R:A:NAME` or `…:webhook:NAME`.
fn named_of_pipelines(caller: &Caller, arn: &str) -> Result<Key, Refused> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "codepipeline");
    let wrong = || {
        let message = format!("{arn} is the ARN of no pipeline and no webhook.");
        AwsError::refused("InvalidArnException", message)
    };
    let resource = parsed.map(|arn| arn.resource).ok_or_else(wrong)?;
    let plain = |name: &str| !name.is_empty() && !name.contains([':', '/']);
    match resource.strip_prefix("webhook:") {
        Some(name) if plain(name) => Ok(WebhookRow::at(caller.account(), &name.to_owned())),
        None if plain(&resource) => {
            Ok(PipelineRow::at(caller.account(), &PipelineName::new(resource)))
        }
        _ => Err(wrong()),
    }
}

fn want_of_pipelines(caller: &Caller, arn: &str) -> Vec<Want> {
    named_of_pipelines(caller, arn).map(|key| vec![key.into()]).unwrap_or_default()
}

/// A pipeline or a webhook.
enum OfPipelines<'a> {
    Pipeline(&'a PipelineRow),
    Webhook(&'a WebhookRow),
}

impl OfPipelines<'_> {
    fn tags(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Pipeline(row) => &row.tags,
            Self::Webhook(row) => &row.tags,
        }
    }

    fn put(&self, tags: BTreeMap<String, String>, seen: &View, changes: &mut Changes) {
        match self {
            Self::Pipeline(row) => changes.put(seen, PipelineRow { tags, ..(*row).clone() }),
            Self::Webhook(row) => changes.put(seen, WebhookRow { tags, ..(*row).clone() }),
        }
    }
}

fn seen_of_pipelines<'a>(
    caller: &Caller,
    arn: &str,
    seen: &'a View,
) -> Result<OfPipelines<'a>, Refused> {
    let key = named_of_pipelines(caller, arn)?;
    // Another region's resource of this name is not this one.
    let found = if key.table.name == "webhooks" {
        let row = seen.row::<WebhookRow>(key);
        let row = row.filter(|row| crate::webhooks::arn(caller, &row.name) == arn);
        row.map(OfPipelines::Webhook)
    } else {
        let row = seen.row::<PipelineRow>(key);
        let row = row.filter(|row| crate::pipelines::arn(caller, &row.name) == arn);
        row.map(OfPipelines::Pipeline)
    };
    found.ok_or_else(|| {
        let message = format!("There is no pipeline and no webhook {arn}.");
        AwsError::refused("ResourceNotFoundException", message)
    })
}

operation! {
    /// `codepipeline:TagResource`.
    TagPipeline: pipelines::TagResourceInput => pipelines::Nothing;
    resource(_, input) {
        input.resource_arn.clone()
    }
    wants(caller, input, _) {
        want_of_pipelines(caller, &input.resource_arn)
    }
    decide(caller, input, seen, _, mut changes) {
        let found = seen_of_pipelines(caller, &input.resource_arn, seen)?;
        let mut tags = found.tags().clone();
        add(&mut tags, of_pipeline(Some(&input.tags)), &input.resource_arn)?;
        found.put(tags, seen, &mut changes);
        Ok((changes, pipelines::Nothing::default()))
    }
}

operation! {
    /// `codepipeline:UntagResource`.
    UntagPipeline: pipelines::UntagResourceInput => pipelines::Nothing;
    resource(_, input) {
        input.resource_arn.clone()
    }
    wants(caller, input, _) {
        want_of_pipelines(caller, &input.resource_arn)
    }
    decide(caller, input, seen, _, mut changes) {
        let found = seen_of_pipelines(caller, &input.resource_arn, seen)?;
        let mut tags = found.tags().clone();
        remove(&mut tags, &input.tag_keys)?;
        found.put(tags, seen, &mut changes);
        Ok((changes, pipelines::Nothing::default()))
    }
}

const LIST: &str = "codepipeline:ListTagsForResource";

operation! {
    /// `codepipeline:ListTagsForResource`, by key.
    ListPipelineTags: pipelines::ListTagsForResourceInput => pipelines::ListTagsForResourceOutput;
    resource(_, input) {
        input.resource_arn.clone()
    }
    wants(caller, input, _) {
        want_of_pipelines(caller, &input.resource_arn)
    }
    decide(caller, input, seen, _, changes) {
        let arn = &input.resource_arn;
        let after = page::cursor(caller, LIST, arn, input.next_token.as_ref())?;
        let found = seen_of_pipelines(caller, arn, seen)?;
        let rest = found.tags().iter().filter(|(key, _)| after.as_ref().is_none_or(|it| *key > it));
        let size = page::size(input.max_results, LIST_MAX);
        let (rest, next_token) = page::cut(caller, LIST, arn, rest.collect(), size, |(key, _)| (*key).clone());
        let tag = |(key, value): (&String, &String)| pipelines::Tag { key: key.clone(), value: value.clone() };
        let tags = rest.into_iter().map(tag).collect();
        Ok((changes, pipelines::ListTagsForResourceOutput { tags, next_token }))
    }
}

/// A connection, a host or a repository link, whichever the ARN names, under either prefix.
enum Tagged<'a> {
    Connection(&'a ConnectionRow),
    Host(&'a HostRow),
    Link(&'a RepositoryLinkRow),
}

impl Tagged<'_> {
    fn arn(&self) -> &str {
        match self {
            Tagged::Connection(row) => row.arn.as_str(),
            Tagged::Host(row) => row.arn.as_str(),
            Tagged::Link(row) => &row.arn,
        }
    }
}

/// The key that an ARN names.
enum Named {
    Connection(Key),
    Host(Key),
    Link(Key),
}

fn named(caller: &Caller, arn: &str) -> Option<Named> {
    let (account, resource) = (caller.account(), Arn::parse(arn)?.resource);
    let (kind, id) = resource.split_once('/')?;
    let id = id.to_owned();
    match kind {
        "connection" => Some(Named::Connection(ConnectionRow::at(account, &id))),
        "host" => Some(Named::Host(HostRow::at(account, &id))),
        "repository-link" => Some(Named::Link(RepositoryLinkRow::at(account, &id))),
        _ => None,
    }
}

fn want_tagged(caller: &Caller, arn: &str) -> Vec<Want> {
    match named(caller, arn) {
        Some(Named::Connection(key) | Named::Host(key) | Named::Link(key)) => vec![key.into()],
        None => Vec::new(),
    }
}

fn seen_tagged<'a>(caller: &Caller, arn: &str, seen: &'a View) -> Result<Tagged<'a>, Refused> {
    let found = match named(caller, arn) {
        Some(Named::Connection(key)) => seen.row(key).map(Tagged::Connection),
        Some(Named::Host(key)) => seen.row(key).map(Tagged::Host),
        Some(Named::Link(key)) => seen.row(key).map(Tagged::Link),
        None => None,
    };
    found.filter(|found| is_same_resource(found.arn(), arn)).ok_or_else(|| {
        let message = format!("There is no connection, host or repository link {arn}.");
        AwsError::refused("ResourceNotFoundException", message)
    })
}

fn change(
    tagged: &Tagged,
    seen: &View,
    changes: &mut Changes,
    edit: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    match tagged {
        Tagged::Connection(row) => {
            let mut row = (*row).clone();
            edit(&mut row.tags)?;
            changes.put(seen, row);
        }
        Tagged::Host(row) => {
            let mut row = (*row).clone();
            edit(&mut row.tags)?;
            changes.put(seen, row);
        }
        Tagged::Link(row) => {
            let mut row = (*row).clone();
            edit(&mut row.tags)?;
            changes.put(seen, row);
        }
    }
    Ok(())
}

operation! {
    /// `codeconnections:TagResource`.
    TagConnection: connections::TagResourceInput => connections::Nothing;
    resource(_, input) {
        input.resource_arn.clone()
    }
    wants(caller, input, _) {
        want_tagged(caller, &input.resource_arn)
    }
    decide(caller, input, seen, _, mut changes) {
        let tagged = seen_tagged(caller, &input.resource_arn, seen)?;
        let new = of_connection(Some(&input.tags));
        change(&tagged, seen, &mut changes, |tags| {
            add_to_connection(tags, new, &input.resource_arn)
        })?;
        Ok((changes, connections::Nothing::default()))
    }
}

operation! {
    /// `codeconnections:UntagResource`.
    UntagConnection: connections::UntagResourceInput => connections::Nothing;
    resource(_, input) {
        input.resource_arn.clone()
    }
    wants(caller, input, _) {
        want_tagged(caller, &input.resource_arn)
    }
    decide(caller, input, seen, _, mut changes) {
        let tagged = seen_tagged(caller, &input.resource_arn, seen)?;
        change(&tagged, seen, &mut changes, |tags| {
            remove(tags, &input.tag_keys).map_err(of_connections)
        })?;
        Ok((changes, connections::Nothing::default()))
    }
}

operation! {
    /// `codeconnections:ListTagsForResource`.
    ListConnectionTags: connections::ListTagsForResourceInput => connections::ListTagsForResourceOutput;
    resource(_, input) {
        input.resource_arn.clone()
    }
    wants(caller, input, _) {
        want_tagged(caller, &input.resource_arn)
    }
    decide(caller, input, seen, _, changes) {
        let tags = match seen_tagged(caller, &input.resource_arn, seen)? {
            Tagged::Connection(row) => &row.tags,
            Tagged::Host(row) => &row.tags,
            Tagged::Link(row) => &row.tags,
        };
        let tags = tags.iter();
        let tags =
            tags.map(|(key, value)| connections::Tag { key: key.clone(), value: value.clone() });
        Ok((changes, connections::ListTagsForResourceOutput { tags: tags.collect() }))
    }
}
