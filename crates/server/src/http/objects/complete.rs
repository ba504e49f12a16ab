//! Completing an upload. Joining large parts may take longer than a client waits for a first byte, so
//! who has waited for a while is answered early, as S3 does it: 200, blanks while the parts are being
//! joined, and then the result or the error ("CompleteMultipartUpload", API reference of S3).

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::Region;
use futures::{StreamExt, stream};
use serde_json::Value;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;
use wire::AwsError;
use wire::s3::{self, DECLARATION};

use super::receive::failed;
use super::{Asked, contents, written};
use crate::limits::{BLANK_PERIOD, JOINING_PATIENCE};

pub const OPERATION: &str = "CompleteMultipartUpload";

/// What an error says of the call that it answers.
pub struct Place {
    pub path: String,
    pub query: String,
    pub host_bucket: Option<String>,
    pub region: Region,
    pub request_id: String,
}

type Joining = JoinHandle<Result<Value, AwsError>>;

/// Answers when the parts are joined, or before. They are joined though the client goes away.
pub async fn answer(asked: Asked, place: Place) -> Result<Response, AwsError> {
    let shared = asked.shared.clone();
    let output = asked.take(None).await?;
    if output.get("Assemble").is_none() {
        return written(&shared, OPERATION, &output).await;
    }
    let mut joining = tokio::spawn(async move {
        let received = contents::assemble(&asked.shared, output).await?;
        asked.take(Some(received)).await
    });
    match timeout(JOINING_PATIENCE, &mut joining).await {
        Ok(joined) => written(&shared, OPERATION, &settled(joined)?).await,
        Err(_) => Ok(early(joining, place, BLANK_PERIOD)),
    }
}

fn settled(joined: Result<Result<Value, AwsError>, JoinError>) -> Result<Value, AwsError> {
    joined.unwrap_or_else(|cause| Err(failed(&cause)))
}

/// An answer that begins at once; a blank each period keeps the connection open.
fn early(joining: Joining, place: Place, period: Duration) -> Response {
    let begun = stream::once(async { Bytes::from_static(DECLARATION.as_bytes()) });
    let rest = stream::unfold(Some((joining, place)), move |going_on| async move {
        let (mut joining, place) = going_on?;
        match timeout(period, &mut joining).await {
            Ok(joined) => Some((Bytes::from(place.end(settled(joined))), None)),
            Err(_) => Some((Bytes::from_static(b" "), Some((joining, place)))),
        }
    });
    let body = Body::from_stream(begun.chain(rest).map(Ok::<_, Infallible>));
    let mut response = Response::new(body);
    let kind = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

impl Place {
    /// What follows the declaration and the blanks.
    fn end(&self, joined: Result<Value, AwsError>) -> Vec<u8> {
        let whole = match joined {
            Ok(output) => s3::xml_body(OPERATION, &output).unwrap_or_default().into_bytes(),
            Err(error) => self.error(&error),
        };
        whole.strip_prefix(DECLARATION.as_bytes()).map(<[u8]>::to_vec).unwrap_or(whole)
    }

    fn error(&self, error: &AwsError) -> Vec<u8> {
        let (path, query) = (self.path.as_str(), self.query.as_str());
        let head = wire::Request { method: "POST", path, query, headers: &[], body: b"" };
        let host_bucket = self.host_bucket.as_deref();
        s3::encode_error(error, &head, host_bucket, &self.region, &self.request_id).body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokio::sync::oneshot;

    /// What a client reads whose upload ends so after it was sent a blank.
    async fn read(end: Result<Value, AwsError>) -> String {
        let (finish, finished) = oneshot::channel();
        let joining = tokio::spawn(async move { finished.await.expect("it ends") });
        let place = Place {
            path: "/b/k".to_owned(),
            query: "uploadId=u".to_owned(),
            host_bucket: None,
            region: Region::new("us-east-1"),
            request_id: "id".to_owned(),
        };
        let response = early(joining, place, Duration::from_millis(1));
        assert_eq!(response.status(), 200);
        let mut body = response.into_body().into_data_stream();
        let mut text = Vec::new();
        let mut next = async || body.next().await.map(|piece| piece.expect("a piece").to_vec());
        text.extend(next().await.expect("the declaration"));
        assert_eq!(text, DECLARATION.as_bytes());
        assert_eq!(next().await.as_deref(), Some(&b" "[..]), "nothing is known yet");
        finish.send(end).expect("it is waited for");
        while let Some(piece) = next().await {
            text.extend(piece);
        }
        String::from_utf8(text).expect("text").replace('\n', "")
    }

    #[tokio::test]
    async fn the_result_follows_the_blanks() {
        let text = read(Ok(json!({ "Bucket": "b", "Key": "k", "ETag": "\"e-2\"" }))).await;
        assert_eq!(text.matches("<?xml").count(), 1, "{text}");
        assert!(text.contains("<CompleteMultipartUploadResult"), "{text}");
        assert!(text.contains("<Key>k</Key>"), "{text}");
    }

    #[tokio::test]
    async fn so_does_an_error() {
        let text = read(Err(s3::refused("NoSuchUpload", 404, "It is gone."))).await;
        assert_eq!(text.matches("<?xml").count(), 1, "{text}");
        assert!(text.contains("<Error><Code>NoSuchUpload</Code>"), "{text}");
        assert!(text.contains("<UploadId>u</UploadId>"), "{text}");
    }
}
