//! Uploads in parts: begun, filled, completed or aborted. Parts of an upload that is no more are
//! taken by the sweep.

use std::collections::BTreeMap;

use domain::BucketName;
use store::versions::{keep, place};
use store::{Assembled, BucketRow, ObjectRow, PartRow, Piece, UploadRow, View, Want};
use wire::s3 as shapes;
use wire::s3::refused;

use super::conditions::{Conditions, on_source};
use super::content::{self, Found, check_writable, find};
use super::copy::{may_read, read, source};
use super::object::{source_wants, stored_headers};
use super::range::copied;
use super::sums;
use super::{about, bucket, keys, names, object_arn, quoted, tagging, version_header};
use crate::caller::Caller;
use crate::limits::{OBJECT_BYTES_MAX, PART_BYTES_MIN, PARTS_MAX};
use crate::refusal::Refused;
use crate::table::operation;

operation! {
    /// `s3:PutObject`: begins an upload.
    Create: shapes::CreateMultipartUploadInput => shapes::CreateMultipartUploadOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let tags = names::tags_of_header(input.tagging.as_ref()).unwrap_or_default();
        let keys = keys::of_put(input.acl.as_ref(), input.storage_class.as_ref(), &tags);
        about(caller, &input.bucket, view, ask.with(keys))
    }
    also(caller, input, view) {
        tagging::also(caller, &input.bucket, &input.key, input.tagging.as_ref(), view)
    }
    wants(_, input, view) { content::wants(&input.bucket, &input.key, view) }
    decide(caller, input, view, now, mut changes) {
        names::check_key(&input.key)?;
        names::check_ordinary(input.acl.as_ref(), input.storage_class.as_ref())?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_writable(row, &input.key, view)?;
        let metadata = input.metadata.clone().unwrap_or_default();
        names::check_metadata(&metadata)?;
        let (algorithm, kind) = sums::begun(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
        let upload = caller.word("upload");
        let said = [("x-amz-checksum-algorithm", algorithm.clone()), ("x-amz-checksum-type", kind.clone())];
        let headers = said.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect();
        keep(&mut changes, view, row);
        changes.insert(UploadRow {
            bucket: row.name.clone(),
            object_key: input.key.clone(),
            upload: upload.clone(),
            created: now.at,
            headers: stored_headers!(input),
            metadata,
            tags: names::tags_of_header(input.tagging.as_ref())?,
            checksum_algorithm: algorithm,
            checksum_type: kind,
        });
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        Ok((changes, shapes::CreateMultipartUploadOutput { bucket, key, upload_id: upload, headers }))
    }
}

fn upload_key(bucket: &str, key: &str, upload: &str) -> store::Key {
    UploadRow::at(&BucketName::new(bucket), &key.to_owned(), &upload.to_owned())
}

/// The upload, which must be there.
pub(super) fn upload<'a>(
    bucket: &BucketRow,
    key: &str,
    upload: &str,
    view: &'a View,
) -> Result<&'a UploadRow, Refused> {
    names::check_key(key)?;
    let found = view.row::<UploadRow>(upload_key(bucket.name.as_str(), key, upload));
    found.ok_or_else(|| refused("NoSuchUpload", 404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."))
}

/// The upload and its bucket.
pub(super) fn upload_wants(bucket: &str, key: &str, upload: &str, view: &View) -> Vec<Want> {
    let mut wants = super::wants(bucket, view);
    wants.push(upload_key(bucket, key, upload).into());
    wants
}

pub(super) fn check_part_number(number: u32) -> Result<(), Refused> {
    match (1..=PARTS_MAX).contains(&number) {
        true => Ok(()),
        false => Err(refused(
            "InvalidArgument",
            400,
            format!("Part number must be an integer between 1 and {PARTS_MAX}, inclusive"),
        )),
    }
}

fn part(input: (&str, u32), received: &shapes::Received, now: &crate::turn::Now) -> PartRow {
    let (upload, part) = input;
    PartRow {
        upload: upload.to_owned(),
        part,
        artifact: received.artifact.clone(),
        modified: now.at,
        md5: received.md5.clone(),
        checksum: Some(received.checksum.clone()),
    }
}

operation! {
    /// `s3:PutObject`: a part, in place of the one of that number.
    Part: shapes::UploadPartInput => shapes::PutObjectOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) { about(caller, &input.bucket, view, ask) }
    wants(_, input, view) {
        let mut wants = upload_wants(&input.bucket, &input.key, &input.upload_id, view);
        wants.push(PartRow::at(&input.upload_id, &input.part_number).into());
        wants
    }
    decide(_, input, view, now, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let begun = upload(row, &input.key, &input.upload_id, view)?;
        check_part_number(input.part_number)?;
        let Some(received) = &input.received else {
            let checksum_algorithm = Some(sums::algorithm(begun).to_owned());
            return Ok((changes, shapes::PutObjectOutput { checksum_algorithm, ..shapes::PutObjectOutput::default() }));
        };
        sums::check_part(begun, &received.checksum)?;
        changes.put(view, part((&input.upload_id, input.part_number), received, now));
        let (etag, checksum) = (quoted(&received.md5), Some(sums::member(Some(&received.checksum))));
        Ok((changes, shapes::PutObjectOutput { etag, checksum, ..shapes::PutObjectOutput::default() }))
    }
}

