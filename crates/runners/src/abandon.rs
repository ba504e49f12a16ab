//! Ending a run from outside.

use rustix::event::{EventfdFlags, eventfd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

/// A handle to a run that ends it. Clones are the same handle; asking twice is asking once.
#[derive(Clone, Debug)]
pub struct Abandon(Arc<OwnedFd>);

impl Abandon {
    /// A handle that nobody has used yet; an error where the process has no descriptor left.
    pub fn new() -> io::Result<Self> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        Ok(Self(Arc::new(eventfd(0, flags)?)))
    }

    /// Ends the run, now or as soon as it begins: every process of it is killed, and it ends as
    /// [`crate::End::Abandoned`].
    pub fn ask(&self) {
        // Only a full counter refuses, and a full counter has been asked.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }

    /// Whether somebody asked.
    pub fn asked(&self) -> bool {
        let mut poll = [rustix::event::PollFd::new(&*self.0, rustix::event::PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        matches!(rustix::event::poll(&mut poll, Some(&now)), Ok(ready) if ready > 0)
    }

    /// Readable from the moment somebody asked.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
