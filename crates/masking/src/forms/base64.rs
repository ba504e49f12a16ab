//! Base64 of any text that has the secret in it, once and twice.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The secret may begin at any of three places in a group of digits, and only the digits that depend
/// on nothing beside it can be known.
pub(super) fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let once = aligned(secret);
    let twice: Vec<_> = once.iter().flat_map(|digits| aligned(digits)).collect();
    let mut all: Vec<_> = once.into_iter().chain(twice).collect();
    all.sort();
    all.dedup();
    all
}

fn aligned(text: &[u8]) -> Vec<Vec<u8>> {
    let places = (0..3usize).flat_map(|before| {
        let padded = [&b"\0\0"[..before], text].concat();
        let first = (before * 8).div_ceil(6);
        let whole = padded.len() * 8 / 6;
        [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD]
            .map(|engine| engine.encode(&padded).as_bytes()[first..whole.max(first)].to_vec())
    });
    places.collect()
}