operation! {
    /// `s3:PutObject`, and `s3:GetObject` on the source: a part that is a piece of an object. Before
    /// it was cut out, which piece that is; after, that it is a part.
    CopyPart: shapes::UploadPartCopyInput => serde_json::Value;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let mut keys = crate::keys::of("s3:x-amz-copy-source", &input.copy_source);
        keys.extend(&ask.keys);
        about(caller, &input.bucket, view, ask.with(keys))
    }
    also(caller, input, view) { may_read(caller, &input.copy_source, view).into_iter().collect() }
    wants(_, input, view) {
        let mut wants = upload_wants(&input.bucket, &input.key, &input.upload_id, view);
        wants.push(PartRow::at(&input.upload_id, &input.part_number).into());
        wants.extend(source_wants(source(&input.copy_source).ok(), view));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let begun = upload(row, &input.key, &input.upload_id, view)?;
        check_part_number(input.part_number)?;
        if let Some(received) = &input.received {
            changes.put(view, part((&input.upload_id, input.part_number), received, now));
            let (etag, checksum) = (quoted(&received.md5), sums::member(Some(&received.checksum)));
            let output = shapes::CopyOutput { etag, last_modified: now.at.into(), checksum, headers: None };
            return Ok((changes, serde_json::json!(output)));
        }
        let conditions = on_source!(input);
        let owner = input.expected_source_bucket_owner.as_ref();
        let found = read(caller, &input.copy_source, owner, conditions, view, now)?;
        let (offset, length) = copied(input.copy_source_range.as_ref(), found.artifact.size)?;
        let assemble = vec![shapes::Slice { artifact: found.artifact, offset, length }];
        let checksum_algorithm = sums::algorithm(begun).to_owned();
        Ok((changes, serde_json::json!(shapes::AssembleOutput { assemble, checksum_algorithm })))
    }
}

operation! {
    /// `s3:AbortMultipartUpload`.
    Abort: shapes::UploadInput => shapes::Nothing;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) { about(caller, &input.bucket, view, ask) }
    wants(_, input, view) { upload_wants(&input.bucket, &input.key, &input.upload_id, view) }
    decide(_, input, view, _, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        upload(row, &input.key, &input.upload_id, view)?;
        changes.delete::<UploadRow>(view, upload_key(&input.bucket, &input.key, &input.upload_id));
        Ok((changes, shapes::Nothing::default()))
    }
}

fn all_parts(upload: &str) -> store::Query {
    PartRow::of_upload(upload, 0, PARTS_MAX.into())
}

