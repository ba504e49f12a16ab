//! What may name an object: a relative path that means the same to everybody.

use crate::ObjectError;
use crate::limits::{OBJECT_KEY_BYTES_MAX, OBJECT_KEY_PART_BYTES_MAX};

/// Whether `key` may name an object. S3 itself takes any UTF-8; objects here are files in a tree,
/// so a key must be a path that cannot leave it and that has one spelling only.
pub(crate) fn check_key(key: &str) -> Result<(), ObjectError> {
    let wrong = |why: &'static str| Err(ObjectError::Key { key: key.to_owned(), why });
    if key.is_empty() || key.len() > OBJECT_KEY_BYTES_MAX {
        return wrong("it must have 1 to 1024 bytes");
    }
    if key.chars().any(char::is_control) {
        return wrong("it must have no control characters");
    }
    for part in key.split('/') {
        match part {
            "" => return wrong("it must not begin or end with a slash, nor have two in a row"),
            "." | ".." => return wrong("it must not have the parts `.` or `..`"),
            _ if part.len() > OBJECT_KEY_PART_BYTES_MAX => {
                return wrong("each part between slashes must have at most 255 bytes");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether `name` may name a bucket: Amazon S3's rule for general purpose buckets.
pub(crate) fn check_bucket(name: &str) -> Result<(), ObjectError> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    let good = (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| inner(*b))
        && edge(bytes.first())
        && edge(bytes.last())
        && !name.contains("..");
    good.then_some(()).ok_or_else(|| ObjectError::BucketName(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_paths_that_stay_inside() {
        for good in ["a", "a/b/c.zip", "..a", "a..b/...", "ü/ß", "a b", "-rf", "C:x", "a\\b"] {
            assert!(check_key(good).is_ok(), "{good}");
        }
        let long_part = "x".repeat(256);
        let long = "x/".repeat(600);
        for wrong in
            ["", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/..", "./a", "a/./b", "a\0b", "a\nb"]
        {
            assert!(check_key(wrong).is_err(), "{wrong:?}");
        }
        assert!(check_key(&long_part).is_err() && check_key(&long).is_err());
    }

    #[test]
    fn bucket_names_are_those_of_s3() {
        for good in ["abc", "my-bucket", "a.b.c", "123"] {
            assert!(check_bucket(good).is_ok(), "{good}");
        }
        for wrong in ["", "ab", "..", "a..b", "-ab", "ab-", "Abc", "a/b", "a_b", ".abc"] {
            assert!(check_bucket(wrong).is_err(), "{wrong}");
        }
    }
}
