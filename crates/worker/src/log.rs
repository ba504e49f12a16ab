//! What a run says, into the log of its attempt.

use blobs::Blobs;
use blobs::log::AppendError;
use domain::ActionExecutionId;
use runners::{Ask, Event, Identity, Listener, Withheld};
use std::io;
use std::net::SocketAddrV4;
use tokio::sync::mpsc;

/// Appends to one attempt's log under one epoch.
pub(crate) struct Log<'a> {
    blobs: &'a Blobs,
    attempt: &'a ActionExecutionId,
    epoch: u64,
    offset: u64,
    asks: &'a mpsc::UnboundedSender<Ask>,
}

impl<'a> Log<'a> {
    /// Takes the log; refused where somebody holds it under a later epoch.
    pub(crate) fn take(
        blobs: &'a Blobs,
        attempt: &'a ActionExecutionId,
        epoch: u64,
        asks: &'a mpsc::UnboundedSender<Ask>,
    ) -> Result<Self, AppendError> {
        let offset = blobs.take_log(attempt, epoch)?;
        Ok(Self { blobs, attempt, epoch, offset, asks })
    }

    /// Makes the log durable; its length in bytes.
    pub(crate) fn seal(self) -> Result<u64, AppendError> {
        self.blobs.seal_log(self.attempt, self.epoch)?;
        Ok(self.offset)
    }
}

impl Listener for Log<'_> {
    /// Asks whoever knows, and waits: the run is held up until its step knows who it is.
    fn identify(
        &mut self,
        step: usize,
        gateway: Option<SocketAddrV4>,
    ) -> Result<Identity, Withheld> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let reply = Box::new(move |identity| drop(answer.send(identity)));
        let (attempt, epoch) = (self.attempt.clone(), self.epoch);
        let nobody = || Withheld::Identity("nobody is there who could say who it is".to_owned());
        self.asks.send(Ask { attempt, epoch, step, gateway, reply }).map_err(|_| nobody())?;
        answered.recv().map_err(|_| nobody())?
    }

    fn hear(&mut self, event: Event<'_>) -> io::Result<()> {
        // Where steps begin and end is in the outcome, with the times.
        let Event::Output(records) = event else { return Ok(()) };
        let mut bytes = Vec::new();
        for record in records {
            record.encode(&mut bytes);
        }
        let appended = self.blobs.append_log(self.attempt, self.epoch, Some(self.offset), &bytes);
        self.offset = appended.map_err(|refused| match refused {
            AppendError::Io(error) => error,
            refused => io::Error::other(refused),
        })?;
        Ok(())
    }
}
