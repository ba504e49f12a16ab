//! Tags of connections, hosts and repository links.

use std::collections::BTreeMap;

use domain::Arn;
use domain::arn::is_same_resource;
use store::{Changes, ConnectionRow, HostRow, Key, RepositoryLinkRow, View, Want};
use wire::codeconnections as shapes;
use wire::error::AwsError;

use super::{add_to_connection, of_connection, of_connections, remove};
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::subject::Subject;
use crate::table::operation;

/// What an ARN names, under either prefix.
struct Tagged<'a>(&'a str);

impl Subject for Tagged<'_> {
    fn resource(&self, _caller: &Caller) -> String {
        self.0.to_owned()
    }

    fn wants(&self, caller: &Caller, _seen: &View) -> Vec<Want> {
        match named(caller, self.0) {
            Some(Named::Connection(key) | Named::Host(key) | Named::Link(key)) => vec![key.into()],
            None => Vec::new(),
        }
    }
}

/// Where that lies.
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

/// A connection, a host or a repository link.
enum Found<'a> {
    Connection(&'a ConnectionRow),
    Host(&'a HostRow),
    Link(&'a RepositoryLinkRow),
}

impl Found<'_> {
    fn arn(&self) -> &str {
        match self {
            Self::Connection(row) => row.arn.as_str(),
            Self::Host(row) => row.arn.as_str(),
            Self::Link(row) => &row.arn,
        }
    }

    fn tags(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Connection(row) => &row.tags,
            Self::Host(row) => &row.tags,
            Self::Link(row) => &row.tags,
        }
    }

    fn put(&self, tags: BTreeMap<String, String>, seen: &View, changes: &mut Changes) {
        match self {
            Self::Connection(row) => changes.put(seen, ConnectionRow { tags, ..(*row).clone() }),
            Self::Host(row) => changes.put(seen, HostRow { tags, ..(*row).clone() }),
            Self::Link(row) => changes.put(seen, RepositoryLinkRow { tags, ..(*row).clone() }),
        }
    }
}

fn find<'a>(caller: &Caller, arn: &str, seen: &'a View) -> Result<Found<'a>, Refused> {
    let found = match named(caller, arn) {
        Some(Named::Connection(key)) => seen.row(key).map(Found::Connection),
        Some(Named::Host(key)) => seen.row(key).map(Found::Host),
        Some(Named::Link(key)) => seen.row(key).map(Found::Link),
        None => None,
    };
    found.filter(|found| is_same_resource(found.arn(), arn)).ok_or_else(|| {
        let message = format!("There is no connection, host or repository link {arn}.");
        AwsError::refused("ResourceNotFoundException", message)
    })
}

operation! {
    /// `codeconnections:TagResource`.
    Tag: shapes::TagResourceInput => shapes::Nothing;
    about(input) { Tagged(&input.resource_arn) }
    decide(caller, input, seen, _, mut changes) {
        let found = find(caller, &input.resource_arn, seen)?;
        let mut tags = found.tags().clone();
        add_to_connection(&mut tags, of_connection(Some(&input.tags)), &input.resource_arn)?;
        found.put(tags, seen, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codeconnections:UntagResource`.
    Untag: shapes::UntagResourceInput => shapes::Nothing;
    about(input) { Tagged(&input.resource_arn) }
    decide(caller, input, seen, _, mut changes) {
        let found = find(caller, &input.resource_arn, seen)?;
        let mut tags = found.tags().clone();
        remove(&mut tags, &input.tag_keys).map_err(of_connections)?;
        found.put(tags, seen, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codeconnections:ListTagsForResource`.
    List: shapes::ListTagsForResourceInput => shapes::ListTagsForResourceOutput;
    about(input) { Tagged(&input.resource_arn) }
    decide(caller, input, seen, _, changes) {
        let found = find(caller, &input.resource_arn, seen)?;
        let tag = |(key, value): (&String, &String)| shapes::Tag { key: key.clone(), value: value.clone() };
        Ok((changes, shapes::ListTagsForResourceOutput { tags: found.tags().iter().map(tag).collect() }))
    }
}
