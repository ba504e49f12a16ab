//! What a forge has room for in a commit status.

use domain::Digest;

/// Characters of a hash that tell two shortened keys apart.
const MARK_CHARS: usize = 8;

/// The first characters of a text, with `…` where some are left out.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    text.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect()
}

/// A key that fits: one that is too long ends in the beginning of its hash, so that two of them
/// with the same beginning stay two.
pub(crate) fn key(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let hash = Digest::of(text.as_bytes()).0;
    let head = text.chars().take(chars_max.saturating_sub(MARK_CHARS + 1));
    head.chain(['-']).chain(hash.chars().take(MARK_CHARS)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_stays_one_of_its_own() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        let (one, other) = (format!("{}1", "p".repeat(60)), format!("{}2", "p".repeat(60)));
        assert_eq!(key("towpath/release", 40), "towpath/release");
        assert_eq!(key(&one, 40).chars().count(), 40);
        assert_ne!(key(&one, 40), key(&other, 40));
    }
}
