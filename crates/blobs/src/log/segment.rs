//! The file of an attempt's log: append-only, `logs/<two digits>/<attempt>.<epoch>`.
//!
//! Who appends says where: at an offset, under an epoch. Any offset but the file's end is refused,
//! so a gap or a double cannot be written; an epoch below the file's is refused, so a process that
//! was taken for dead cannot write into what its successor writes. The epoch is part of the file's
//! name: raising it is one rename. Appends are not synced one by one (a power cut may take the last
//! lines of a running step, and the torn one is cut off when the file is opened again); sealing is.

use crate::Blobs;
use crate::limits::LOG_RECORD_BYTES_MAX;
use domain::ActionExecutionId;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tokio::sync::watch;

/// Why an append was refused.
#[derive(Debug, Error)]
pub enum AppendError {
    /// Another process holds the attempt since.
    #[error("the log is held under epoch {held}")]
    Fenced {
        /// The epoch under which the log is held.
        held: u64,
    },
    /// The offset is not the log's end.
    #[error("the log's next offset is {expected}")]
    OutOfPlace {
        /// Where the next append must begin.
        expected: u64,
    },
    /// The attempt's id cannot name a file.
    #[error("`{0}` cannot name a log: 2 to 64 letters, digits and hyphens")]
    NotAKey(String),
    /// The disk did not answer.
    #[error("the log cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// How far a log has come, for those who follow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// Bytes so far: up to here [`Blobs::read_log`] has something.
    pub length: u64,
    /// Whether nothing more will come.
    pub sealed: bool,
}

/// All logs of a folder of blobs, with those that are open.
pub(crate) struct Segments {
    folder: PathBuf,
    open: Mutex<HashMap<ActionExecutionId, Segment>>,
}

/// A log that somebody appends to, or waits for.
#[derive(Default)]
struct Segment {
    epoch: u64,
    file: Option<File>,
    tail: watch::Sender<Tail>,
}

impl Segments {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::default() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ActionExecutionId, Segment>> {
        // A panic elsewhere leaves a log no worse than a crash does.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, attempt: &ActionExecutionId, epoch: u64) -> PathBuf {
        let name = attempt.as_str();
        self.folder.join(&name[..2]).join(format!("{name}.{epoch}"))
    }

    /// The file of a log and its epoch, if there is one.
    fn find(&self, attempt: &ActionExecutionId) -> io::Result<Option<(PathBuf, u64)>> {
        let folder = self.folder.join(&attempt.as_str()[..2]);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if let Some((name, epoch)) = parse_name(&entry.file_name().to_string_lossy())
                && name == attempt.as_str()
            {
                return Ok(Some((entry.path(), epoch)));
            }
        }
        Ok(None)
    }

    /// Opens a log for appending under `epoch`, and cuts off a line that a crash tore.
    fn take(&self, attempt: &ActionExecutionId, epoch: u64) -> Result<(File, u64), AppendError> {
        let path = self.path(attempt, epoch);
        match self.find(attempt)? {
            Some((_, held)) if held > epoch => return Err(AppendError::Fenced { held }),
            Some((old, held)) if held < epoch => fs::rename(old, &path)?,
            Some(_) => {}
            None => make_parent(&path)?,
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
        let length = cut_torn_line(&mut file)?;
        Ok((file, length))
    }
}

impl Blobs {
    /// Takes the log of an attempt under an epoch and says where the next append must begin.
    pub fn take_log(&self, attempt: &ActionExecutionId, epoch: u64) -> Result<u64, AppendError> {
        self.append_log(attempt, epoch, None, &[])
    }

    /// Appends whole records at `offset` and says where the next append must begin. `None` appends
    /// wherever the end is, for whoever has just taken the log.
    pub fn append_log(
        &self,
        attempt: &ActionExecutionId,
        epoch: u64,
        offset: Option<u64>,
        bytes: &[u8],
    ) -> Result<u64, AppendError> {
        check(attempt)?;
        let mut open = self.segments.lock();
        let segment = open.entry(attempt.clone()).or_default();
        if segment.file.is_some() && segment.epoch > epoch {
            return Err(AppendError::Fenced { held: segment.epoch });
        }
        if segment.file.is_none() || segment.epoch < epoch {
            let (file, length) = self.segments.take(attempt, epoch)?;
            (segment.file, segment.epoch) = (Some(file), epoch);
            segment.tail.send_replace(Tail { length, sealed: false });
        }
        segment.append(offset, bytes)
    }

