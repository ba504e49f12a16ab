//! Contents on their way in: checked piece by piece, on a thread that may wait for the disk, and
//! durable before anybody is told.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::{Body, Bytes};
use blobs::Blobs;
use domain::Digest;
use futures::StreamExt;
use std::io::{self, Write};
use tokio::sync::{Semaphore, mpsc};
use wire::AwsError;
use wire::s3::{Received, refused};

use crate::http::body;
use crate::limits::{API_BYTES_MAX, UPLOAD_PAUSE_MAX, UPLOAD_PIECES_MAX, UPLOADS_AT_ONCE_MAX};
use crate::shared::Shared;

static UPLOADS: Semaphore = Semaphore::const_new(UPLOADS_AT_ONCE_MAX);

/// Keeps a body that proves to be what was said of it.
///
/// # Errors
/// What is wrong with it; `RequestTimeout` where it pauses too long.
pub async fn receive(
    shared: &Shared,
    body: Body,
    announced: wire::s3::body::Body,
) -> Result<Received, AwsError> {
    let _place = UPLOADS.acquire().await.map_err(|_| AwsError::internal())?;
    let (pieces, taken) = mpsc::channel(UPLOAD_PIECES_MAX);
    let blobs = shared.blobs.clone();
    let writing = tokio::task::spawn_blocking(move || write(&blobs, announced, taken));
    let mut stream = body.into_data_stream();
    loop {
        let next = tokio::time::timeout(UPLOAD_PAUSE_MAX, stream.next()).await;
        let piece = match next.map_err(|_| too_slow())? {
            None => break,
            Some(piece) => piece.map_err(|_| broken_off())?,
        };
        if pieces.send(Some(piece)).await.is_err() {
            break;
        }
    }
    // The last word: without it the body broke off, and what came of it is nothing.
    let _ = pieces.send(None).await;
    drop(pieces);
    writing.await.map_err(|cause| failed(&cause))?
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
        body::BodyRefusal::Busy => refused("SlowDown", 503, "Please reduce your request rate."),
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
