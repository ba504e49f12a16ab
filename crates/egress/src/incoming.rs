//! An answer that is read piece by piece: what is too large to be held whole goes where it belongs
//! while it comes. Where that is, and how long it may take, is left to who asks.

use crate::client::{Client, Failure, Request, failure, location};
use crate::guard::{EgressRefusal, shown};
use crate::limits::{REDIRECTS_MAX, REQUEST_TIME_MAX};
use http::{HeaderMap, StatusCode};
use url::Url;

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct Incoming {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// The URL that answers.
    pub url: Url,
    pub(crate) answer: reqwest::Response,
    pub(crate) bytes_max: usize,
    pub(crate) taken: usize,
}

impl Incoming {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// It broke off, fell silent, or is longer than the request takes.
    pub async fn piece(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, Failure> {
        let piece = self.answer.chunk().await.map_err(|error| failure(&self.url, &error))?;
        self.taken += piece.as_ref().map_or(0, |piece| piece.len());
        if self.taken > self.bytes_max {
            return Err(Failure::TooLarge { url: shown(&self.url), limit: self.bytes_max });
        }
        Ok(piece)
    }
}

impl Client {
    /// Sends a request for a file and gives its answer as it begins. Servers keep files elsewhere:
    /// a redirect is followed to another origin too, checked like the first, and none of the
    /// request's headers goes there.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn download(&self, request: Request) -> Result<Incoming, Failure> {
        let url = shown(&request.url);
        let beginning = tokio::time::timeout(REQUEST_TIME_MAX, self.find(request));
        beginning.await.unwrap_or(Err(Failure::TimedOut { url }))
    }

    async fn find(&self, mut request: Request) -> Result<Incoming, Failure> {
        let first = request.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let pinned = self.guard().check(&request.url).await?;
            let incoming = self.begin(&request, &pinned).await?;
            let Some(next) = location(&request, incoming.status, &incoming.headers) else {
                return Ok(incoming);
            };
            let nowhere = || EgressRefusal::RedirectElsewhere {
                from: request.url.origin().ascii_serialization(),
                to: "nowhere".to_owned(),
            };
            let next = next.ok_or_else(nowhere)?;
            if next.origin() != request.url.origin() {
                request.headers.clear();
            }
            request.url = next;
        }
        Err(EgressRefusal::RedirectLoop { url: shown(&first) }.into())
    }
}
