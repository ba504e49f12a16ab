//! Objects: read, written, deleted.

use std::collections::BTreeMap;

use domain::BucketName;
use identity::Ask;
use store::versions::{place, remove, to_remove};
use store::{ObjectRow, Piece, View, Want};
use wire::s3 as shapes;
use wire::s3::refused;

use super::conditions::Conditions;
use super::content::{
    self, Found, about_object, check_writable, find, find_version, no_such_key, of_version,
    version_wants,
};
use super::copy::Source;
use super::range::range;
use super::sums;
use super::{about, bucket, keys, names, object_arn, quoted, version_of};
use crate::refusal::Refused;
use crate::table::operation;

operation! {
    /// `s3:GetObject`, for the whole, for a part, or (as HeadObject) for what is said of it.
    Get: shapes::GetObjectInput => shapes::GetObjectOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let ask = of_version(ask, "s3:GetObjectVersion", input.version_id.as_ref());
        about_object(caller, &input.bucket, &input.key, view, ask)
    }
    wants(_, input, view) {
        version_wants(&input.bucket, &input.key, input.version_id.as_ref(), view)
    }
    decide(caller, input, view, now, changes) {
        names::check_key(&input.key)?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let found = find_version(row, &input.key, input.version_id.as_ref(), view)?;
        let found = found.ok_or_else(|| no_such_key(caller, &input.bucket, view, now))?;
        let conditions = Conditions {
            matches: input.if_match.as_ref(),
            none_matches: input.if_none_match.as_ref(),
            modified_since: input.if_modified_since.as_ref(),
            unmodified_since: input.if_unmodified_since.as_ref(),
        };
        let version_id = row.versioning.map(|_| found.version_id.clone());
        let output = match conditions.is_unmodified(&found)? {
            true => unmodified(found),
            false => shown(input, found)?,
        };
        Ok((changes, shapes::GetObjectOutput { version_id, ..output }))
    }
}

/// What HTTP says again where nothing else is sent.
fn unmodified(found: Found) -> shapes::GetObjectOutput {
    let mut headers = found.headers;
    headers.retain(|name, _| matches!(name.as_str(), "cache-control" | "expires"));
    shapes::GetObjectOutput {
        etag: quoted(&found.etag),
        last_modified: found.modified.into(),
        headers: Some(headers),
        not_modified: Some(true),
        ..shapes::GetObjectOutput::default()
    }
}

/// The piece that is asked for, by bytes or as a part; `None` for the whole.
fn piece(input: &shapes::GetObjectInput, found: &Found) -> Result<Option<(u64, u64)>, Refused> {
    let Some(number) = input.part_number else {
        return range(input.range.as_ref(), found.artifact.size);
    };
    if input.range.is_some() {
        let message = "Cannot specify both Range header and partNumber query parameter";
        return Err(refused("InvalidRequest", 400, message));
    }
    super::upload::check_part_number(number)?;
    let beyond =
        || refused("InvalidPartNumber", 416, "The requested partnumber is not satisfiable");
    let Some(assembled) = &found.assembled else {
        return if number == 1 { Ok(Some((0, found.artifact.size))) } else { Err(beyond()) };
    };
    let before = assembled.parts.iter().take_while(|piece| piece.number < number);
    let offset = before.map(|piece| piece.size).sum();
    let part = part(found, number).ok_or_else(beyond)?;
    Ok(Some((offset, part.size)))
}

fn part(found: &Found, number: u32) -> Option<&Piece> {
    found.assembled.as_ref()?.parts.iter().find(|piece| piece.number == number)
}

/// The checksum of what is asked for: of the whole, or of a part that had one of its own.
fn checksum(input: &shapes::GetObjectInput, found: &Found) -> BTreeMap<String, String> {
    match input.part_number.map(|number| part(found, number)) {
        Some(Some(part)) => sums::member(part.checksum.as_ref()),
        _ => sums::shown(found.checksum.as_ref()),
    }
}

