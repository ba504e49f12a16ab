//! Objects: read, written, deleted.

use std::collections::BTreeMap;

use domain::BucketName;
use store::{ObjectRow, View, Want};
use wire::s3 as shapes;

use super::conditions::Conditions;
use super::content::{self, Found, about_object, check_writable, find, no_such_key};
use super::range::range;
use super::{about, bucket, keys, names, object_arn, quoted};
use crate::refusal::Refused;
use crate::table::operation;

operation! {
    /// `s3:GetObject`, for the whole, for a part, or (as HeadObject) for what is said of it.
    Get: shapes::GetObjectInput => shapes::GetObjectOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        about_object(caller, &input.bucket, &input.key, view, ask)
    }
    wants(_, input, view) { content::wants(&input.bucket, &input.key, view) }
    decide(caller, input, view, now, changes) {
        names::check_key(&input.key)?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let found = find(row, &input.key, view);
        let found = found.ok_or_else(|| no_such_key(caller, &input.bucket, view, now))?;
        let conditions = Conditions {
            matches: input.if_match.as_ref(),
            none_matches: input.if_none_match.as_ref(),
            modified_since: input.if_modified_since.as_ref(),
            unmodified_since: input.if_unmodified_since.as_ref(),
        };
        conditions.check_read(&found)?;
        Ok((changes, shown(input, found)?))
    }
}

fn shown(input: &shapes::GetObjectInput, found: Found) -> Result<shapes::GetObjectOutput, Refused> {
    let size = found.artifact.size;
    let part = range(input.range.as_ref(), size)?;
    let (offset, length) = part.unwrap_or((0, size));
    let content_range = part.map(|_| format!("bytes {offset}-{}/{size}", offset + length - 1));
    // A checksum is of the whole.
    let sums = input.checksum_mode.as_deref() == Some("ENABLED") && part.is_none();
    let checksum = found.checksum.clone().filter(|_| sums).map(|pair| BTreeMap::from([pair]));
    let mut headers = found.headers;
    let overrides = [
        ("cache-control", &input.response_cache_control),
        ("content-disposition", &input.response_content_disposition),
        ("content-encoding", &input.response_content_encoding),
        ("content-language", &input.response_content_language),
        ("content-type", &input.response_content_type),
        ("expires", &input.response_expires),
    ];
    for (name, text) in overrides {
        headers.extend(text.iter().map(|text| (name.to_owned(), text.clone())));
    }
    let tags = u32::try_from(found.tags.len()).ok().filter(|count| *count > 0);
    Ok(shapes::GetObjectOutput {
        etag: quoted(&found.etag),
        last_modified: found.modified.into(),
        content_length: length,
        accept_ranges: "bytes".to_owned(),
        content: Some(shapes::Slice { artifact: found.artifact, offset, length }),
        headers: Some(headers),
        metadata: Some(found.metadata),
        content_range,
        checksum,
        tag_count: tags,
    })
}

/// What is said of an object when it is written; members that several inputs have.
macro_rules! stored_headers {
    ($input:expr) => {
        $crate::s3::object::headers([
            ("content-type", Some($input.content_type.as_deref().unwrap_or("binary/octet-stream"))),
            ("content-encoding", $input.content_encoding.as_deref()),
            ("cache-control", $input.cache_control.as_deref()),
            ("content-disposition", $input.content_disposition.as_deref()),
            ("content-language", $input.content_language.as_deref()),
            ("expires", $input.expires.as_deref()),
        ])
    };
}

pub(super) use stored_headers;

pub(super) fn headers<const N: usize>(
    pairs: [(&str, Option<&str>); N],
) -> BTreeMap<String, String> {
    let said =
        pairs.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned())));
    said.collect()
}

operation! {
    /// `s3:PutObject`. Before its content came, whether it may be written; after, that it is.
    Put: shapes::PutObjectInput => shapes::PutObjectOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let tags = names::tags_of_header(input.tagging.as_ref()).unwrap_or_default();
        let keys = keys::of_put(input.acl.as_ref(), input.storage_class.as_ref(), &tags);
        about(caller, &input.bucket, view, ask.with(keys))
    }
    also(caller, input, view) {
        super::tagging::also(caller, &input.bucket, &input.key, input.tagging.as_ref(), view)
    }
    wants(_, input, view) { content::wants(&input.bucket, &input.key, view) }
    decide(_, input, view, now, mut changes) {
        names::check_key(&input.key)?;
        names::check_ordinary(input.acl.as_ref(), input.storage_class.as_ref())?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_writable(row, &input.key, view)?;
        let (metadata, tags) = (input.metadata.clone().unwrap_or_default(), names::tags_of_header(input.tagging.as_ref())?);
        names::check_metadata(&metadata)?;
        let conditions = Conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref());
        conditions.check_write(find(row, &input.key, view).as_ref())?;
        let Some(received) = &input.received else {
            return Ok((changes, shapes::PutObjectOutput::default()));
        };
        changes.put(view, ObjectRow {
            bucket: row.name.clone(),
            object_key: input.key.clone(),
            artifact: received.artifact.clone(),
            modified: now.at,
            etag: received.md5.clone(),
            headers: stored_headers!(input),
            metadata,
            tags,
            checksum: received.checksum.clone(),
        });
        let checksum = received.checksum.clone().map(|pair| BTreeMap::from([pair]));
        Ok((changes, shapes::PutObjectOutput { etag: quoted(&received.md5), checksum }))
    }
}

operation! {
    /// `s3:DeleteObject`; where there is none, nothing changes.
    Delete: shapes::DeleteObjectInput => shapes::Nothing;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        about_object(caller, &input.bucket, &input.key, view, ask)
    }
    wants(_, input, view) { content::wants(&input.bucket, &input.key, view) }
    decide(_, input, view, _, mut changes) {
        names::check_key(&input.key)?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_writable(row, &input.key, view)?;
        delete(&row.name, &input.key, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

fn delete(bucket: &BucketName, key: &str, view: &View, changes: &mut store::Changes) {
    let at = ObjectRow::at(bucket, &key.to_owned());
    if view.row::<ObjectRow>(at.clone()).is_some() {
        changes.delete::<ObjectRow>(view, at);
    }
}

/// What a copy's source is made of, for the wishes of those who copy.
pub(super) fn source_wants(source: Option<(String, String)>, view: &View) -> Vec<Want> {
    source.map_or_else(Vec::new, |(bucket, key)| content::wants(&bucket, &key, view))
}
