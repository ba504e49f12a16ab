//! The event stream of a page: when something was committed, or a log has grown, whatever the page
//! shows differently is sent. Nothing is read without such a bell.
//!
//! A message is a fragment for htmx. Its id names how far the log was sent
//! (`<attempt>@<position>`), so a stream that broke goes on there, without a gap or a double.

use crate::allowed;
use crate::downloads::blocking;
use crate::limits::{LOG_LINES_SHOWN, REFRESH_PAUSE, STREAM_BEAT};
use crate::load::log::LogReader;
use crate::place::{Page, Place};
use crate::refusal::Refusal;
use crate::session::{self, Session};
use crate::state::ConsoleState;
use crate::view::Frame;
use crate::view::log::{Line, Lines, Log};
use askama::Template;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use blobs::log::Tail;
use futures::stream;
use std::collections::VecDeque;
use std::convert::Infallible;
use tokio::sync::{OwnedSemaphorePermit, watch};

/// One open page.
pub struct Follower {
    /// What the console has.
    pub state: ConsoleState,
    /// Whose page it is.
    pub session: Session,
    /// Which page.
    pub place: Place,
    /// What surrounds it.
    pub frame: Frame,
    /// Counts as one of the pages that may be open.
    #[allow(dead_code, reason = "held for as long as the page is open")]
    pub permit: OwnedSemaphorePermit,
}

/// Where a stream is.
struct Follow {
    of: Follower,
    shown: String,
    reader: Option<LogReader>,
    tail: Option<watch::Receiver<Tail>>,
    waiting: VecDeque<Event>,
    fresh: bool,
}

/// The place in a log as a message's id.
pub fn mark(reader: &LogReader) -> String {
    format!("{}@{}", reader.attempt, reader.position)
}

/// The stream of a page, which goes on after `mark`.
///
/// # Errors
/// The log could not be read.
pub async fn stream(of: Follower, mark: Option<&str>) -> Result<Response, Refusal> {
    let reader = match mark.and_then(|mark| mark.rsplit_once('@')) {
        Some((attempt, position)) => {
            let (blobs, attempt) = (of.state.blobs.clone(), attempt.into());
            let position = position.parse().unwrap_or(0);
            Some(blocking(move || LogReader::resume(&blobs, attempt, position)).await??)
        }
        None => None,
    };
    let (shown, tail, waiting) = (String::new(), None, VecDeque::new());
    let follow = Follow { of, shown, reader, tail, waiting, fresh: true };
    let events = stream::unfold(follow, async |mut follow| {
        let event = follow.next().await?;
        Some((Ok::<_, Infallible>(event), follow))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(STREAM_BEAT)).into_response())
}

impl Follow {
    /// The next message; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if !std::mem::take(&mut self.fresh) {
                self.bell().await?;
                tokio::time::sleep(REFRESH_PAUSE).await;
            }
            if let Err(cause) = self.look().await {
                tracing::debug!(%cause, "an event stream ended");
                return None;
            }
        }
    }

    /// Waits until there may be something new; `None` where there never will be.
    async fn bell(&mut self) -> Option<()> {
        let changed = self.of.state.changed.changed();
        match &mut self.tail {
            Some(tail) => tokio::select! {
                rung = changed => rung.ok(),
                grown = tail.changed() => {
                    // A log that nobody holds open any more rings no further.
                    if grown.is_err() {
                        self.tail = None;
                    }
                    Some(())
                }
            },
            None => changed.await.ok(),
        }
    }

    /// Looks at the page again, and sets out what differs.
    async fn look(&mut self) -> Result<(), Refusal> {
        let Follower { state, session, place, frame, .. } = &self.of;
        let store = &state.desk.store;
        let alive = session::alive(&session.row.id_hash, store, state.now()).await?;
        alive.ok_or(Refusal::SignedOut)?;
        let page = allowed::load(state, session, place, frame.clone()).await?;
        let live = page.live().map_err(|cause| Refusal::Failed(cause.to_string()))?;
        if live != self.shown {
            self.waiting.push_back(self.message(&partial("live", "innerMorph", &live)));
            self.shown = live;
        }
        match page {
            Page::Execution(page) => self.look_at_log(page.log).await,
            _ => Ok(()),
        }
    }

    async fn look_at_log(&mut self, log: Option<Log>) -> Result<(), Refusal> {
        let Some(log) = log else { return Ok(()) };
        let mut reader = match self.reader.take() {
            Some(reader) if reader.attempt.as_str() == log.attempt_id => reader,
            _ => LogReader::new(log.attempt_id.as_str().into()),
        };
        let watched = self.tail.is_some();
        if !watched && log.live {
            self.tail = Some(self.of.state.blobs.watch_log(&reader.attempt));
        }
        let (blobs, ended) = (self.of.state.blobs.clone(), !log.live);
        let read = move || {
            let mut end = reader.read(&blobs)?;
            if ended {
                end.lines.extend(reader.finish());
            }
            Ok::<_, std::io::Error>((end.lines, reader))
        };
        let (lines, reader) = blocking(read).await??;
        self.reader = Some(reader);
        self.append(&log.attempt_id, &lines);
        Ok(())
    }

    fn append(&mut self, attempt: &str, lines: &[Line]) {
        debug_assert!(lines.len() <= LOG_LINES_SHOWN + 3);
        if lines.is_empty() {
            return;
        }
        let rendered = Lines { lines }.render().unwrap_or_default();
        let message = partial(&format!("log-{attempt}"), "beforeend", &rendered);
        self.waiting.push_back(self.message(&message));
    }

    fn message(&self, fragment: &str) -> Event {
        let event = Event::default().data(fragment);
        match &self.reader {
            Some(reader) => event.id(mark(reader)),
            None => event,
        }
    }
}

/// A fragment for one element of the page. The element's name is ours: hex digits and hyphens.
fn partial(target: &str, swap: &str, html: &str) -> String {
    format!("<hx-partial hx-target=\"#{target}\" hx-swap=\"{swap}\">{html}</hx-partial>")
}
