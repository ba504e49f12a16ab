//! DeleteObjects: each key is a call of its own, judged and answered by itself.

use futures::{StreamExt, stream};
use operations::caller::Caller;
use serde_json::{Value, json};
use wire::AwsError;
use wire::s3::{DeleteError, DeleteObjectsInput, DeleteObjectsOutput, ObjectIdentifier, refused};

use super::{Asked, take};
use crate::limits::{DELETED_AT_ONCE_MAX, DELETES_CONCURRENCY_MAX};

/// Deletes what the input names.
///
/// # Errors
/// `MalformedXML` where it names nothing or too much; what is wrong with one key stands in the output.
pub async fn delete(asked: &Asked<'_>) -> Result<Value, AwsError> {
    let input: DeleteObjectsInput = wire::typed(asked.input.clone())?;
    if !(1..=DELETED_AT_ONCE_MAX).contains(&input.objects.len()) {
        let message = format!("A call deletes 1 to {DELETED_AT_ONCE_MAX} objects.");
        return Err(refused("MalformedXML", 400, message));
    }
    let each: Vec<_> = input.objects.iter().map(|object| one(asked, &input, object)).collect();
    let each: Vec<_> = stream::iter(each).buffered(DELETES_CONCURRENCY_MAX).collect().await;
    let (mut deleted, mut error) = (Vec::new(), Vec::new());
    for (object, failure) in input.objects.iter().zip(each) {
        let key = object.key.clone();
        match failure {
            None => deleted.push(ObjectIdentifier { key, ..ObjectIdentifier::default() }),
            Some((code, message)) => error.push(DeleteError { key, code, message }),
        }
    }
    if input.quiet == Some(true) {
        deleted.clear();
    }
    Ok(json!(DeleteObjectsOutput { deleted, error }))
}

/// Why it was not deleted, where it was not; a refusal names the id to ask about.
async fn one(
    asked: &Asked<'_>,
    input: &DeleteObjectsInput,
    object: &ObjectIdentifier,
) -> Option<(String, String)> {
    if object.version_id.as_deref().is_some_and(|version| version != "null") {
        let message = "Versions of objects are not implemented.";
        return Some(("NotImplemented".to_owned(), message.to_owned()));
    }
    let caller = Caller { nonce: asked.shared.nonce(), ..asked.caller.clone() };
    let id = caller.request_id();
    let call = json!({
        "Bucket": input.bucket, "Key": object.key, "IfMatch": object.etag,
        "ExpectedBucketOwner": input.expected_bucket_owner,
    });
    let refused = take(asked.shared, "DeleteObject", call, caller).await.err()?;
    let code = refused.code.trim_end_matches("Exception").to_owned();
    Some((code, format!("{} (request {id})", refused.message)))
}
