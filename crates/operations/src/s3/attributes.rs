//! What is said of an object, piece by piece as it is asked for.

use std::collections::BTreeMap;

use domain::Timestamp;
use identity::Ask;
use store::{Assembled, Piece};
use wire::s3 as shapes;
use wire::s3::refused;

use super::content::{Found, about_object, find_version, no_such_key, of_version, version_wants};
use super::listing::most;
use super::sums::{member, shown};
use super::{bucket, names, object_arn, version_header};
use crate::refusal::Refused;
use crate::table::operation;

const ATTRIBUTES: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

operation! {
    /// `s3:GetObjectAttributes`, and `s3:GetObject`.
    Get: shapes::GetObjectAttributesInput => shapes::GetObjectAttributesOutput;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let ask = of_version(ask, "s3:GetObjectVersionAttributes", input.version_id.as_ref());
        about_object(caller, &input.bucket, &input.key, view, ask)
    }
    also(caller, input, view) {
        let ask = Ask::new("s3:GetObject", object_arn(&input.bucket, &input.key));
        let ask = of_version(ask, "s3:GetObjectVersion", input.version_id.as_ref());
        vec![about_object(caller, &input.bucket, &input.key, view, ask)]
    }
    wants(_, input, view) {
        version_wants(&input.bucket, &input.key, input.version_id.as_ref(), view)
    }
    decide(caller, input, view, now, changes) {
        names::check_key(&input.key)?;
        let asked = asked(&input.object_attributes)?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let found = find_version(row, &input.key, input.version_id.as_ref(), view)?;
        let found = found.ok_or_else(|| no_such_key(caller, &input.bucket, view, now))?;
        let mut said = said(input, &asked, &found);
        said.headers.extend(version_header(row.versioning.map(|_| found.version_id)));
        Ok((changes, said))
    }
}

/// The attributes that a header names.
fn asked(header: &str) -> Result<Vec<&str>, Refused> {
    let asked: Vec<&str> = header.split(',').map(str::trim).collect();
    match asked.iter().all(|it| ATTRIBUTES.contains(it)) {
        true => Ok(asked),
        false => Err(refused("InvalidArgument", 400, "Invalid attribute name specified.")),
    }
}

fn said(
    input: &shapes::GetObjectAttributesInput,
    asked: &[&str],
    found: &Found,
) -> shapes::GetObjectAttributesOutput {
    let asks = |name: &str| asked.contains(&name);
    let assembled = found.assembled.as_ref().filter(|_| asks("ObjectParts"));
    shapes::GetObjectAttributesOutput {
        headers: last_modified(found.modified),
        etag: asks("ETag").then(|| found.etag.clone()),
        checksum: found.checksum.as_ref().filter(|_| asks("Checksum")).map(|it| shown(Some(it))),
        object_parts: assembled.map(|assembled| parts(input, assembled)),
        storage_class: asks("StorageClass").then(|| "STANDARD".to_owned()),
        object_size: asks("ObjectSize").then_some(found.artifact.size),
    }
}

fn last_modified(at: Timestamp) -> BTreeMap<String, String> {
    BTreeMap::from([("last-modified".to_owned(), at.http_date())])
}

fn parts(input: &shapes::GetObjectAttributesInput, assembled: &Assembled) -> shapes::ObjectParts {
    let (after, most) = (input.part_number_marker.unwrap_or_default(), most(input.max_parts));
    let mut behind = assembled.parts.iter().filter(|piece| piece.number > after);
    let page: Vec<&Piece> = behind.by_ref().take(most as usize).collect();
    let part = |piece: &&Piece| shapes::ObjectPart {
        part_number: piece.number,
        size: piece.size,
        checksum: member(piece.checksum.as_ref()),
    };
    shapes::ObjectParts {
        parts_count: u32::try_from(assembled.parts.len()).unwrap_or(u32::MAX),
        part_number_marker: Some(after),
        next_part_number_marker: Some(page.last().map_or(0, |piece| piece.number)),
        max_parts: Some(most),
        is_truncated: Some(behind.next().is_some()),
        part: Some(page.iter().map(part).collect()),
    }
}
