//! The calls whose answer lies outside the store: an operation has said which bytes or whose answer,
//! and that the caller may have it; here it is read, or waited for.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blobs::log::{Record, Stream};
use domain::{AccountId, DeliveryId};
use effects::Right;
use operations::permissions::Question;
use operations::records::{ArtifactPlace, LogPlace};
use operations::sealed::{Sealed, SealedMember};
use serde_json::Value;
use store::DeliveryRow;
use wire::towpath::{
    BackupOutput, GetActionLogOutput, GetArtifactOutput, ListSealingKeysOutput, LogLine, LogStream,
    Permission, SealingKey, TestConnectionOutput, Verdict,
};
use wire::{AwsError, Call, Service};

use crate::limits::{FORGE_WAIT_MAX, READ_BYTES_MAX};
use crate::shared::Shared;
use crate::{answers, previews};

/// Completes an operation's output where it is a place to read.
///
/// # Errors
/// The bytes cannot be had; the cause is logged.
pub async fn finish(
    shared: &Shared,
    call: &Call,
    account: &AccountId,
    output: Value,
) -> Result<Value, AwsError> {
    match (call.service, call.operation.name) {
        (Service::Towpath, "GetActionLog") => log(shared, place(output)?),
        (Service::Towpath, "GetArtifact") => {
            let (blobs, place) = (shared.blobs.clone(), place(output)?);
            // Every byte is read and hashed: a large artifact must not hold up other calls.
            let reading = tokio::task::spawn_blocking(move || artifact(&blobs, place));
            reading.await.map_err(broken)?
        }
        (Service::Towpath, "Backup") => backup(shared, output).await,
        (Service::Towpath, "TestConnection") => permissions(shared, place(output)?).await,
        (Service::Towpath, "ListSigningKeys" | "RotateSigningKeys") => {
            signing_keys(shared, account).await
        }
        (Service::SecretsManager, "GetSecretValue" | "BatchGetSecretValue")
        | (
            Service::Ssm,
            "GetParameter" | "GetParameters" | "GetParametersByPath" | "GetParameterHistory",
        )
        | (Service::Towpath, "ListVariables") => opened(shared, place(output)?),
        (Service::Towpath, "RotateSealingKey") => {
            rotate(shared)?;
            sealing_keys(shared).await
        }
        (Service::Towpath, "ListSealingKeys") => sealing_keys(shared).await,
        (Service::Towpath, "ReplayDelivery") => {
            ring(shared, account, &output).await;
            previews::finish(shared, account, output).await
        }
        _ => Ok(output),
    }
}

fn place<T: serde::de::DeserializeOwned>(output: Value) -> Result<T, AwsError> {
    serde_json::from_value(output).map_err(broken)
}

fn broken(cause: impl std::fmt::Display) -> AwsError {
    tracing::error!(%cause, "something that an operation named could not be read");
    AwsError::internal()
}

fn written(output: impl serde::Serialize) -> Result<Value, AwsError> {
    serde_json::to_value(output).map_err(broken)
}

fn log(shared: &Shared, place: LogPlace) -> Result<Value, AwsError> {
    let id = engine::action_execution_id(&place.attempt);
    let (lines, next_offset) = read_log(shared, &id, place.offset)?;
    written(GetActionLogOutput {
        attempt: place.attempt.attempt,
        lines: lines.iter().map(line).collect(),
        next_offset,
        ended: place.ended,
    })
}

/// Whole records from an offset on; an action that prints nothing has no log.
fn read_log(
    shared: &Shared,
    id: &domain::ActionExecutionId,
    offset: u64,
) -> Result<(Vec<Record>, u64), AwsError> {
    let bytes = shared.blobs.read_log(id, offset, READ_BYTES_MAX).map_err(broken)?;
    Ok((Record::decode_all(&bytes).collect(), offset + bytes.len() as u64))
}

fn line(record: &Record) -> LogLine {
    let stream = match record.stream {
        Stream::Stdout => LogStream::Stdout,
        Stream::Stderr => LogStream::Stderr,
        Stream::System => LogStream::Notice,
    };
    LogLine {
        at: record.at.into(),
        stream,
        text: String::from_utf8_lossy(&record.text).into_owned(),
    }
}

