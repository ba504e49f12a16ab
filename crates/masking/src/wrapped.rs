//! Base64 and hex that a tool broke into lines: `base64` at 76 digits, `openssl` at 64, `xxd` at 60,
//! `fold` and `base64 -w` where they are told to; and what has colours in it.
//!
//! A line break counts as such a tool's only behind many digits in a row, so that an ordinary line is
//! neither held back nor joined to the next one.

use crate::masker::Finder;
use crate::places::line_end;
use std::ops::Range;

const ESCAPE: u8 = 0x1b;

/// The shortest line that digits are broken into: most words of a log's lines are shorter.
const COLUMNS_MIN: usize = 8;

/// Text that goes on over what a reader does not see.
pub(crate) struct Run {
    /// The text without it.
    joined: Vec<u8>,
    /// Where in the bytes each of them stands.
    places: Vec<usize>,
}

pub(crate) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)
}

/// How many digits stand at the end of `bytes`, before which there are `before` more.
pub(crate) fn digits_at_end(bytes: &[u8], before: usize) -> usize {
    let count = bytes.iter().rev().take_while(|byte| is_digit(**byte)).count();
    if count == bytes.len() { before.saturating_add(count) } else { count }
}

/// The runs that go on over at least one break; before `bytes` there are `before` digits.
pub(crate) fn runs(bytes: &[u8], before: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut at, mut open) = (0, None::<usize>);
    while let Some(length) = line_end(&bytes[at..]) {
        let line = at..at + length - 1;
        let end = line.end - usize::from(bytes[line.clone()].ends_with(b"\r"));
        let digits = digits_at_end(&bytes[line.start..end], if at == 0 { before } else { 0 });
        let within = digits.min(end - line.start);
        let whole = within == end - line.start;
        // The run that was open ends in this line, unless all of it is digits.
        if let Some(start) = open.filter(|_| !whole || digits < COLUMNS_MIN) {
            runs.push(Run::new(bytes, start, line.end));
            open = None;
        }
        if digits >= COLUMNS_MIN && open.is_none() {
            open = Some(end - within);
        }
        at = line.end + 1;
    }
    // A carriage return at the very end may be half of a break.
    if let Some(line) = bytes[at..].strip_suffix(b"\r") {
        let digits = digits_at_end(line, if at == 0 { before } else { 0 });
        let within = digits.min(line.len());
        open = open.or((digits >= COLUMNS_MIN).then_some(at + line.len() - within));
    }
    runs.extend(open.map(|start| Run::new(bytes, start, bytes.len())));
    runs
}

impl Run {
    /// From the digit at `start` on, over breaks, to the first byte that is neither; at most to the
    /// end of the line that ends at `end`.
    fn new(bytes: &[u8], start: usize, end: usize) -> Self {
        let goes_on = |byte: &u8| is_digit(*byte) || matches!(byte, b'\r' | b'\n');
        let length = bytes[start..end].iter().position(|byte| !goes_on(byte));
        let part = &bytes[start..length.map_or(end, |length| start + length)];
        // Most runs are a line's last word and the next one's first: room at once is half the work.
        let (mut joined, mut places) =
            (Vec::with_capacity(part.len()), Vec::with_capacity(part.len()));
        for (at, byte) in part.iter().enumerate().filter(|(_, byte)| is_digit(**byte)) {
            joined.push(*byte);
            places.push(start + at);
        }
        Self { joined, places }
    }

    /// A part of `bytes` without its white space.
    pub fn squeezed(bytes: &[u8], part: Range<usize>) -> Self {
        let places: Vec<usize> = part.filter(|at| !bytes[*at].is_ascii_whitespace()).collect();
        let joined = places.iter().map(|at| bytes[*at]).collect();
        Self { joined, places }
    }

    /// What a terminal shows of bytes in which there are colours; `None` where there are none.
    pub fn visible(bytes: &[u8]) -> Option<Self> {
        if !bytes.contains(&ESCAPE) {
            return None;
        }
        let (mut places, mut joined, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(byte) = bytes.get(at) {
            match byte {
                &ESCAPE => at += sequence(&bytes[at..]),
                byte => {
                    places.push(at);
                    joined.push(*byte);
                    at += 1;
                }
            }
        }
        Some(Self { joined, places })
    }

    /// Where in what is visible, from `from` on, a form may begin whose end has not come yet.
    pub fn open(&self, finder: &Finder, from: usize) -> Option<usize> {
        let first = self.places.partition_point(|place| *place < from);
        self.places.get(finder.undecided(&self.joined, first)).copied()
    }

    /// Where forms stand in it.
    pub fn matches(&self, finder: &Finder) -> Vec<(usize, usize)> {
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some((start, end)) = finder.find(&self.joined, at) {
            found.push((self.places[start], self.places[end - 1] + 1));
            at = end;
        }
        found
    }

    /// Where a form may begin in it, from `from` on, that goes on behind `length` bytes; `None` where
    /// the run ends before.
    pub fn undecided(&self, finder: &Finder, length: usize, from: usize) -> Option<usize> {
        let last = *self.places.last()?;
        // Nothing but a break may stand behind it.
        if length - last > 3 {
            return None;
        }
        self.open(finder, from)
    }
}

/// How long the control sequence is that begins here: `ESC [`, parameters, one final byte (ECMA-48,
/// 5.4); all that is there where its end is not. Another escape is one byte.
fn sequence(bytes: &[u8]) -> usize {
    let Some(parameters) = bytes.strip_prefix(b"\x1b[") else { return 1 };
    let length = parameters.iter().position(|byte| (0x40..=0x7e).contains(byte));
    length.map_or(bytes.len(), |length| length + 3)
}
