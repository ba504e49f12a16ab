//! Checksums of objects: which one an upload in parts has, and how answers name it.

use std::collections::BTreeMap;

use store::{PartRow, UploadRow};
use wire::s3::checksum::{Checksum, DEFAULT_ALGORITHM, composite, kind_of};
use wire::s3::{Received, refused};

use crate::refusal::Refused;

/// A checksum: the member's name, and its text.
pub(super) type Sum = (String, String);

/// A checksum's own member alone, as parts have it.
pub(super) fn member(sum: Option<&Sum>) -> BTreeMap<String, String> {
    sum.cloned().into_iter().collect()
}

/// A checksum as answers have it: its own member, and how it came about.
pub(super) fn shown(sum: Option<&Sum>) -> BTreeMap<String, String> {
    let kind = sum.map(|(_, text)| ("ChecksumType".to_owned(), kind_of(text).to_owned()));
    member(sum).into_iter().chain(kind).collect()
}

/// Algorithm and kind of a checksum, for lists.
pub(super) fn described(sum: Option<&Sum>) -> (Option<String>, Option<String>) {
    let algorithm = sum.map(|(member, _)| member.trim_start_matches("Checksum").to_owned());
    (algorithm, sum.map(|(_, text)| kind_of(text).to_owned()))
}

/// The algorithm and the kind that an upload begins with, where it names them.
///
/// # Errors
/// `InvalidRequest` for those that are not known, or do not go together.
pub(super) fn begun(
    algorithm: Option<&String>,
    kind: Option<&String>,
) -> Result<(Option<String>, Option<String>), Refused> {
    let wrong = |message: String| refused("InvalidRequest", 400, message);
    let Some(algorithm) = algorithm.map(|it| it.to_ascii_uppercase()) else {
        return match kind {
            None => Ok((None, None)),
            Some(_) => Err(wrong("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.".to_owned())),
        };
    };
    if Checksum::of_algorithm(&algorithm).is_none() {
        return Err(wrong("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]".to_owned()));
    }
    let (usual, other) = match algorithm.as_str() {
        "CRC64NVME" => ("FULL_OBJECT", None),
        "SHA1" | "SHA256" => ("COMPOSITE", None),
        _ => ("COMPOSITE", Some("FULL_OBJECT")),
    };
    let kind = kind.map_or(usual, String::as_str);
    match kind == usual || other == Some(kind) {
        true => Ok((Some(algorithm), Some(kind.to_owned()))),
        false => Err(wrong(format!(
            "The {kind} checksum type cannot be used with the {} checksum algorithm.",
            algorithm.to_ascii_lowercase()
        ))),
    }
}

/// The algorithm that parts and the whole of an upload are summed with.
pub(super) fn algorithm(upload: &UploadRow) -> &str {
    upload.checksum_algorithm.as_deref().unwrap_or(DEFAULT_ALGORITHM)
}

/// That a part's checksum is of the algorithm that its upload named.
pub(super) fn check_part(upload: &UploadRow, (member, _): &Sum) -> Result<(), Refused> {
    let found = member.trim_start_matches("Checksum");
    match upload.checksum_algorithm.as_deref() {
        Some(expected) if expected != found => Err(refused(
            "InvalidRequest",
            400,
            format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                expected.to_ascii_lowercase(),
                found.to_ascii_lowercase()
            ),
        )),
        _ => Ok(()),
    }
}

/// The checksum of an object that its upload completes.
pub(super) fn whole(upload: &UploadRow, parts: &[&PartRow], received: &Received) -> Option<Sum> {
    if upload.checksum_type.as_deref() != Some("COMPOSITE") {
        return Some(received.checksum.clone());
    }
    let sums: Vec<Option<&Sum>> = parts.iter().map(|part| part.checksum.as_ref()).collect();
    composite(algorithm(upload), &sums)
}

/// That what was said of the whole holds: its kind of checksum, and the checksum.
pub(super) fn check_whole(
    kind: Option<&String>,
    said: Option<&BTreeMap<String, String>>,
    found: Option<&Sum>,
) -> Result<(), Refused> {
    let other = |kind: &String| found.is_some_and(|(_, text)| kind != kind_of(text));
    if kind.is_some_and(other) {
        let message = "The upload was created with another checksum type than the one given here.";
        return Err(refused("InvalidRequest", 400, message));
    }
    let Some((member, text)) = said.and_then(|said| said.first_key_value()) else { return Ok(()) };
    let same =
        |(name, found): &Sum| name == member && text.split('-').next() == found.split('-').next();
    match found.is_some_and(same) {
        true => Ok(()),
        false => Err(refused(
            "BadDigest",
            400,
            format!(
                "The {} you specified did not match the calculated checksum.",
                member.trim_start_matches("Checksum")
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_begins_with_an_algorithm_and_a_kind_that_go_together() {
        fn check(algorithm: Option<&str>, kind: Option<&str>, expect: Option<&str>) {
            let (algorithm, kind) = (algorithm.map(str::to_owned), kind.map(str::to_owned));
            let begun = begun(algorithm.as_ref(), kind.as_ref());
            let expect = expect.map(|it| Some(it).filter(|it| !it.is_empty()).map(str::to_owned));
            assert_eq!(begun.ok().map(|(_, kind)| kind), expect, "{algorithm:?} {kind:?}");
        }
        check(None, None, Some(""));
        check(Some("CRC32"), None, Some("COMPOSITE"));
        check(Some("crc32c"), Some("FULL_OBJECT"), Some("FULL_OBJECT"));
        check(Some("CRC64NVME"), None, Some("FULL_OBJECT"));
        check(Some("SHA256"), Some("COMPOSITE"), Some("COMPOSITE"));
        check(Some("CRC64NVME"), Some("COMPOSITE"), None);
        check(Some("SHA1"), Some("FULL_OBJECT"), None);
        check(Some("MD5"), None, None);
        check(None, Some("COMPOSITE"), None);
    }

    #[test]
    fn what_is_said_of_the_whole_is_held_against_it() {
        let found = ("ChecksumSHA1".to_owned(), "AAAA-2".to_owned());
        let code = |kind: Option<&str>, member: &str, text: &str| {
            let said = BTreeMap::from([(member.to_owned(), text.to_owned())]);
            let kind = kind.map(str::to_owned);
            let checked = check_whole(kind.as_ref(), Some(&said), Some(&found));
            checked.err().map_or_else(|| "held".to_owned(), |refused| refused.code.to_string())
        };
        assert_eq!(code(Some("COMPOSITE"), "ChecksumSHA1", "AAAA-2"), "held");
        assert_eq!(code(None, "ChecksumSHA1", "AAAA"), "held");
        assert_eq!(code(None, "ChecksumSHA1", "BBBB-2"), "BadDigest");
        assert_eq!(code(None, "ChecksumSHA256", "AAAA-2"), "BadDigest");
        assert_eq!(code(Some("FULL_OBJECT"), "ChecksumSHA1", "AAAA-2"), "InvalidRequest");
        assert!(check_whole(None, None, None).is_ok());
    }
}
