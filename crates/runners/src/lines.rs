//! From a stream of bytes to records of a log. Pure.

use blobs::limits::LOG_RECORD_BYTES_MAX;
use blobs::log::{Record, Stream};
use domain::Timestamp;

/// What a record takes in a log beside its text, in bytes: the time, the letter, the line's end.
pub(crate) const RECORD_OVERHEAD_BYTES: u64 = 17;

/// One stream's line under way.
pub(crate) struct Lines {
    stream: Stream,
    line: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, line: Vec::new() }
    }

    /// Takes what came at `at` and appends the records that are whole to `out`.
    pub(crate) fn push(&mut self, bytes: &[u8], at: Timestamp, out: &mut Vec<Record>) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece {
                [text @ .., b'\n'] => (text, true),
                text => (text, false),
            };
            self.line.extend_from_slice(text);
            while self.line.len() > LOG_RECORD_BYTES_MAX {
                let rest = self.line.split_off(cut(&self.line));
                self.emit(at, false, out);
                self.line = rest;
            }
            if ends {
                self.emit(at, true, out);
            }
        }
    }

    /// Gives the beginning of a line whose end has not come.
    pub(crate) fn flush(&mut self, at: Timestamp, out: &mut Vec<Record>) {
        if self.is_partial() {
            self.emit(at, false, out);
        }
    }

    /// Whether a line has begun and not ended.
    pub(crate) fn is_partial(&self) -> bool {
        !self.line.is_empty()
    }

    fn emit(&mut self, at: Timestamp, ends_line: bool, out: &mut Vec<Record>) {
        let text = std::mem::take(&mut self.line);
        out.push(Record { at, stream: self.stream, text, ends_line });
    }
}

/// Where to cut a line that is too long: not inside a letter.
fn cut(line: &[u8]) -> usize {
    let is_inside = |at: &usize| line[*at] & 0b1100_0000 == 0b1000_0000;
    let max = LOG_RECORD_BYTES_MAX;
    (max - 3..=max).rev().find(|at| !is_inside(at)).unwrap_or(max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: Timestamp = Timestamp(1);

    #[test]
    fn lines_come_whole_and_a_long_one_is_cut_between_letters() {
        let (mut lines, mut out) = (Lines::new(Stream::Stdout), Vec::new());
        lines.push(b"one\ntw", AT, &mut out);
        lines.push(b"o\n\nthree", AT, &mut out);
        lines.flush(AT, &mut out);
        let texts: Vec<_> = out.iter().map(|r| (r.text.as_slice(), r.ends_line)).collect();
        assert_eq!(texts, [(&b"one"[..], true), (b"two", true), (b"", true), (b"three", false)]);

        out.clear();
        let long = format!("x{}\n", "ß".repeat(LOG_RECORD_BYTES_MAX / 2));
        lines.push(long.as_bytes(), AT, &mut out);
        assert_eq!(out.len(), 2);
        assert!(out.iter().all(|record| std::str::from_utf8(&record.text).is_ok()));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_however_the_stream_is_cut(
            pieces in proptest::collection::vec("[ab\n]{0,6}", 0..10),
        ) {
            let (mut lines, mut out) = (Lines::new(Stream::Stderr), Vec::new());
            for piece in &pieces {
                lines.push(piece.as_bytes(), AT, &mut out);
            }
            lines.flush(AT, &mut out);
            let joined: String = out
                .iter()
                .map(|r| String::from_utf8_lossy(&r.text) + if r.ends_line { "\n" } else { "" })
                .collect();
            prop_assert_eq!(joined, pieces.concat());
        }
    }
}
