//! DeleteObjects: each key is a call of its own, judged and answered by itself.

use futures::{StreamExt, stream};
use operations::caller::Caller;
use serde_json::{Value, json};
use wire::AwsError;
use wire::s3::{
    DeleteError, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ObjectIdentifier, refused,
};

use super::{Asked, take};
use crate::limits::{DELETED_AT_ONCE_MAX, DELETES_CONCURRENCY_MAX};

/// Deletes what the input names.
///
/// # Errors
/// `MalformedXML` where it names nothing or too much; what is wrong with one key stands in the output.
pub async fn delete(asked: &Asked) -> Result<Value, AwsError> {
    let input: DeleteObjectsInput = wire::typed(asked.input.clone())?;
    if !(1..=DELETED_AT_ONCE_MAX).contains(&input.objects.len()) {
        let message = format!("A call deletes 1 to {DELETED_AT_ONCE_MAX} objects.");
        return Err(refused("MalformedXML", 400, message));
    }
    let each: Vec<_> = input.objects.iter().map(|object| one(asked, &input, object)).collect();
    let each: Vec<_> = stream::iter(each).buffered(DELETES_CONCURRENCY_MAX).collect().await;
    let (mut deleted, mut error) = (Vec::new(), Vec::new());
    for (object, done) in input.objects.iter().zip(each) {
        let (key, version_id) = (object.key.clone(), object.version_id.clone());
        match done {
            Ok(done) => deleted.push(DeletedObject {
                key,
                version_id,
                delete_marker_version_id: done.version_id.filter(|_| done.delete_marker.is_some()),
                delete_marker: done.delete_marker,
            }),
            Err((code, message)) => error.push(DeleteError { key, code, message, version_id }),
        }
    }
    if input.quiet == Some(true) {
        deleted.clear();
    }
    Ok(json!(DeleteObjectsOutput { deleted, error }))
}

/// What became of one, or why it was not deleted; a refusal names the id to ask about.
async fn one(
    asked: &Asked,
    input: &DeleteObjectsInput,
    object: &ObjectIdentifier,
) -> Result<DeleteObjectOutput, (String, String)> {
    let caller = Caller { nonce: asked.shared.nonce(), ..asked.caller.clone() };
    let id = caller.request_id();
    let call = json!({
        "Bucket": input.bucket, "Key": object.key, "VersionId": object.version_id,
        "IfMatch": object.etag, "ExpectedBucketOwner": input.expected_bucket_owner,
    });
    let done = take(&asked.shared, "DeleteObject", call, caller).await.and_then(wire::typed);
    done.map_err(|refused| {
        let code = refused.code.trim_end_matches("Exception").to_owned();
        (code, format!("{} (request {id})", refused.message))
    })
}
