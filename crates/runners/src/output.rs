//! What a step prints on its way to whoever listens: masked, cut into records, counted.

use crate::lines::{Lines, RECORD_OVERHEAD_BYTES};
use crate::masked::Masked;
use crate::{Event, Listener};
use blobs::log::{Record, Stream};
use domain::{Clock, Timestamp};
use masking::Undecided;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

/// Both streams of a step, and the listener.
pub(crate) struct Output<'a> {
    streams: [Channel; 2],
    masked: &'a mut Masked,
    listener: &'a mut dyn Listener,
    clock: &'a dyn Clock,
    /// What may still be printed, in bytes of the log.
    left: u64,
    /// Whether more was printed than may be; what was too much is not passed on.
    pub is_full: bool,
    /// When the first record of standard output came.
    pub first_at: Option<Timestamp>,
    /// The last of standard error, for when the step could not begin.
    pub last_words: Vec<u8>,
}

struct Channel {
    /// Gone at its end.
    pipe: Option<OwnedFd>,
    undecided: Undecided,
    lines: Lines,
    /// When the line that has not ended began.
    line_since: Timestamp,
}

/// Whether a step may go on printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Left,
    None,
}

impl<'a> Output<'a> {
    pub(crate) fn new(
        pipes: [Option<OwnedFd>; 2],
        masked: &'a mut Masked,
        bytes_max: u64,
        clock: &'a dyn Clock,
        listener: &'a mut dyn Listener,
    ) -> io::Result<Self> {
        for pipe in pipes.iter().flatten() {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let [out, err] = pipes;
        let channel = |pipe, stream| Channel {
            pipe,
            undecided: Undecided::default(),
            lines: Lines::new(stream),
            line_since: Timestamp(0),
        };
        let streams = [channel(out, Stream::Stdout), channel(err, Stream::Stderr)];
        let (left, first_at, last_words) = (bytes_max, None, Vec::new());
        Ok(Self { streams, masked, listener, clock, left, is_full: false, first_at, last_words })
    }

    /// The pipes that have not ended.
    pub(crate) fn pipes(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        use std::os::fd::AsFd;
        self.streams.iter().filter_map(|channel| Some(channel.pipe.as_ref()?.as_fd()))
    }

    /// Reads what has come, once a stream, and passes it on.
    pub(crate) fn read(&mut self) -> io::Result<Room> {
        let (at, mut records) = (self.clock.now(), Vec::new());
        for channel in &mut self.streams {
            channel.read(at, self.masked, &mut records, &mut self.last_words)?;
        }
        self.pass_on(records)
    }

    /// Reads and throws away, so that a step that is being ended is not held up by a full pipe.
    pub(crate) fn discard(&mut self) -> io::Result<()> {
        for channel in &mut self.streams {
            channel.read(Timestamp(0), self.masked, &mut Vec::new(), &mut Vec::new())?;
        }
        Ok(())
    }

    /// Passes on the beginnings of lines that have been waiting for `millis`.
    pub(crate) fn flush(&mut self, millis: i64) -> io::Result<Room> {
        let (at, mut records) = (self.clock.now(), Vec::new());
        for channel in &mut self.streams {
            if at.millis_since(channel.line_since) >= millis {
                channel.lines.flush(at, &mut records);
            }
        }
        self.pass_on(records)
    }

    fn pass_on(&mut self, mut records: Vec<Record>) -> io::Result<Room> {
        let fitting = records.iter().position(|record| {
            let bytes = record.text.len() as u64 + RECORD_OVERHEAD_BYTES;
            let fits = bytes <= self.left;
            self.left = if fits { self.left - bytes } else { 0 };
            !fits
        });
        records.truncate(fitting.unwrap_or(records.len()));
        self.is_full |= fitting.is_some();
        let mut of_stdout = records.iter().filter(|record| record.stream == Stream::Stdout);
        self.first_at = self.first_at.or_else(|| of_stdout.next().map(|record| record.at));
        if !records.is_empty() {
            self.listener.hear(Event::Output(&records))?;
        }
        Ok(if fitting.is_some() { Room::None } else { Room::Left })
    }
}

impl Channel {
    fn read(
        &mut self,
        at: Timestamp,
        masked: &mut Masked,
        records: &mut Vec<Record>,
        last_words: &mut Vec<u8>,
    ) -> io::Result<()> {
        let Some(pipe) = &self.pipe else { return Ok(()) };
        let mut bytes = [0; 64 * 1024];
        let read = match rustix::io::read(pipe, &mut bytes) {
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return Ok(()),
            read => read?,
        };
        if read == 0 {
            self.pipe = None;
            let held = self.undecided.finish(masked.masker());
            self.lines.push(&held, at, records);
            self.lines.flush(at, records);
            return Ok(());
        }
        // Asked for behind the reading: what the step was given before it printed is known by now.
        let shown = self.undecided.push(masked.masker(), &bytes[..read]);
        let kept = shown.len().min(500);
        if kept > 0 && self.pipe.is_some() {
            last_words.clear();
            last_words.extend_from_slice(&shown[shown.len() - kept..]);
        }
        let before = records.len();
        let begins = !self.lines.is_partial();
        self.lines.push(&shown, at, records);
        if begins || records.len() > before {
            self.line_since = at;
        }
        Ok(())
    }
}