    /// Makes a log durable and says that nothing more will come.
    pub fn seal_log(&self, attempt: &ActionExecutionId, epoch: u64) -> Result<(), AppendError> {
        check(attempt)?;
        let Some(segment) = self.segments.lock().remove(attempt) else { return Ok(()) };
        if segment.epoch > epoch {
            let held = segment.epoch;
            self.segments.lock().insert(attempt.clone(), segment);
            return Err(AppendError::Fenced { held });
        }
        if let Some(file) = &segment.file {
            rustix::fs::fdatasync(file).map_err(io::Error::from)?;
        }
        segment.tail.send_modify(|tail| tail.sealed = true);
        Ok(())
    }

    /// At most `max` bytes of a log from `from` on, whole records only; empty where nothing more has
    /// come. `from` must be 0, or `from` plus the length of an earlier answer.
    pub fn read_log(
        &self,
        attempt: &ActionExecutionId,
        from: u64,
        max: usize,
    ) -> io::Result<Vec<u8>> {
        if check(attempt).is_err() {
            return Ok(Vec::new());
        }
        let Some((path, _)) = self.segments.find(attempt)? else { return Ok(Vec::new()) };
        let mut bytes = vec![0; max.max(2 * LOG_RECORD_BYTES_MAX)];
        let read = read_at(&File::open(path)?, &mut bytes, from)?;
        let whole = bytes[..read].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(whole);
        Ok(bytes)
    }

    /// Follows a log in this process: the value changes at every append, and is `sealed` at the end.
    /// A log that nobody appends to stays as it is; whether one is awaited, the attempt's own state
    /// says.
    pub fn watch_log(&self, attempt: &ActionExecutionId) -> watch::Receiver<Tail> {
        let mut open = self.segments.lock();
        open.retain(|_, segment| segment.file.is_some() || segment.tail.receiver_count() > 0);
        open.entry(attempt.clone()).or_default().tail.subscribe()
    }

    /// Removes a log; says whether there was one.
    pub fn delete_log(&self, attempt: &ActionExecutionId) -> io::Result<bool> {
        if check(attempt).is_err() {
            return Ok(false);
        }
        let Some((path, _)) = self.segments.find(attempt)? else { return Ok(false) };
        fs::remove_file(path).map(|()| true)
    }
}

impl Segment {
    fn append(&mut self, offset: Option<u64>, bytes: &[u8]) -> Result<u64, AppendError> {
        let expected = self.tail.borrow().length;
        if offset.is_some_and(|offset| offset != expected) {
            return Err(AppendError::OutOfPlace { expected });
        }
        let Some(file) = &mut self.file else { return Ok(expected) };
        if bytes.is_empty() {
            return Ok(expected);
        }
        assert!(bytes.ends_with(b"\n"), "only whole records are appended");
        if let Err(error) = file.write_all(bytes) {
            // Half an append must not stay: the caller will say the same offset again.
            file.set_len(expected)?;
            return Err(error.into());
        }
        let length = expected + bytes.len() as u64;
        self.tail.send_replace(Tail { length, sealed: false });
        Ok(length)
    }
}

fn check(attempt: &ActionExecutionId) -> Result<(), AppendError> {
    let name = attempt.as_str();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let good = (2..=64).contains(&name.len()) && name.bytes().all(plain);
    good.then_some(()).ok_or_else(|| AppendError::NotAKey(name.to_owned()))
}

fn parse_name(name: &str) -> Option<(&str, u64)> {
    let (attempt, epoch) = name.rsplit_once('.')?;
    Some((attempt, epoch.parse().ok()?))
}

fn make_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().ok_or(ErrorKind::InvalidInput)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)
}

/// Shortens the file to its last whole line; its length.
fn cut_torn_line(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut tail = Vec::new();
    let from = length.saturating_sub(2 * LOG_RECORD_BYTES_MAX as u64);
    file.seek(SeekFrom::Start(from))?;
    file.read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
    if from + whole < length {
        file.set_len(from + whole)?;
    }
    Ok(from + whole)
}

