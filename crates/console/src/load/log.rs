//! A log's records as numbered lines, from the beginning or going on where an earlier look ended.

use crate::limits::{LOG_CHUNK_BYTES, LOG_LINE_BYTES_SHOWN, LOG_LINES_SHOWN};
use crate::moment::Moment;
use crate::view::log::{Line, Writer};
use blobs::Blobs;
use blobs::log::{Record, Stream};
use domain::{ActionExecutionId, Timestamp};
use std::collections::VecDeque;
use std::io;

/// How far a log has been read. Lines that several records make up are held back until they end.
#[derive(Clone, Debug)]
pub struct LogReader {
    /// Whose log.
    pub attempt: ActionExecutionId,
    /// Bytes read so far: the position that names this place in the log.
    pub position: u64,
    lines: u64,
    held: [Option<(Timestamp, Vec<u8>)>; 3],
}

/// The end of a log, and how much stands before it.
#[derive(Debug)]
pub struct LogEnd {
    /// The last lines.
    pub lines: Vec<Line>,
    /// How many lines stand before them.
    pub skipped: u64,
}

impl LogReader {
    /// Begins at the beginning.
    pub fn new(attempt: ActionExecutionId) -> Self {
        Self { attempt, position: 0, lines: 0, held: [const { None }; 3] }
    }

    /// Goes on from a position that an earlier reader had: the records before it are read again,
    /// for the numbers of the lines and for those that had not ended.
    pub fn resume(blobs: &Blobs, attempt: ActionExecutionId, position: u64) -> io::Result<Self> {
        let mut reader = Self::new(attempt);
        while reader.position < position {
            let left = usize::try_from(position - reader.position).unwrap_or(usize::MAX);
            if !reader.chunk(blobs, left.min(LOG_CHUNK_BYTES), &mut |_| {})? {
                break;
            }
        }
        Ok(reader)
    }

    /// Whatever has come since, at most the last [`LOG_LINES_SHOWN`] lines of it.
    pub fn read(&mut self, blobs: &Blobs) -> io::Result<LogEnd> {
        let (before, mut last) = (self.lines, VecDeque::new());
        let mut keep = |line| {
            if last.len() == LOG_LINES_SHOWN {
                last.pop_front();
            }
            last.push_back(line);
        };
        while self.chunk(blobs, LOG_CHUNK_BYTES, &mut keep)? {}
        let skipped = before + (self.lines - before - last.len() as u64);
        Ok(LogEnd { lines: last.into(), skipped })
    }

    /// Lines that never ended, once the log is over.
    pub fn finish(&mut self) -> Vec<Line> {
        let writers = [Writer::Output, Writer::Error, Writer::Runner];
        let held = std::mem::replace(&mut self.held, [const { None }; 3]);
        let ended =
            held.into_iter().zip(writers).filter_map(|(held, writer)| Some((held?, writer)));
        ended.map(|((at, text), writer)| self.line(at, writer, &text)).collect()
    }

    /// Reads one chunk; `false` where there was nothing.
    fn chunk(
        &mut self,
        blobs: &Blobs,
        max: usize,
        each: &mut impl FnMut(Line),
    ) -> io::Result<bool> {
        let mut bytes = blobs.read_log(&self.attempt, self.position, max)?;
        // An answer may be longer than asked for, in whole records; a resumed reader must not
        // run past its mark.
        if bytes.len() > max {
            let whole = bytes[..max].iter().rposition(|byte| *byte == b'\n');
            bytes.truncate(whole.map_or(bytes.len(), |at| at + 1));
        }
        self.position += bytes.len() as u64;
        for record in Record::decode_all(&bytes) {
            if let Some(line) = self.take(record) {
                each(line);
            }
        }
        Ok(!bytes.is_empty())
    }

    fn take(&mut self, record: Record) -> Option<Line> {
        let (slot, writer) = match record.stream {
            Stream::Stdout => (0, Writer::Output),
            Stream::Stderr => (1, Writer::Error),
            Stream::System => (2, Writer::Runner),
        };
        let (at, text) = match self.held[slot].take() {
            None => (record.at, record.text),
            Some((at, mut text)) => {
                let room = LOG_LINE_BYTES_SHOWN.saturating_sub(text.len());
                text.extend_from_slice(&record.text[..record.text.len().min(room)]);
                (at, text)
            }
        };
        if record.ends_line {
            return Some(self.line(at, writer, &text));
        }
        self.held[slot] = Some((at, text));
        None
    }

