//! What is fetched and not shown: the files of pages, artifacts, and whole logs.
//!
//! Artifacts and logs hold what steps wrote. They are sent as files to be kept, and a browser that
//! opens one all the same gives it no origin and no script (threat T25).

use crate::assets::Asset;
use crate::limits::LOG_CHUNK_BYTES;
use crate::load::{Shelf, execution::log_name};
use crate::refusal::Refusal;
use crate::state::ConsoleState;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use blobs::log::Record;
use blobs::{Blobs, ContentError};
use domain::{ActionExecutionId, ExecutionId, PipelineName};
use futures::stream;
use std::io;
use std::sync::Arc;
use store::ArtifactRow;
use tokio::io::AsyncReadExt;

const INERT: &str = "sandbox; default-src 'none'";

/// A file of the pages. Its name carries its hash, so it is kept for a year, the longest there is.
pub fn asset(asset: &'static Asset) -> Response {
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.bytes).into_response()
}

/// An artifact: `path` is stage, action, attempt and name.
///
/// # Errors
/// There is no such artifact, or its bytes are not what they were.
pub async fn artifact(
    state: &ConsoleState,
    shelf: Shelf<'_>,
    (pipeline, execution): (PipelineName, ExecutionId),
    path: [&str; 4],
) -> Result<Response, Refusal> {
    let [stage, action, attempt, name] = path;
    let unknown = || Refusal::Unknown(format!("The execution left no artifact “{name}” there."));
    let attempt: u32 = attempt.parse().map_err(|_| unknown())?;
    let (stage, action, artifact) = (stage.into(), action.into(), name.into());
    let key =
        ArtifactRow::at(shelf.account, &pipeline, &execution, &stage, &action, &attempt, &artifact);
    let row = shelf.store.get::<ArtifactRow>(key).await?.ok_or_else(unknown)?;
    let (blobs, of) = (state.blobs.clone(), row.artifact.clone());
    let opened = blocking(move || blobs.open_checked(&of)).await?;
    let file = opened.map_err(|cause| match cause {
        ContentError::Missing(_) => Refusal::Unknown(format!("{cause}: its retention is over.")),
        cause => Refusal::Failed(cause.to_string()),
    })?;
    let headers = file_headers(&format!("{pipeline}-{name}.zip"), "application/zip");
    Ok((headers, file_body(tokio::fs::File::from_std(file))).into_response())
}

/// A whole log as text; `wanted` names it, `Stage/Action/2`.
///
/// # Errors
/// There is no such attempt.
pub async fn log(
    state: &ConsoleState,
    shelf: Shelf<'_>,
    (pipeline, execution): (PipelineName, ExecutionId),
    wanted: &str,
) -> Result<Response, Refusal> {
    let run = shelf.run(&pipeline, &execution).await?;
    let attempt = run.attempts.iter().find(|it| log_name(it) == wanted);
    let unknown = || Refusal::Unknown(format!("The execution has no attempt “{wanted}”."));
    let attempt = attempt.ok_or_else(unknown)?;
    let headers =
        file_headers(&format!("{}.log", wanted.replace('/', "-")), "text/plain; charset=utf-8");
    Ok((headers, log_body(state.blobs.clone(), attempt.id.clone())).into_response())
}

fn file_headers(name: &str, kind: &str) -> [(HeaderName, String); 3] {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_SECURITY_POLICY, INERT.to_owned()),
    ]
}

fn file_body(file: tokio::fs::File) -> Body {
    Body::from_stream(stream::try_unfold(file, async |mut file| {
        let mut chunk = vec![0; 64 * 1024];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    }))
}

/// The log's text, read as fast as it is taken.
fn log_body(blobs: Arc<Blobs>, attempt: ActionExecutionId) -> Body {
    Body::from_stream(stream::try_unfold((blobs, attempt, 0), async |(blobs, attempt, from)| {
        let (reader, of) = (blobs.clone(), attempt.clone());
        let read = blocking(move || reader.read_log(&of, from, LOG_CHUNK_BYTES)).await;
        let bytes = read.map_err(|_| io::Error::other("the log's reader is gone"))??;
        let mut text = Vec::with_capacity(bytes.len());
        for record in Record::decode_all(&bytes) {
            text.extend_from_slice(&record.text);
            text.extend(record.ends_line.then_some(b'\n'));
        }
        let next = from + bytes.len() as u64;
        Ok::<_, io::Error>((!bytes.is_empty()).then(|| (Bytes::from(text), (blobs, attempt, next))))
    }))
}

/// Runs what reads the disk where it may wait.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|cause| Refusal::Failed(cause.to_string()))
}
