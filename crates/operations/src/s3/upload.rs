//! Uploads in parts: begun, filled or aborted; `complete` makes an object of one. Parts of an upload
//! that is no more are taken by the sweep.

use domain::BucketName;
use store::versions::keep;
use store::{BucketRow, PartRow, UploadRow, View, Want};
use wire::s3 as shapes;
use wire::s3::refused;

use super::conditions::on_source;
use super::content::{self, check_writable};
use super::copy::{may_read, read, source};
use super::object::{source_wants, stored_headers};
use super::range::copied;
use super::sums;
use super::{about, bucket, keys, names, object_arn, quoted, tagging};
use crate::limits::PARTS_MAX;
use crate::refusal::Refused;
use crate::table::operation;

operation! {
    /// `s3:PutObject`: begins an upload.
    Create: shapes::CreateMultipartUploadInput => shapes::CreateMultipartUploadOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let tags = names::tags_of_header(input.tagging.as_ref()).unwrap_or_default();
        let mut keys = keys::of_put(input.acl.as_ref(), input.storage_class.as_ref(), &tags);
        keys.extend(&keys::of_no_creation());
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

pub(super) fn upload_key(bucket: &str, key: &str, upload: &str) -> store::Key {
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
    ask(caller, input, view, ask) { about(caller, &input.bucket, view, ask.with(keys::of_no_creation())) }
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
        keys.extend(&keys::of_no_creation());
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
