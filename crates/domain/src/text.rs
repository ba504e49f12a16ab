//! Text out of bytes that somebody saved, unaltered or not at all.

/// Why bytes are no text: the first that is none, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not UTF-8 text (byte {0}); save it as UTF-8")]
pub struct NotText(pub usize);

/// The bytes as text. What stands for a broken character would run, and nobody wrote it.
pub fn text(bytes: Vec<u8>) -> Result<String, NotText> {
    String::from_utf8(bytes).map_err(|error| NotText(error.utf8_error().valid_up_to() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_text_is_refused_at_its_first_broken_byte() {
        assert_eq!(text("echo ä".into()), Ok("echo ä".to_owned()));
        assert_eq!(text(b"ab\xffc".to_vec()), Err(NotText(3)));
        assert_eq!(text("ä".as_bytes()[..1].to_vec()), Err(NotText(1)));
    }
}