fn artifact(blobs: &blobs::Blobs, place: ArtifactPlace) -> Result<Value, AwsError> {
    // Every byte is checked once, at the first piece; the reader holds the whole against the digest.
    let opened = match place.offset {
        0 => blobs.open_checked(&place.artifact),
        _ => blobs.open_sized(&place.artifact),
    };
    let mut file = opened.map_err(broken)?;
    let (size, offset) = (place.artifact.size, place.offset.min(place.artifact.size));
    file.seek(SeekFrom::Start(offset)).map_err(broken)?;
    let mut chunk = Vec::new();
    file.take(READ_BYTES_MAX as u64).read_to_end(&mut chunk).map_err(broken)?;
    let next = offset + chunk.len() as u64;
    written(GetArtifactOutput {
        stage_name: place.stage,
        action_name: place.action,
        digest: place.artifact.digest.to_string(),
        size,
        chunk: STANDARD.encode(chunk),
        next_offset: (next < size).then_some(next),
    })
}

async fn permissions(shared: &Shared, asked: Question) -> Result<Value, AwsError> {
    let found = answers::wait(shared, &shared.answers, &asked.effect, FORGE_WAIT_MAX).await?;
    let permission = |right: Right| match right {
        Right::Given => Permission { verdict: Verdict::Given, why: None },
        Right::Refused(why) => Permission { verdict: Verdict::Refused, why: Some(why) },
        Right::Unsaid => Permission { verdict: Verdict::Unsaid, why: None },
    };
    written(TestConnectionOutput {
        read: permission(found.read),
        hooks: permission(found.hooks),
        statuses: permission(found.statuses),
        missing_scopes: found.missing_scopes.iter().map(|&scope| scope.to_owned()).collect(),
        login: found.login,
    })
}

/// The secrets of an output come into it: that they are read is committed.
fn opened(shared: &Shared, sealed: Sealed<Value>) -> Result<Value, AwsError> {
    let Sealed { mut output, secrets } = sealed;
    for SealedMember { pointer, kept, sealed } in &secrets {
        let opened = kept.placed(|place| shared.vault.unseal(place, sealed)).map_err(broken)?;
        let (parent, member) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(parent) = output.pointer_mut(parent) {
            parent[member] = Value::from(opened.expose());
        }
    }
    Ok(output)
}

/// A new sealing key. Servers of one database have a file each: there a person adds the key to all of
/// them before the first one seals with it.
fn rotate(shared: &Shared) -> Result<(), AwsError> {
    if shared.config.database.is_some() {
        let message = "Several servers may share this database, each with a key file of its own: add \
                       one line of 64 hexadecimal digits to every server's file, then start them \
                       again one after another. What older keys sealed is sealed anew then.";
        return Err(AwsError::validation(message));
    }
    shared.vault.add_key().map_err(broken)?;
    shared.resealing.notify_one();
    Ok(())
}

/// The keys by name, and how many rows wait to be sealed anew.
async fn sealing_keys(shared: &Shared) -> Result<Value, AwsError> {
    let waiting = shared.desk.store.sealed_before(&shared.vault).await.map_err(broken)? as i64;
    let names = shared.vault.names();
    let newest = names.last().cloned();
    let key = |key_id: String| SealingKey { seals: Some(&key_id) == newest.as_ref(), key_id };
    written(ListSealingKeysOutput { keys: names.into_iter().map(key).collect(), waiting })
}

/// A replayed delivery need not wait until the inbox is looked through.
async fn ring(shared: &Shared, account: &AccountId, output: &Value) {
    let Some(id) = output["replayId"].as_str() else { return };
    let key = DeliveryRow::at(account, &DeliveryId::new(id));
    if let Ok(Some(row)) = shared.desk.store.get::<DeliveryRow>(key).await {
        let _ = shared.intake.send(row);
    }
}

/// The keys once those that were due have been made.
async fn signing_keys(shared: &Shared, account: &AccountId) -> Result<Value, AwsError> {
    let keys = crate::issuers::keys(shared, account).await.map_err(broken)?.unwrap_or_default();
    let issuer = operations::issuer::url(&shared.public_url, account);
    written(operations::issuer::shown(issuer, &keys, shared.now()))
}

async fn backup(shared: &Shared, output: Value) -> Result<Value, AwsError> {
    let path = output["path"].as_str().unwrap_or_default().to_owned();
    let taken_at = shared.now();
    let taken = crate::backup::take(shared, Path::new(&path)).await;
    let bytes =
        taken.map_err(|cause| AwsError::refused("ValidationException", format!("{cause:#}")))?;
    written(BackupOutput { path, bytes, taken_at: taken_at.into() })
}
