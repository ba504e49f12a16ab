//! Lists of uploads and of their parts.

use domain::BucketName;
use store::{PartRow, Query, UploadRow};
use wire::s3 as shapes;

use super::listing::{encoding, most};
use super::sums::member;
use super::upload::{upload, upload_wants};
use super::{about, bucket, bucket_arn, keys, object_arn, quoted, wants};
use crate::table::operation;

/// One more than is shown, which says whether there is more.
fn parts(input: &shapes::UploadInput) -> Query {
    let after = input.part_number_marker.unwrap_or_default();
    PartRow::of_upload(&input.upload_id, after, i64::from(most(input.max_parts)) + 1)
}

operation! {
    /// `s3:ListMultipartUploadParts`.
    ListParts: shapes::UploadInput => shapes::ListPartsOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) { about(caller, &input.bucket, view, ask) }
    wants(_, input, view) {
        let mut wants = upload_wants(&input.bucket, &input.key, &input.upload_id, view);
        wants.push(parts(input).into());
        wants
    }
    decide(_, input, view, _, changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let begun = upload(row, &input.key, &input.upload_id, view)?;
        let (mut rows, max_parts) = (view.list::<PartRow>(&parts(input)), most(input.max_parts));
        let is_truncated = rows.len() > max_parts as usize;
        rows.truncate(max_parts as usize);
        let next = rows.last().map_or(0, |row| row.part);
        let part = rows.into_iter().map(|row| shapes::Part {
            part_number: row.part,
            last_modified: row.modified.into(),
            etag: quoted(&row.md5),
            size: row.artifact.size,
            checksum: member(row.checksum.as_ref()),
        });
        Ok((changes, shapes::ListPartsOutput {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            upload_id: input.upload_id.clone(),
            part_number_marker: input.part_number_marker.unwrap_or_default(),
            next_part_number_marker: next,
            max_parts,
            is_truncated,
            part: part.collect(),
            storage_class: "STANDARD".to_owned(),
            checksum_algorithm: begun.checksum_algorithm.clone(),
            checksum_type: begun.checksum_type.clone(),
        }))
    }
}

fn uploads(input: &shapes::ListMultipartUploadsInput) -> Query {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let marker = input.key_marker.as_deref().unwrap_or_default();
    let after = input.upload_id_marker.as_deref().unwrap_or_default();
    // Behind every upload of that key, where only the key was named.
    let after = if marker.is_empty() || !after.is_empty() { after } else { "~" };
    let (from, after) = if marker < prefix { (prefix, "") } else { (marker, after) };
    let end = super::listing::above(prefix);
    UploadRow::from(
        &BucketName::new(&*input.bucket),
        from,
        after,
        &end,
        i64::from(most(input.max_uploads)) + 1,
    )
}

operation! {
    /// `s3:ListBucketMultipartUploads`.
    ListUploads: shapes::ListMultipartUploadsInput => shapes::ListMultipartUploadsOutput;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) {
        let keys = keys::of_list(input.prefix.as_ref(), None, None);
        about(caller, &input.bucket, view, ask.with(keys))
    }
    wants(_, input, view) {
        let mut wants = wants(&input.bucket, view);
        wants.push(uploads(input).into());
        wants
    }
    decide(_, input, view, _, changes) {
        bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let encode = encoding(input.encoding_type.as_ref())?;
        let (mut rows, max_uploads) = (view.list::<UploadRow>(&uploads(input)), most(input.max_uploads));
        let is_truncated = rows.len() > max_uploads as usize;
        rows.truncate(max_uploads as usize);
        let last = rows.last().filter(|_| is_truncated);
        let (next_key_marker, next_upload_id_marker) = (last.map(|row| encode(&row.object_key)), last.map(|row| row.upload.clone()));
        let upload = rows.iter().map(|row| shapes::Upload {
            key: encode(&row.object_key),
            upload_id: row.upload.clone(),
            initiated: row.created.into(),
            storage_class: "STANDARD".to_owned(),
            checksum_algorithm: row.checksum_algorithm.clone(),
            checksum_type: row.checksum_type.clone(),
        });
        Ok((changes, shapes::ListMultipartUploadsOutput {
            bucket: input.bucket.clone(),
            key_marker: encode(input.key_marker.as_deref().unwrap_or_default()),
            upload_id_marker: input.upload_id_marker.clone().unwrap_or_default(),
            max_uploads,
            is_truncated,
            upload: upload.collect(),
            prefix: input.prefix.as_deref().map(&encode),
            next_key_marker,
            next_upload_id_marker,
            encoding_type: input.encoding_type.clone(),
        }))
    }
}
