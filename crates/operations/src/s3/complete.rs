//! The parts of an upload become an object.

use std::collections::BTreeMap;

use store::versions::place;
use store::{Assembled, BucketRow, ObjectRow, PartRow, Piece, UploadRow};
use wire::s3 as shapes;
use wire::s3::{malformed, refused};

use super::conditions::Conditions;
use super::content::{self, Found, check_writable, find};
use super::sums;
use super::upload::{upload, upload_key};
use super::{about, bucket, keys, object_arn, quoted, version_header};
use crate::caller::Caller;
use crate::limits::{OBJECT_BYTES_MAX, PART_BYTES_MIN, PARTS_MAX};
use crate::refusal::Refused;
use crate::table::operation;

fn all_parts(upload: &str) -> store::Query {
    PartRow::of_upload(upload, 0, PARTS_MAX.into())
}

operation! {
    /// `s3:PutObject`: the parts that are named, in their order, become the object. Before they were
    /// put together, which they are; after, that they are. Who did not hear the answer may ask again
    /// for as long as the object is the one that it made.
    Complete: shapes::CompleteMultipartUploadInput => serde_json::Value;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let keys = keys::of_creation(input.if_match.as_ref(), input.if_none_match.as_ref());
        about(caller, &input.bucket, view, ask.with(keys))
    }
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
    check_order(named)?;
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
    check_sizes(&parts)?;
    Ok(parts)
}

fn check_order(named: &[shapes::CompletedPart]) -> Result<(), Refused> {
    if named.is_empty() {
        return Err(malformed());
    }
    if named.windows(2).any(|pair| pair[0].part_number >= pair[1].part_number) {
        return Err(refused(
            "InvalidPartOrder",
            400,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ));
    }
    Ok(())
}

fn check_sizes(parts: &[&PartRow]) -> Result<(), Refused> {
    let all_but_last = parts.split_last().map_or(&[][..], |(_, rest)| rest);
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
        false => Ok(()),
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