    fn line(&mut self, at: Timestamp, writer: Writer, text: &[u8]) -> Line {
        self.lines += 1;
        let shown = &text[..text.len().min(LOG_LINE_BYTES_SHOWN)];
        Line::new(self.lines, Some(Moment(at)), writer, &String::from_utf8_lossy(shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(stream: Stream, text: &str, ends_line: bool) -> Record {
        Record { at: Timestamp(5), stream, text: text.into(), ends_line }
    }

    fn blobs(records: &[Record]) -> (tempfile::TempDir, Blobs, ActionExecutionId) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let attempt = ActionExecutionId::new("0a1b-1");
        append(&blobs, &attempt, records);
        (folder, blobs, attempt)
    }

    fn append(blobs: &Blobs, attempt: &ActionExecutionId, records: &[Record]) {
        let mut bytes = Vec::new();
        records.iter().for_each(|record| record.encode(&mut bytes));
        blobs.append_log(attempt, 1, None, &bytes).unwrap();
    }

    fn text(lines: &[Line]) -> Vec<(u64, String)> {
        let whole = |line: &Line| line.stretches.iter().map(|it| it.text.as_str()).collect();
        lines.iter().map(|line| (line.number, whole(line))).collect()
    }

    #[test]
    fn records_become_lines_and_a_torn_line_waits_for_its_end() {
        let parts = [
            record(Stream::Stdout, "one", true),
            record(Stream::Stdout, "two, ", false),
            record(Stream::Stderr, "between", true),
        ];
        let (_folder, blobs, attempt) = blobs(&parts);
        let mut reader = LogReader::new(attempt.clone());
        let first = reader.read(&blobs).unwrap();
        assert_eq!(text(&first.lines), [(1, "one".into()), (2, "between".into())]);
        append(&blobs, &attempt, &[record(Stream::Stdout, "whole", true)]);
        let second = reader.read(&blobs).unwrap();
        assert_eq!(text(&second.lines), [(3, "two, whole".into())]);
        assert_eq!(second.skipped, 2);
        assert!(reader.finish().is_empty());
    }

    #[test]
    fn a_reader_goes_on_where_another_ended_with_no_line_lost_or_twice() {
        let parts = [record(Stream::Stdout, "one", true), record(Stream::Stdout, "t", false)];
        let (_folder, blobs, attempt) = blobs(&parts);
        let mut first = LogReader::new(attempt.clone());
        first.read(&blobs).unwrap();
        append(&blobs, &attempt, &[record(Stream::Stdout, "wo", true)]);
        let mut second = LogReader::resume(&blobs, attempt, first.position).unwrap();
        assert_eq!(second.position, first.position);
        assert_eq!(text(&second.read(&blobs).unwrap().lines), [(2, "two".into())]);
    }

    #[test]
    fn of_a_long_log_the_end_is_shown() {
        let many: Vec<_> =
            (0..2_500).map(|n| record(Stream::Stdout, &n.to_string(), true)).collect();
        let (_folder, blobs, attempt) = blobs(&many);
        let end = LogReader::new(attempt).read(&blobs).unwrap();
        assert_eq!((end.skipped, end.lines.len()), (1_500, LOG_LINES_SHOWN));
        assert_eq!(text(&end.lines)[0], (1_501, "1500".into()));
    }

    #[test]
    fn what_never_ended_is_shown_at_the_end_and_no_text_at_all_does_no_harm() {
        let (_folder, blobs, attempt) = blobs(&[record(Stream::Stderr, "no end", false)]);
        let mut reader = LogReader::new(attempt);
        assert!(reader.read(&blobs).unwrap().lines.is_empty());
        assert_eq!(text(&reader.finish()), [(1, "no end".into())]);
        let nothing = LogReader::new("none".into()).read(&blobs).unwrap();
        assert_eq!((nothing.lines.len(), nothing.skipped), (0, 0));
    }
}