fn shown(input: &shapes::GetObjectInput, found: Found) -> Result<shapes::GetObjectOutput, Refused> {
    let size = found.artifact.size;
    let piece = piece(input, &found)?.filter(|(_, length)| *length > 0);
    let (offset, length) = piece.unwrap_or((0, size));
    let content_range = piece.map(|_| format!("bytes {offset}-{}/{size}", offset + length - 1));
    let by_bytes = piece.is_some() && input.part_number.is_none();
    let sums = input.checksum_mode.as_deref() == Some("ENABLED") && !by_bytes;
    let checksum = sums.then(|| checksum(input, &found));
    let parts = found.assembled.as_ref().filter(|_| input.part_number.is_some());
    let parts_count = parts.and_then(|it| u32::try_from(it.parts.len()).ok());
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
        content_length: Some(length),
        accept_ranges: Some("bytes".to_owned()),
        content: Some(shapes::Slice { artifact: found.artifact, offset, length }),
        headers: Some(headers),
        metadata: Some(found.metadata),
        content_range,
        checksum,
        tag_count: tags,
        parts_count,
        not_modified: None,
        version_id: None,
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
        let mut keys = keys::of_put(input.acl.as_ref(), input.storage_class.as_ref(), &tags);
        keys.extend(&keys::of_creation(input.if_match.as_ref(), input.if_none_match.as_ref()));
        about(caller, &input.bucket, view, ask.with(keys))
    }
    also(caller, input, view) {
        super::tagging::also(caller, &input.bucket, &input.key, input.tagging.as_ref(), view)
    }
    wants(_, input, view) { content::wants(&input.bucket, &input.key, view) }
    decide(caller, input, view, now, mut changes) {
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
        let put = ObjectRow {
            bucket: row.name.clone(),
            object_key: input.key.clone(),
            artifact: received.artifact.clone(),
            modified: now.at,
            etag: received.md5.clone(),
            headers: stored_headers!(input),
            metadata,
            tags,
            checksum: Some(received.checksum.clone()),
            assembled: None,
            version_id: None,
            marker: None,
        };
        let put = place(&mut changes, view, row, put, caller.word("version"));
        let checksum = Some(sums::shown(Some(&received.checksum)));
        let (etag, version_id) = (quoted(&received.md5), version_of(row, &put));
        Ok((changes, shapes::PutObjectOutput { etag, checksum, version_id, checksum_algorithm: None }))
    }
}

operation! {
    /// `s3:DeleteObject`, and `s3:GetObject` where it must be as it was read; where there is none,
    /// nothing changes. A version that is named goes for good; where versions are kept, the object gets
    /// a delete marker otherwise.
    Delete: shapes::DeleteObjectInput => shapes::DeleteObjectOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let ask = ask.with(keys::of_match(input.if_match.as_ref()));
        let ask = of_version(ask, "s3:DeleteObjectVersion", input.version_id.as_ref());
        about_object(caller, &input.bucket, &input.key, view, ask)
    }
    also(caller, input, view) {
        let read = input.if_match.as_ref().filter(|etag| etag.trim_matches('"') != "*");
        let ask = |_| Ask::new("s3:GetObject", object_arn(&input.bucket, &input.key));
        read.map(ask).map(|ask| about_object(caller, &input.bucket, &input.key, view, ask)).into_iter().collect()
    }
    wants(_, input, view) {
        let mut wants = content::wants(&input.bucket, &input.key, view);
        let name = BucketName::new(&*input.bucket);
        let removed = input.version_id.iter();
        wants.extend(removed.flat_map(|id| to_remove(&name, &input.key, id, view)));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        names::check_key(&input.key)?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_writable(row, &input.key, view)?;
        let conditions = Conditions::of_write(input.if_match.as_ref(), None);
        conditions.check_delete(find(row, &input.key, view).as_ref())?;
        let at = (&row.name, input.key.as_str());
        let output = match (&input.version_id, row.versioning) {
            (Some(id), _) => {
                let removed = remove(&mut changes, view, at, id);
                let delete_marker = removed.and_then(|row| row.marker);
                shapes::DeleteObjectOutput { delete_marker, version_id: Some(id.clone()) }
            }
            (None, None) => {
                delete(at, view, &mut changes);
                shapes::DeleteObjectOutput::default()
            }
            (None, Some(_)) => {
                let marker = ObjectRow::marker(&row.name, &input.key, now.at);
                let marker = place(&mut changes, view, row, marker, caller.word("version"));
                let version_id = version_of(row, &marker);
                shapes::DeleteObjectOutput { delete_marker: Some(true), version_id }
            }
        };
        Ok((changes, output))
    }
}

fn delete((bucket, key): (&BucketName, &str), view: &View, changes: &mut store::Changes) {
    let at = ObjectRow::at(bucket, &key.to_owned());
    if view.row::<ObjectRow>(at.clone()).is_some() {
        changes.delete::<ObjectRow>(view, at);
    }
}

/// What a copy's source is made of, for the wishes of those who copy.
pub(super) fn source_wants(source: Option<Source>, view: &View) -> Vec<Want> {
    source.map_or_else(Vec::new, |it| {
        version_wants(&it.bucket, &it.key, it.version_id.as_ref(), view)
    })
}
