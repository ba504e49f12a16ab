//! Secrets with blanks or other signs in them that a tool broke into lines: `fold`, with `-s` or without,
//! and whatever else puts line breaks where there were none, or in a blank's place.
//!
//! Every line of a log has an end. Only where the text beside it is a part of such a secret are the lines
//! around it put together, so that others cost no more than that look.

use crate::forms::WRAPPED_BYTES_MIN;
use crate::masker::Finder;
use crate::places::line_end;
use crate::wrapped::{Run, is_digit};
use std::ops::Range;

/// How many bytes beside a line's end are looked at: of the shortest secret half stands on one side.
const PART_BYTES: usize = WRAPPED_BYTES_MIN / 2;
/// Fewer than a [`Finder`] has of beginnings: only the ends of lines are looked at, and both tables are
/// to stay in a processor's nearest cache.
const HASH_BITS: usize = 15;

/// The secrets that are looked for over the ends of lines.
pub(crate) struct Folds {
    /// Without white space, as text is looked at here.
    finder: Finder,
    /// Whether some secret has eight bytes of this hash.
    parts: Box<[u64; 1 << (HASH_BITS - 6)]>,
    /// How far from a line's end a secret may begin or end.
    reach: usize,
}

impl Folds {
    pub fn new() -> Self {
        let parts = Box::new([0; 1 << (HASH_BITS - 6)]);
        Self { finder: Finder::new(), parts, reach: 0 }
    }

    /// Knows one more. One of digits alone is found as broken base64 is, and a short one is broken by
    /// chance.
    pub fn learn(&mut self, secret: &str) {
        let secret = secret.trim();
        let squeezed: Vec<u8> = secret.bytes().filter(|it| !it.is_ascii_whitespace()).collect();
        if squeezed.len() < WRAPPED_BYTES_MIN || secret.bytes().all(is_digit) {
            return;
        }
        for part in secret.as_bytes().array_windows() {
            let slot = slot(part);
            self.parts[slot / 64] |= 1 << (slot % 64);
        }
        self.reach = self.reach.max(2 * secret.len());
        self.finder.add(squeezed);
    }

    /// Makes those that are known ready to be found.
    pub fn prepare(&mut self) {
        self.finder.prepare();
    }

    /// Where secrets stand in `bytes` that a line's end is in.
    pub fn matches(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let around = self.around_ends(bytes);
        let runs = around.into_iter().map(|range| Run::squeezed(bytes, range));
        let found = runs.flat_map(|run| run.matches(&self.finder));
        found.filter(|(start, end)| bytes[*start..*end].contains(&b'\n')).collect()
    }

    /// The end of `bytes`, in which a secret may begin that goes on behind it.
    pub fn last(&self, bytes: &[u8]) -> Run {
        Run::squeezed(bytes, bytes.len().saturating_sub(self.reach)..bytes.len())
    }

    /// Where in it, from `from` on, one may begin.
    pub fn open(&self, last: &Run, from: usize) -> Option<usize> {
        last.open(&self.finder, from)
    }

    /// What lies around the ends of lines that may be in a secret.
    fn around_ends(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let (mut around, mut at) = (Vec::<Range<usize>>::new(), 0);
        if self.reach == 0 {
            return around;
        }
        while let Some(length) = line_end(&bytes[at..]) {
            at += length;
            if self.may_go_on(&bytes[..at], &bytes[at..]) {
                let range = at.saturating_sub(self.reach)..bytes.len().min(at + self.reach);
                match around.last_mut().filter(|last| last.end >= range.start) {
                    Some(last) => last.end = range.end,
                    None => around.push(range),
                }
            }
        }
        around
    }

    /// Whether the text before a line's end is a part of a secret, or that behind it.
    fn may_go_on(&self, before: &[u8], behind: &[u8]) -> bool {
        let (before, behind) = (before.trim_ascii_end(), behind.trim_ascii_start());
        let parts = [before.last_chunk::<PART_BYTES>(), behind.first_chunk()];
        parts.into_iter().flatten().any(|part| {
            let slot = slot(part);
            self.parts[slot / 64] >> (slot % 64) & 1 == 1
        })
    }
}

/// The hash of eight bytes, by the golden ratio: its upper bits depend on all of them.
#[inline]
fn slot(part: &[u8; PART_BYTES]) -> usize {
    let word = u64::from_le_bytes(*part);
    (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - HASH_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use crate::Masker;
    use domain::Secret;

    const SECRET: &str = "correct horse, battery (staple)";

    fn check(text: &str, expect: &str) {
        let masker = Masker::new(&[Secret::new(SECRET)]);
        for length in [1, 7, 1_000] {
            let mut stream = masker.stream();
            let pieces = text.as_bytes().chunks(length);
            let mut out: Vec<u8> = pieces.flat_map(|piece| stream.push(piece)).collect();
            out.extend(stream.finish());
            assert_eq!(String::from_utf8_lossy(&out), expect, "in pieces of {length}");
        }
    }

    #[test]
    fn a_secret_is_found_over_the_ends_of_lines_wherever_they_fall() {
        for columns in 8..SECRET.len() {
            for before in ["", "pw: ", "a longer line before, pw="] {
                let whole = format!("{before}{SECRET}");
                let lines: Vec<&str> = whole
                    .as_bytes()
                    .chunks(columns)
                    .map(|it| str::from_utf8(it).unwrap())
                    .collect();
                let broken = lines.join("\n") + "\nafter\n";
                let start = broken.find('c').unwrap();
                let masked = Masker::new(&[Secret::new(SECRET)]).mask(&broken);
                assert!(masked.ends_with("****\nafter\n"), "{columns} {before}: {masked}");
                assert!(masked.starts_with(&broken[..start]), "{columns} {before}: {masked}");
            }
        }
    }

    #[test]
    fn a_blank_may_have_become_a_line_break() {
        check("pw: correct \n  horse,\r\n  battery (staple)!\n", "pw: ****!\n");
    }

    #[test]
    fn what_is_no_secret_stays_on_its_lines() {
        let other = "the horse,\ncorrect horse, bat\ncorrect horse,\nbattery (stapled)\n";
        check(other, other);
        let on_one_line = "correcthorse,battery(staple)\n";
        check(on_one_line, on_one_line);
    }
}
