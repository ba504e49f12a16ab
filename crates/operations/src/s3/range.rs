//! Parts of a content: `Range: bytes=…`.

use wire::s3::refused;

use crate::refusal::Refused;

/// The first byte and how many, of a content of `size` bytes; `None` where the header asks for none
/// that is understood, which is to ask for the whole.
///
/// # Errors
/// `InvalidRange`, 416, where it begins behind the end.
pub(super) fn range(header: Option<&String>, size: u64) -> Result<Option<(u64, u64)>, Refused> {
    let Some((first, last)) =
        header.and_then(|text| text.strip_prefix("bytes=")).and_then(|it| it.split_once('-'))
    else {
        return Ok(None);
    };
    let beyond = || refused("InvalidRange", 416, "The requested range is not satisfiable");
    match (number(first), number(last)) {
        (None, Some(count)) if first.trim().is_empty() => {
            let count = count.min(size);
            if count == 0 { Err(beyond()) } else { Ok(Some((size - count, count))) }
        }
        (Some(first), None) if last.trim().is_empty() => {
            if first >= size {
                Err(beyond())
            } else {
                Ok(Some((first, size - first)))
            }
        }
        (Some(first), Some(last)) if first <= last => {
            if first >= size {
                Err(beyond())
            } else {
                Ok(Some((first, last.min(size - 1) - first + 1)))
            }
        }
        _ => Ok(None),
    }
}

/// A count of bytes in digits (RFC 9110, 14.1.1); what no content can have is as good as the most that a
/// number can be.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The same of a copy, where it must be whole and lie within.
///
/// # Errors
/// `InvalidArgument`.
pub(super) fn copied(header: Option<&String>, size: u64) -> Result<(u64, u64), Refused> {
    let Some(text) = header else { return Ok((0, size)) };
    let pair = text.strip_prefix("bytes=").and_then(|it| it.split_once('-'));
    let pair = pair
        .and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    let pair = pair.filter(|(first, last)| first <= last && *last < size);
    pair.map(|(first, last)| (first, last - first + 1)).ok_or_else(|| {
        refused("InvalidArgument", 400, format!("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of bytes within the source of {size} bytes"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_content() {
        fn check(text: &str, size: u64, expect: Option<(u64, u64)>) {
            assert_eq!(range(Some(&text.to_owned()), size).expect(text), expect, "{text}");
        }
        check("bytes=0-0", 10, Some((0, 1)));
        check("bytes=2-", 10, Some((2, 8)));
        check("bytes=-3", 10, Some((7, 3)));
        check("bytes=-30", 10, Some((0, 10)));
        check("bytes=5-100", 10, Some((5, 5)));
        check("bytes=5-99999999999999999999", 10, Some((5, 5)));
        check("bytes=-99999999999999999999", 10, Some((0, 10)));
        for whole in [
            "bytes=5-2",
            "bytes=a-b",
            "lines=1-2",
            "bytes=",
            "bytes=0-1,3-4",
            "bytes=-",
            "bytes=+1-+2",
        ] {
            check(whole, 10, None);
        }
        for (beyond, size) in [
            ("bytes=10-", 10),
            ("bytes=10-20", 10),
            ("bytes=99999999999999999999-", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-1", 0),
        ] {
            assert_eq!(range(Some(&beyond.to_owned()), size).expect_err(beyond).status, 416);
        }
        assert_eq!(copied(Some(&"bytes=1-2".to_owned()), 3).expect("within"), (1, 2));
        assert!(copied(Some(&"bytes=1-3".to_owned()), 3).is_err());
        assert_eq!(copied(None, 3).expect("whole"), (0, 3));
    }
}
