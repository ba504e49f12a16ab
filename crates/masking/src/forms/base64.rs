//! Base64 of any text that has the secret in it, once and twice.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What the tool of this name puts on a line, in digits and in bytes of what it encodes.
const LINE_DIGITS: usize = 76;
const LINE_BYTES: usize = 57;
/// Base64 of base64 in lines is looked for of no longer secret, in bytes: each place that a line may
/// end at is a form of its own.
const IN_LINES_BYTES_MAX: usize = 128;

/// The secret may begin at any of three places in a group of digits, and only the digits that depend
/// on nothing beside it can be known.
pub(super) fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let once = aligned(secret);
    let twice: Vec<_> = once.iter().flat_map(|digits| aligned(digits)).collect();
    let mut all: Vec<_> = once.into_iter().chain(twice).chain(twice_in_lines(secret)).collect();
    all.sort();
    all.dedup();
    all
}

fn aligned(text: &[u8]) -> Vec<Vec<u8>> {
    let engines = [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD];
    engines.into_iter().flat_map(|engine| aligned_in(engine, text)).collect()
}

fn aligned_in(engine: &GeneralPurpose, text: &[u8]) -> [Vec<u8>; 3] {
    [0, 1, 2].map(|before| digits_behind(engine, before, text).1)
}

/// The digits that depend on `text` alone where so many bytes stand before it, and how many others
/// come first.
fn digits_behind(engine: &GeneralPurpose, before: usize, text: &[u8]) -> (usize, Vec<u8>) {
    let padded = [&vec![0; before], text].concat();
    let first = (before * 8).div_ceil(6);
    let whole = padded.len() * 8 / 6;
    (first, engine.encode(&padded).as_bytes()[first..whole.max(first)].to_vec())
}

/// `base64 | base64`: the first one ended a line within the secret.
fn twice_in_lines(secret: &[u8]) -> Vec<Vec<u8>> {
    let places = if secret.len() > IN_LINES_BYTES_MAX { 0 } else { LINE_BYTES };
    let broken = (0..places).filter_map(|before| {
        let (first, digits) = digits_behind(&STANDARD_NO_PAD, before, secret);
        let rest = LINE_DIGITS - first % LINE_DIGITS;
        let (line, rest) = digits.split_at_checked(rest).filter(|(_, rest)| !rest.is_empty())?;
        let lines: Vec<&[u8]> = [line].into_iter().chain(rest.chunks(LINE_DIGITS)).collect();
        Some(lines.join(&b'\n'))
    });
    broken.flat_map(|text| aligned_in(&STANDARD_NO_PAD, &text)).collect()
}
