//! One record of a log: when, from where, what.
//!
//! A record is one line of the file, `<milliseconds> <letter><mark><text>\n`: the letter is `o`
//! (stdout), `e` (stderr) or `s` (the system: what we say ourselves); the mark is a space where the
//! text is a whole line and `+` where the line goes on in the next record of its stream. So a log
//! can be read from any record on, and with nothing but `less`.

use domain::Timestamp;

/// Where a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The step's standard output.
    Stdout,
    /// The step's standard error.
    Stderr,
    /// Ourselves: notices before a run, the limit at which it ended.
    System,
}

/// A line, or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it came.
    pub at: Timestamp,
    /// Where it came from.
    pub stream: Stream,
    /// Without the line's end. Bytes, because a step may print what is no text.
    pub text: Vec<u8>,
    /// Whether the line ends here.
    pub ends_line: bool,
}

impl Record {
    /// A line of our own.
    pub fn system(at: Timestamp, text: &str) -> Self {
        let text = text.replace('\n', " ").into_bytes();
        Self { at, stream: Stream::System, text, ends_line: true }
    }

    /// Appends the record's line to `into`.
    ///
    /// # Panics
    /// Where the text has a line's end in it: that would be two records.
    pub fn encode(&self, into: &mut Vec<u8>) {
        assert!(!self.text.contains(&b'\n'), "a record is one line");
        let letter = match self.stream {
            Stream::Stdout => 'o',
            Stream::Stderr => 'e',
            Stream::System => 's',
        };
        let mark = if self.ends_line { ' ' } else { '+' };
        into.extend_from_slice(format!("{} {letter}{mark}", self.at.0).as_bytes());
        into.extend_from_slice(&self.text);
        into.push(b'\n');
    }

    /// Reads a line, without its end; `None` where it is no record.
    pub fn decode(line: &[u8]) -> Option<Self> {
        let space = line.iter().position(|byte| *byte == b' ')?;
        let at = std::str::from_utf8(&line[..space]).ok()?.parse().ok()?;
        let stream = match line.get(space + 1)? {
            b'o' => Stream::Stdout,
            b'e' => Stream::Stderr,
            b's' => Stream::System,
            _ => return None,
        };
        let ends_line = match line.get(space + 2)? {
            b' ' => true,
            b'+' => false,
            _ => return None,
        };
        let text = line[space + 3..].to_vec();
        Some(Self { at: Timestamp(at), stream, text, ends_line })
    }

    /// Every record in bytes that [`crate::Blobs::read_log`] gave; what is none is left out.
    pub fn decode_all(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let lines = bytes.split(|byte| *byte == b'\n');
        lines.filter(|line| !line.is_empty()).filter_map(Self::decode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_record_is_a_line_that_people_can_read() {
        let mut bytes = Vec::new();
        Record::system(Timestamp(1_795_342_530_123), "it ends\nhere").encode(&mut bytes);
        assert_eq!(bytes, b"1795342530123 s it ends here\n");
        for wrong in ["", "x", "1", "1 ", "1 o", "1 x y", "1 o?y", "x o y"] {
            assert_eq!(Record::decode(wrong.as_bytes()), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn records_read_back(
            at in any::<i64>(), which in 0..3usize, ends_line in any::<bool>(),
            text in proptest::collection::vec(any::<u8>().prop_filter("line", |b| *b != b'\n'), 0..40),
        ) {
            let stream = [Stream::Stdout, Stream::Stderr, Stream::System][which];
            let record = Record { at: Timestamp(at), stream, text, ends_line };
            let mut bytes = Vec::new();
            record.encode(&mut bytes);
            record.encode(&mut bytes);
            let read: Vec<_> = Record::decode_all(&bytes).collect();
            prop_assert_eq!(read, vec![record.clone(), record]);
        }
    }
}
