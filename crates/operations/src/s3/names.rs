//! What may name a bucket and an object, and what may be said of one.

use std::collections::BTreeMap;

use wire::s3::refused;

use crate::limits::{
    METADATA_BYTES_MAX, OBJECT_KEY_BYTES_MAX, OBJECT_TAGS_MAX, TAG_KEY_CHARS_MAX,
    TAG_VALUE_CHARS_MAX,
};
use crate::refusal::Refused;

/// A name that no bucket has: S3's rule for general purpose buckets.
pub(super) fn check_bucket(name: &str) -> Result<(), Refused> {
    crate::buckets::check_form(name).map_err(|problem| {
        refused(
            "InvalidBucketName",
            400,
            format!("The specified bucket is not valid: '{name}' {problem}."),
        )
    })
}

/// Any UTF-8 of 1 to 1,024 bytes names an object, as in S3; NUL alone does not, which no database
/// keeps.
pub(super) fn check_key(key: &str) -> Result<(), Refused> {
    match () {
        () if key.len() > OBJECT_KEY_BYTES_MAX => {
            Err(refused("KeyTooLongError", 400, "Your key is too long"))
        }
        () if key.is_empty() || key.contains('\0') => Err(refused(
            "InvalidArgument",
            400,
            "A key has at least one character, and none of them is NUL.",
        )),
        () => Ok(()),
    }
}

/// A person's own metadata.
pub(super) fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<(), Refused> {
    let bytes: usize = metadata.iter().map(|(name, text)| name.len() + text.len()).sum();
    match bytes > METADATA_BYTES_MAX {
        true => Err(refused(
            "MetadataTooLarge",
            400,
            "Your metadata headers exceed the maximum allowed metadata size",
        )),
        false => Ok(()),
    }
}

/// Tags as a header has them: `name=value&…`.
pub(super) fn tags_of_header(header: Option<&String>) -> Result<BTreeMap<String, String>, Refused> {
    let pairs = url::form_urlencoded::parse(header.map_or("", String::as_str).as_bytes());
    check_tags(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}

/// Tags, each name once and within S3's limits.
pub(super) fn check_tags(
    pairs: Vec<(String, String)>,
) -> Result<BTreeMap<String, String>, Refused> {
    let count = pairs.len();
    let sized = pairs.iter().all(|(name, value)| {
        (1..=TAG_KEY_CHARS_MAX).contains(&name.chars().count())
            && value.chars().count() <= TAG_VALUE_CHARS_MAX
    });
    let tags: BTreeMap<String, String> = pairs.into_iter().collect();
    match () {
        () if count > OBJECT_TAGS_MAX => {
            Err(refused("BadRequest", 400, "Object tags cannot be greater than 10"))
        }
        () if !sized => Err(refused(
            "InvalidTag",
            400,
            "A tag's key has 1 to 128 characters, its value at most 256.",
        )),
        () if tags.keys().any(|key| key.starts_with("aws:")) => {
            Err(refused("InvalidTag", 400, "System tags cannot be added/updated by requester"))
        }
        () if tags.len() < count => {
            Err(refused("InvalidTag", 400, "Cannot provide multiple Tags with the same key"))
        }
        () => Ok(tags),
    }
}

/// What a caller may ask for that is so anyway; anything else of the kind is not there.
pub(super) fn check_ordinary(
    acl: Option<&String>,
    storage_class: Option<&String>,
) -> Result<(), Refused> {
    if acl.is_some_and(|acl| !matches!(acl.as_str(), "private" | "bucket-owner-full-control")) {
        return Err(refused(
            "AccessControlListNotSupported",
            400,
            "The bucket does not allow ACLs",
        ));
    }
    match storage_class.map_or("STANDARD", String::as_str) {
        "STANDARD" => Ok(()),
        _ => Err(refused(
            "InvalidStorageClass",
            400,
            "The storage class you specified is not valid: there is STANDARD only.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_any_text_that_is_short_enough() {
        for good in ["a", "../../etc/passwd", "a//b", "/", "ü/ß", "a\nb", &"x".repeat(1024)] {
            assert!(check_key(good).is_ok(), "{good:?}");
        }
        let code = |key: &str| check_key(key).expect_err("refused").code;
        assert_eq!(code(&"x".repeat(1025)), "KeyTooLongError");
        assert_eq!((code("a\0b"), code("")), ("InvalidArgument".into(), "InvalidArgument".into()));
    }

    #[test]
    fn tags_have_limits_and_a_name_each() {
        let header = |text: &str| tags_of_header(Some(&text.to_owned()));
        assert_eq!(header("a=1&b=x%20y").expect("tags")["b"], "x y");
        assert!(tags_of_header(None).expect("none").is_empty());
        assert!(header("a=1&a=2").is_err() && header("=1").is_err());
        assert!(header("aws:a=1").is_err() && header("law:a=1").is_ok());
        assert!(header(&format!("{}=1", "k".repeat(129))).is_err());
        assert!(check_tags((0..11).map(|n| (n.to_string(), String::new())).collect()).is_err());
    }
}
