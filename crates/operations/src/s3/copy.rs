//! Objects under another name: no byte is copied, the content is named once more.

use std::collections::BTreeMap;

use identity::Ask;
use identity::policy::Value;
use store::versions::place;
use store::{ObjectRow, View};
use wire::s3 as shapes;
use wire::s3::refused;

use super::conditions::{Conditions, on_source};
use super::content::{
    Found, about_object, check_writable, find, find_version, known_tags, no_such_key, of_version,
    wants,
};
use super::object::{source_wants, stored_headers};
use super::{about, bucket, keys, names, object_arn, quoted, tagging, version_header, version_of};
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::table::operation;
use crate::turn::Now;

/// What is copied.
pub(super) struct Source {
    pub bucket: String,
    pub key: String,
    pub version_id: Option<String>,
}

/// The source of `x-amz-copy-source`: `/BUCKET/KEY`, percent-encoded, and perhaps its version.
///
/// # Errors
/// `InvalidArgument`; `NotImplemented` for an access point.
pub(super) fn source(text: &str) -> Result<Source, Refused> {
    let (path, version) =
        text.split_once("?versionId=").map_or((text, None), |(path, it)| (path, Some(it)));
    if path.starts_with("arn:") {
        let message =
            "A copy's source by access point implies functionality that is not implemented.";
        return Err(refused("NotImplemented", 501, message));
    }
    let path = percent_encoding::percent_decode_str(path).decode_utf8();
    let path = path.map_err(|_| wrong())?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    let (bucket, key) = path
        .split_once('/')
        .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
        .ok_or_else(wrong)?;
    let version_id = version.map(str::to_owned);
    Ok(Source { bucket: bucket.to_owned(), key: key.to_owned(), version_id })
}

fn wrong() -> Refused {
    refused(
        "InvalidArgument",
        400,
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    )
}

/// That the source may be read, which its own bucket's side decides too.
pub(super) fn may_read(caller: &Caller, text: &str, view: &View) -> Option<Ask> {
    let from = source(text).ok()?;
    let ask = Ask::new("s3:GetObject", object_arn(&from.bucket, &from.key));
    let ask = of_version(ask, "s3:GetObjectVersion", from.version_id.as_ref());
    Some(about_object(caller, &from.bucket, &from.key, view, ask))
}

/// That the tags which a copy has of its source may be read there and set here.
fn may_take_tags_along(caller: &Caller, input: &shapes::CopyObjectInput, view: &View) -> Vec<Ask> {
    let own = replaces(input.tagging_directive.as_ref(), "tagging");
    let Some(from) = source(&input.copy_source).ok().filter(|_| own == Ok(false)) else {
        return Vec::new();
    };
    let version = from.version_id.as_ref();
    let tags = known_tags(&from.bucket, &from.key, version, view);
    let Some(tags) = tags.filter(|tags| !tags.is_empty()) else { return Vec::new() };
    let read = Ask::new("s3:GetObjectTagging", object_arn(&from.bucket, &from.key));
    let read = of_version(read, "s3:GetObjectVersionTagging", version);
    let read = about_object(caller, &from.bucket, &from.key, view, read);
    vec![read, tagging::may_tag(caller, &input.bucket, &input.key, tags, view)]
}

/// The source, which must be there and as the conditions have it.
pub(super) fn read(
    caller: &Caller,
    text: &str,
    expected_owner: Option<&String>,
    conditions: Conditions,
    view: &View,
    now: &Now,
) -> Result<Found, Refused> {
    let from = source(text)?;
    let row = bucket(&from.bucket, expected_owner, view)?;
    let found = find_version(row, &from.key, from.version_id.as_ref(), view)?;
    let found = found.ok_or_else(|| no_such_key(caller, &from.bucket, view, now))?;
    conditions.check_copy(&found)?;
    Ok(found)
}

/// Whether a copy has its own, or its source's.
fn replaces(directive: Option<&String>, of: &str) -> Result<bool, Refused> {
    match directive.map_or("COPY", String::as_str) {
        "COPY" => Ok(false),
        "REPLACE" => Ok(true),
        _ => Err(refused("InvalidArgument", 400, format!("Unknown {of} directive."))),
    }
}

operation! {
    /// `s3:PutObject` on the new name and `s3:GetObject` on the source.
    Copy: shapes::CopyObjectInput => shapes::CopyOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let tags = names::tags_of_header(input.tagging.as_ref()).unwrap_or_default();
        let mut keys = keys::of_put(input.acl.as_ref(), input.storage_class.as_ref(), &tags);
        keys.extend(&keys::of_creation(input.if_match.as_ref(), input.if_none_match.as_ref()));
        keys.extend(&crate::keys::of("s3:x-amz-copy-source", &input.copy_source));
        keys.set("s3:x-amz-metadata-directive", input.metadata_directive.as_deref().map(Value::from));
        about(caller, &input.bucket, view, ask.with(keys))
    }
    also(caller, input, view) {
        let mut asks = tagging::also(caller, &input.bucket, &input.key, input.tagging.as_ref(), view);
        asks.extend(may_read(caller, &input.copy_source, view));
        asks.extend(may_take_tags_along(caller, input, view));
        asks
    }
    wants(_, input, view) {
        let mut all = wants(&input.bucket, &input.key, view);
        all.extend(source_wants(source(&input.copy_source).ok(), view));
        all
    }
    decide(caller, input, view, now, mut changes) {
        names::check_key(&input.key)?;
        names::check_ordinary(input.acl.as_ref(), input.storage_class.as_ref())?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_writable(row, &input.key, view)?;
        let conditions = on_source!(input);
        let found = read(caller, &input.copy_source, input.expected_source_bucket_owner.as_ref(), conditions, view, now)?;
        let writing = Conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref());
        writing.check_write(find(row, &input.key, view).as_ref())?;
        let retags = replaces(input.tagging_directive.as_ref(), "tagging")?;
        let replaces = replaces(input.metadata_directive.as_ref(), "metadata")?;
        let from = source(&input.copy_source)?;
        // An older version over itself is brought back.
        let same = from.bucket == input.bucket && from.key == input.key && from.version_id.is_none();
        if !replaces && same {
            return Err(refused("InvalidRequest", 400, "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."));
        }
        let (headers, metadata) = match replaces {
            true => (stored_headers!(input), input.metadata.clone().unwrap_or_default()),
            false => (found.headers, found.metadata),
        };
        names::check_metadata(&metadata)?;
        let tags: BTreeMap<_, _> = match retags {
            true => names::tags_of_header(input.tagging.as_ref())?,
            false => found.tags,
        };
        let (etag, checksum) = (quoted(&found.etag), super::sums::shown(found.checksum.as_ref()));
        let copied = ObjectRow {
            bucket: row.name.clone(),
            object_key: input.key.clone(),
            artifact: found.artifact,
            modified: now.at,
            etag: found.etag,
            headers,
            metadata,
            tags,
            checksum: found.checksum,
            // A copy is whole, whatever its source was made of.
            assembled: None,
            version_id: None,
            marker: None,
        };
        let copied = place(&mut changes, view, row, copied, caller.word("version"));
        let mut headers = version_header(version_of(row, &copied));
        headers.extend(from.version_id.map(|id| ("x-amz-copy-source-version-id".to_owned(), id)));
        let last_modified = copied.modified.into();
        Ok((changes, shapes::CopyOutput { etag, last_modified, checksum, headers: Some(headers) }))
    }
}