operation! {
    /// `s3:PutObject`: the parts that are named, in their order, become the object. Before they were
    /// put together, which they are; after, that they are. Who did not hear the answer may ask again
    /// for as long as the object is the one that it made.
    Complete: shapes::CompleteMultipartUploadInput => serde_json::Value;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) { about(caller, &input.bucket, view, ask) }
    wants(_, input, view) {
        let mut wants = content::wants(&input.bucket, &input.key, view);
        wants.push(upload_key(&input.bucket, &input.key, &input.upload_id).into());
        wants.push(all_parts(&input.upload_id).into());
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let there = find(row, &input.key, view);
        let made = there.as_ref().filter(|found| found.assembled.as_ref().is_some_and(|it| it.upload == input.upload_id));
        if let Some(made) = made {
            return Ok((changes, completed(caller, input, made, row)));
        }
        let begun = upload(row, &input.key, &input.upload_id, view)?;
        check_writable(row, &input.key, view)?;
        let conditions = Conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref());
        conditions.check_write(there.as_ref())?;
        let parts = chosen(&input.parts, &view.list::<PartRow>(&all_parts(&input.upload_id)))?;
        let Some(received) = &input.received else {
            let whole = |part: &&PartRow| shapes::Slice { artifact: part.artifact.clone(), offset: 0, length: part.artifact.size };
            let (assemble, checksum_algorithm) = (parts.iter().map(whole).collect(), sums::algorithm(begun).to_owned());
            return Ok((changes, serde_json::json!(shapes::AssembleOutput { assemble, checksum_algorithm })));
        };
        check_size(input.mpu_object_size.as_ref(), received.artifact.size)?;
        let (etag, checksum) = (etag_of(&parts), sums::whole(begun, &parts, received));
        sums::check_whole(input.checksum_type.as_ref(), input.checksum.as_ref(), checksum.as_ref())?;
        let whole = ObjectRow {
            bucket: row.name.clone(),
            object_key: input.key.clone(),
            artifact: received.artifact.clone(),
            modified: now.at,
            etag,
            headers: begun.headers.clone(),
            metadata: begun.metadata.clone(),
            tags: begun.tags.clone(),
            checksum,
            assembled: Some(Assembled { upload: input.upload_id.clone(), parts: parts.iter().map(|part| piece(part)).collect() }),
            version_id: None,
            marker: None,
        };
        let whole = place(&mut changes, view, row, whole, caller.word("version"));
        changes.delete::<UploadRow>(view, upload_key(&input.bucket, &input.key, &input.upload_id));
        Ok((changes, completed(caller, input, &Found::from(&whole), row)))
    }
}

fn piece(part: &PartRow) -> Piece {
    Piece { number: part.part, size: part.artifact.size, checksum: part.checksum.clone() }
}

fn completed(
    caller: &Caller,
    input: &shapes::CompleteMultipartUploadInput,
    made: &Found,
    bucket: &BucketRow,
) -> serde_json::Value {
    let origin = caller.public_url.trim_end_matches('/');
    serde_json::json!(shapes::CompleteMultipartUploadOutput {
        location: format!("{origin}/{}/{}", input.bucket, input.key),
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        etag: quoted(&made.etag),
        checksum: sums::shown(made.checksum.as_ref()),
        headers: Some(version_header(bucket.versioning.map(|_| made.version_id.clone()))),
    })
}

/// That the object is as large as its uploader says that it is.
fn check_size(said: Option<&String>, size: u64) -> Result<(), Refused> {
    match said.is_some_and(|said| said.trim() != size.to_string()) {
        false => Ok(()),
        true => Err(refused(
            "InvalidRequest",
            400,
            format!(
                "The provided 'x-amz-mp-object-size' header does not match what was computed: {size}."
            ),
        )),
    }
}

/// The parts that a caller names, each there as it was named, in order, and large enough.
fn chosen<'a>(
    named: &[shapes::CompletedPart],
    there: &[&'a PartRow],
) -> Result<Vec<&'a PartRow>, Refused> {
    if named.is_empty() {
        return Err(refused(
            "MalformedXML",
            400,
            "The XML you provided was not well-formed or did not validate against our published schema",
        ));
    }
    if named.windows(2).any(|pair| pair[0].part_number >= pair[1].part_number) {
        return Err(refused(
            "InvalidPartOrder",
            400,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ));
    }
    let find = |part: &shapes::CompletedPart| {
        let same = |row: &&&PartRow| {
            row.part == part.part_number
                && row.md5 == part.etag.trim_matches('"')
                && is_summed(row, part.checksum.as_ref())
        };
        there.iter().find(same).copied()
    };
    let parts: Option<Vec<&PartRow>> = named.iter().map(find).collect();
    let parts = parts.ok_or_else(|| refused("InvalidPart", 400, "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."))?;
    let (_, all_but_last) = parts.split_last().unwrap_or((&parts[0], &[]));
    if all_but_last.iter().any(|part| part.artifact.size < PART_BYTES_MIN) {
        return Err(refused(
            "EntityTooSmall",
            400,
            format!(
                "Your proposed upload is smaller than the minimum allowed size: every part but the last has at least {PART_BYTES_MIN} bytes."
            ),
        ));
    }
    match parts.iter().map(|part| part.artifact.size).sum::<u64>() > OBJECT_BYTES_MAX {
        true => Err(refused(
            "EntityTooLarge",
            400,
            format!(
                "Your proposed upload exceeds the maximum allowed size of {OBJECT_BYTES_MAX} bytes."
            ),
        )),
        false => Ok(parts),
    }
}

