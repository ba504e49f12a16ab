//! Where something stands first. All of a log goes by here.

/// The first byte that is one of those looked for. Whole words are looked at before bytes are, all of one
/// at once.
#[inline]
pub(crate) fn first_place(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> Option<usize> {
    const WORD: usize = 32;
    let has_one = |word: &[u8; WORD]| word.iter().fold(false, |found, it| found | is_one(*it));
    let (words, _) = bytes.as_chunks::<WORD>();
    let from = words.iter().position(has_one).unwrap_or(words.len()) * WORD;
    let within = bytes[from..].iter().position(|byte| is_one(*byte))?;
    Some(from + within)
}

/// Behind where the first line ends.
#[inline]
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    first_place(bytes, |byte| byte == b'\n').map(|place| place + 1)
}