fn read_at(file: &File, bytes: &mut [u8], from: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], from + read as u64)? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Blobs, ActionExecutionId) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        (folder, blobs, ActionExecutionId::new("0a1b-1"))
    }

    #[test]
    fn an_append_anywhere_but_at_the_end_is_refused_with_the_end() {
        let (_folder, blobs, attempt) = store();
        assert_eq!(blobs.take_log(&attempt, 7).unwrap(), 0);
        assert_eq!(blobs.append_log(&attempt, 7, Some(0), b"one\n").unwrap(), 4);
        for wrong in [0, 3, 5, 99] {
            let refused = blobs.append_log(&attempt, 7, Some(wrong), b"x\n");
            assert!(matches!(refused, Err(AppendError::OutOfPlace { expected: 4 })), "{wrong}");
        }
        assert_eq!(blobs.append_log(&attempt, 7, Some(4), b"two\n").unwrap(), 8);
        assert_eq!(blobs.read_log(&attempt, 0, 100).unwrap(), b"one\ntwo\n");
        assert_eq!(blobs.read_log(&attempt, 4, 100).unwrap(), b"two\n");
        assert_eq!(blobs.read_log(&attempt, 8, 100).unwrap(), b"");
    }

    #[test]
    fn a_later_epoch_takes_the_log_and_shuts_the_earlier_one_out_even_after_a_restart() {
        let (folder, blobs, attempt) = store();
        blobs.append_log(&attempt, 1, Some(0), b"one\n").unwrap();
        assert_eq!(blobs.take_log(&attempt, 2).unwrap(), 4);
        let fenced = |blobs: &Blobs| {
            let refused = blobs.append_log(&attempt, 1, Some(4), b"late\n");
            assert!(matches!(refused, Err(AppendError::Fenced { held: 2 })));
        };
        fenced(&blobs);
        assert!(matches!(blobs.seal_log(&attempt, 1), Err(AppendError::Fenced { held: 2 })));
        drop(blobs);
        fenced(&Blobs::open(folder.path()).unwrap());
    }

    #[test]
    fn a_line_torn_by_a_crash_is_cut_off() {
        let (folder, blobs, attempt) = store();
        blobs.append_log(&attempt, 1, None, b"one\n").unwrap();
        drop(blobs);
        let file = folder.path().join("logs/0a/0a1b-1.1");
        OpenOptions::new().append(true).open(&file).unwrap().write_all(b"tor").unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        assert_eq!(blobs.read_log(&attempt, 0, 100).unwrap(), b"one\n", "readers see whole lines");
        assert_eq!(blobs.append_log(&attempt, 1, Some(4), b"two\n").unwrap(), 8);
        assert_eq!(blobs.read_log(&attempt, 0, 100).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn who_follows_a_log_hears_of_every_append_and_of_the_end() {
        let (_folder, blobs, attempt) = store();
        let mut tail = blobs.watch_log(&attempt);
        assert_eq!(*tail.borrow_and_update(), Tail::default());
        blobs.append_log(&attempt, 1, None, b"one\n").unwrap();
        assert!(tail.has_changed().unwrap());
        assert_eq!(*tail.borrow_and_update(), Tail { length: 4, sealed: false });
        blobs.seal_log(&attempt, 1).unwrap();
        assert_eq!(*tail.borrow(), Tail { length: 4, sealed: true });
    }

    #[test]
    fn logs_are_removed_once_and_no_key_leads_elsewhere() {
        let (_folder, blobs, attempt) = store();
        blobs.append_log(&attempt, 1, None, b"one\n").unwrap();
        blobs.seal_log(&attempt, 1).unwrap();
        assert!(blobs.delete_log(&attempt).unwrap());
        assert!(!blobs.delete_log(&attempt).unwrap());
        for wrong in ["", "x", "../../etc/passwd", "a/b", "a.1"] {
            let refused = blobs.take_log(&ActionExecutionId::new(wrong), 1);
            assert!(matches!(refused, Err(AppendError::NotAKey(_))), "{wrong}");
        }
    }
}
