//! Contents on their way out, and pieces of some that are put together to another.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use axum::body::{Body, Bytes};
use blobs::Blobs;
use effects::objects::Keeping;
use futures::stream;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use wire::AwsError;
use wire::s3::checksum::Checksum;
use wire::s3::{AssembleOutput, Received, Slice};

use super::receive::{failed, full};
use crate::limits::CONTENT_PIECE_BYTES;
use crate::shared::Shared;

fn read<T: serde::de::DeserializeOwned>(output: Value) -> Result<T, AwsError> {
    serde_json::from_value(output).map_err(|cause| failed(&cause))
}

fn open(blobs: &Blobs, slice: &Slice) -> Result<File, AwsError> {
    let mut file = blobs.open_sized(&slice.artifact).map_err(|cause| failed(&cause))?;
    file.seek(SeekFrom::Start(slice.offset)).map_err(|cause| failed(&cause))?;
    Ok(file)
}

/// A body that is read as it is sent.
///
/// # Errors
/// The content is not there; the cause is logged.
pub async fn stream(shared: &Shared, place: Value) -> Result<Body, AwsError> {
    let (blobs, slice) = (shared.blobs.clone(), read::<Slice>(place)?);
    let left = slice.length;
    let opening = tokio::task::spawn_blocking(move || open(&blobs, &slice));
    let file = tokio::fs::File::from_std(opening.await.map_err(|cause| failed(&cause))??);
    Ok(Body::from_stream(stream::try_unfold((file, left), piece)))
}

async fn piece(
    (mut file, left): (tokio::fs::File, u64),
) -> io::Result<Option<(Bytes, (tokio::fs::File, u64))>> {
    if left == 0 {
        return Ok(None);
    }
    let most = usize::try_from(left).unwrap_or(usize::MAX).min(CONTENT_PIECE_BYTES);
    let mut bytes = vec![0; most];
    let read = file.read(&mut bytes).await?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    bytes.truncate(read);
    Ok(Some((bytes.into(), (file, left - read as u64))))
}

/// Keeps what the output's slices are together.
///
/// # Errors
/// The disk did not answer; the cause is logged.
pub async fn assemble(shared: &Shared, output: Value) -> Result<Received, AwsError> {
    let (blobs, asked) = (shared.blobs.clone(), read::<AssembleOutput>(output)?);
    let work = tokio::task::spawn_blocking(move || join(&blobs, &asked));
    work.await.map_err(|cause| failed(&cause))?
}

fn join(blobs: &Blobs, asked: &AssembleOutput) -> Result<Received, AwsError> {
    let sum = Checksum::of_algorithm(&asked.checksum_algorithm).unwrap_or_default();
    let mut keeping = Keeping::begin(blobs, sum).map_err(full)?;
    for slice in &asked.assemble {
        let copied = io::copy(&mut open(blobs, slice)?.take(slice.length), &mut keeping);
        copied.map_err(full)?;
    }
    keeping.end(blobs).map_err(full)
}