/// Whether a part's checksum is the one that is said of it, where one is.
fn is_summed(row: &PartRow, said: Option<&BTreeMap<String, String>>) -> bool {
    let found = row.checksum.as_ref().map(|(member, text)| (member, text));
    said.into_iter().flatten().all(|said| found.is_none_or(|found| found == said))
}

/// The MD5 of the parts' MD5s, and how many they are.
fn etag_of(parts: &[&PartRow]) -> String {
    let all: Vec<u8> =
        parts.iter().flat_map(|part| hex::decode(&part.md5).unwrap_or_default()).collect();
    format!("{}-{}", wire::s3::body::md5_of(&all), parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ArtifactRef, Digest, Timestamp};

    fn row(part: u32, size: u64) -> PartRow {
        let artifact =
            ArtifactRef { digest: Digest("0".repeat(64)), size, store: "local".to_owned() };
        let md5 = wire::s3::body::md5_of(&[u8::try_from(part).expect("small")]);
        let checksum = Some(("ChecksumCRC32".to_owned(), "NSRBwg==".to_owned()));
        PartRow { upload: "u".to_owned(), part, artifact, modified: Timestamp(0), md5, checksum }
    }

    fn named(part: u32) -> shapes::CompletedPart {
        let etag = quoted(&row(part, 0).md5);
        shapes::CompletedPart { etag, part_number: part, ..shapes::CompletedPart::default() }
    }

    #[test]
    fn parts_must_be_there_in_order_and_large_enough() {
        let rows = [row(1, PART_BYTES_MIN), row(2, 1), row(3, 1)];
        let there: Vec<&PartRow> = rows.iter().collect();
        let code = |parts: &[shapes::CompletedPart]| {
            chosen(parts, &there).err().map_or_else(|| "taken".to_owned(), |it| it.code.to_string())
        };
        assert_eq!(code(&[named(1), named(2)]), "taken");
        assert_eq!(code(&[named(3)]), "taken");
        assert_eq!(code(&[]), "MalformedXML");
        assert_eq!(code(&[named(2), named(1)]), "InvalidPartOrder");
        assert_eq!(code(&[named(1), named(1)]), "InvalidPartOrder");
        assert_eq!(code(&[named(4)]), "InvalidPart");
        assert_eq!(code(&[shapes::CompletedPart { part_number: 2, ..named(1) }]), "InvalidPart");
        assert_eq!(code(&[named(2), named(3)]), "EntityTooSmall");
        let summed = |text: &str| {
            let said = BTreeMap::from([("ChecksumCRC32".to_owned(), text.to_owned())]);
            code(&[shapes::CompletedPart { checksum: Some(said), ..named(1) }])
        };
        assert_eq!(
            (summed("NSRBwg=="), summed("AAAAAA==")),
            ("taken".into(), "InvalidPart".into())
        );
    }

    #[test]
    fn the_etag_of_parts_says_how_many_they_are() {
        let rows = [row(1, 1), row(2, 1)];
        let etag = etag_of(&rows.iter().collect::<Vec<_>>());
        let joined =
            [hex::decode(&rows[0].md5).expect("hex"), hex::decode(&rows[1].md5).expect("hex")]
                .concat();
        assert_eq!(etag, format!("{}-2", wire::s3::body::md5_of(&joined)));
    }
}
