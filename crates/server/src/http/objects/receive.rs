//! Contents on their way in: checked piece by piece, on a thread that may wait for the disk, and
//! durable before anybody is told.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::{Body, Bytes};
use blobs::Blobs;
use domain::{AccountId, Digest};
use futures::StreamExt;
use std::io::{self, Write};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use wire::AwsError;
use wire::s3::{Received, refused};

use super::places::Places;
use crate::http::body;
use crate::limits::{API_BYTES_MAX, UPLOAD_PAUSE_MAX, UPLOAD_PIECES_MAX, UPLOAD_RATE_MIN};
use crate::shared::Shared;

static PLACES: Places = Places::new();

/// Keeps a body that proves to be what was said of it.
///
/// # Errors
/// What is wrong with it; `RequestTimeout` where it pauses too long or comes too slowly, `SlowDown`
/// where the account, or all of them, send too many at once.
pub async fn receive(
    shared: &Shared,
    account: &AccountId,
    body: Body,
    announced: wire::s3::body::Body,
) -> Result<Received, AwsError> {
    let _place = PLACES.take(account).ok_or_else(busy)?;
    let (pieces, taken) = mpsc::channel(UPLOAD_PIECES_MAX);
    let blobs = shared.blobs.clone();
    let writing = tokio::task::spawn_blocking(move || write(&blobs, announced, taken));
    let mut stream = body.into_data_stream();
    let (begun, mut bytes) = (Instant::now(), 0);
    loop {
        let next = tokio::time::timeout(UPLOAD_PAUSE_MAX, stream.next()).await;
        let piece = match next.map_err(|_| too_slow())? {
            None => break,
            Some(piece) => piece.map_err(|_| broken_off())?,
        };
        bytes += piece.len() as u64;
        if is_slow(bytes, begun.elapsed()) {
            return Err(too_slow());
        }
        if pieces.send(Some(piece)).await.is_err() {
            break;
        }
    }
    // The last word: without it the body broke off, and what came of it is nothing.
    let _ = pieces.send(None).await;
    drop(pieces);
    writing.await.map_err(|cause| failed(&cause))?
}

/// Whether so few bytes in so long a time hold a place for nothing.
fn is_slow(bytes: u64, after: Duration) -> bool {
    let counted = after.saturating_sub(UPLOAD_PAUSE_MAX);
    bytes < counted.as_secs().saturating_mul(UPLOAD_RATE_MIN)
}

fn write(
    blobs: &Blobs,
    mut announced: wire::s3::body::Body,
    mut pieces: mpsc::Receiver<Option<Bytes>>,
) -> Result<Received, AwsError> {
    let mut draft = blobs.draft().map_err(full)?;
    let mut content = Vec::new();
    loop {
        let piece = match pieces.blocking_recv() {
            None => return Err(broken_off()),
            Some(None) => break,
            Some(Some(piece)) => piece,
        };
        content.clear();
        announced.feed(&piece, &mut content)?;
        draft.write_all(&content).map_err(full)?;
    }
    let proven = announced.end()?;
    let artifact = match proven.sha256 {
        None => blobs.keep(draft).map_err(full)?,
        Some(sha256) => {
            blobs.keep_as(draft, &Digest(sha256)).map_err(full)?.ok_or_else(other_digest)?
        }
    };
    Ok(Received { artifact, md5: proven.md5, checksum: proven.checksum })
}

/// A body that is no content, whole.
///
/// # Errors
/// What is wrong with it.
pub async fn whole(body: Body, mut announced: wire::s3::body::Body) -> Result<Vec<u8>, AwsError> {
    let read = body::read(body, API_BYTES_MAX).await;
    let bytes = read.map_err(|refusal| match refusal {
        body::BodyRefusal::TooLarge(_) => {
            refused("MaxMessageLengthExceeded", 400, "Your request was too big.")
        }
        body::BodyRefusal::TooSlow => too_slow(),
        body::BodyRefusal::BrokenOff => broken_off(),
        body::BodyRefusal::Busy => busy(),
    })?;
    let mut content = Vec::new();
    announced.feed(&bytes, &mut content)?;
    let proven = announced.end()?;
    let found = hex::encode(digest(&SHA256, &content));
    match proven.sha256.is_some_and(|expected| expected != found) {
        true => Err(other_digest()),
        false => Ok(content),
    }
}

fn busy() -> AwsError {
    refused("SlowDown", 503, "Please reduce your request rate.")
}

fn too_slow() -> AwsError {
    refused(
        "RequestTimeout",
        400,
        "Your socket connection to the server was not read from or written to within the timeout period.",
    )
}

fn broken_off() -> AwsError {
    refused(
        "IncompleteBody",
        400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

fn other_digest() -> AwsError {
    refused(
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}

/// The disk did not take it.
pub(super) fn full(cause: io::Error) -> AwsError {
    match cause.kind() {
        io::ErrorKind::StorageFull => {
            AwsError::unavailable("the disk that holds the objects is full")
        }
        _ => failed(&cause),
    }
}

/// Logged once; the caller has the request's id.
pub(super) fn failed(cause: &dyn std::fmt::Display) -> AwsError {
    tracing::error!(%cause, "the content of an object could not be read or kept");
    AwsError::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_a_byte_a_minute_holds_no_place_for_long() {
        let seconds = Duration::from_secs;
        assert!(!is_slow(0, UPLOAD_PAUSE_MAX), "a line that is slow to begin");
        assert!(is_slow(2, UPLOAD_PAUSE_MAX + seconds(60)));
        assert!(!is_slow(60 * UPLOAD_RATE_MIN, UPLOAD_PAUSE_MAX + seconds(60)));
        assert!(!is_slow(1 << 30, seconds(3600)));
    }
}
