//! S3: the head of a request is verified before its body is read, the caller judged before a byte is
//! kept, and the content of an object goes by in pieces both ways. Which operation means what is
//! `operations::table`'s, how it is written `wire`'s.

mod complete;
mod contents;
mod cors;
mod many;
mod places;
mod receive;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use operations::arrival::Arrival;
use operations::caller::{Caller, request_id};
use operations::table;
use serde_json::{Value, json};
use wire::s3::{self, PresignedV2, Signed};
use wire::sigv4::{self, Claim, Expected, Proof, SigV4Refusal};
use wire::{AwsError, Protocol, Service};

use super::api;
use super::body;
use crate::authority::Signer;
use crate::denials::whose;
use crate::limits::{BUCKET_TURNS_MAX, PUT_BYTES_MAX};
use crate::shared::Shared;

/// Takes requests whose Host names a bucket: their path is all key, and none of our own.
pub async fn by_host(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    match host.and_then(|host| s3::bucket_of_host(host, &shared.hosts)) {
        Some(_) => api::answer(State(shared), request).await,
        None => next.run(request).await,
    }
}

/// Answers one request of S3's.
pub async fn answer(
    shared: &Arc<Shared>,
    head: &wire::Request<'_>,
    body: Body,
    arrival: Arrival,
) -> Response {
    shared.counters.calls.fetch_add(1, Relaxed);
    let nonce = shared.nonce();
    let id = request_id(&nonce);
    let mut body = Some(body);
    let asks_first = head.method == "OPTIONS";
    let answered = match asks_first {
        true => cors::preflight(shared, head).await,
        false => call(shared, head, &mut body, (nonce, arrival)).await,
    };
    let mut response = match answered {
        Ok(response) => response,
        Err(error) => refuse(shared, head, &error, body, &id).await,
    };
    if !asks_first {
        cors::let_in(shared, head, &mut response).await;
    }
    close(&mut response, &id);
    response
}

/// The refusal, once what the caller still sends is out of the way.
async fn refuse(
    shared: &Shared,
    head: &wire::Request<'_>,
    error: &AwsError,
    body: Option<Body>,
    id: &str,
) -> Response {
    // Who waits to be told to go on is told now what would come of it.
    if let Some(unread) = body.filter(|_| head.header("expect").is_none()) {
        body::discard(unread).await;
    }
    let host_bucket = s3::bucket_of_host(head.header("host").unwrap_or_default(), &shared.hosts);
    let mut response = api::respond(s3::encode_error(error, head, host_bucket, &shared.region, id));
    if matches!(head.method, "PUT" | "POST") {
        // What is left of a body would be taken for the next request.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What every answer says besides.
fn close(response: &mut Response, id: &str) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-amz-request-id", id);
    }
    // What others put here is nobody's page.
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// One call: what it asks for, and by whom.
struct Asked {
    shared: Arc<Shared>,
    operation: &'static str,
    input: Value,
    caller: Caller,
}

async fn call(
    shared: &Arc<Shared>,
    head: &wire::Request<'_>,
    body: &mut Option<Body>,
    (nonce, arrival): ([u8; 32], Arrival),
) -> Result<Response, AwsError> {
    let host = head.header("host").unwrap_or_default();
    let host_bucket = s3::bucket_of_host(host, &shared.hosts);
    s3::check_kind(head)?;
    let authenticated = authenticate(shared, head, host_bucket).await;
    let (signer, proof, signed) = authenticated.inspect_err(|_| shared.denials.count_nobody())?;
    let arrival = Arrival { signed: Some(signed), ..arrival };
    let announced = s3::body::Body::announced(head, proof, PUT_BYTES_MAX)?;
    let hoisted = s3::hoisted(head);
    let mut headers = head.headers.to_vec();
    headers.extend(hoisted.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let head = &wire::Request { headers: &headers, ..*head };
    let target = s3::route(head, host_bucket)?;
    let caller = api::caller(shared, &signer, Service::S3, nonce, arrival);
    let operation = target.operation;
    let output = match operation {
        "PutObject" | "UploadPart" => {
            let input = s3::parse(&target, head)?;
            let asked = Asked { shared: shared.clone(), operation, input, caller };
            asked.with_content(body, announced).await?
        }
        _ => {
            // What is said there is said of the object that the parts become.
            let of_object = operation == complete::OPERATION;
            let announced = if of_object { announced.of_another() } else { announced };
            let bytes = receive::whole(body.take().unwrap_or_default(), announced).await?;
            let input = s3::parse(&target, &wire::Request { body: &bytes, ..*head })?;
            let asked = Asked { shared: shared.clone(), operation, input, caller };
            if of_object {
                let place = place(shared, head, host_bucket, request_id(&nonce));
                return complete::answer(asked, place).await;
            }
            asked.answer().await?
        }
    };
    written(shared, operation, &output).await
}

impl Asked {
    /// The output; what has to be put together first is put together.
    async fn answer(&self) -> Result<Value, AwsError> {
        match self.operation {
            "DeleteObjects" => return many::delete(self).await,
            "DeleteBucket" => return self.delete_bucket().await,
            _ => {}
        }
        let output = self.take(None).await?;
        if output.get("Assemble").is_none() {
            return Ok(output);
        }
        let received = contents::assemble(&self.shared, output).await?;
        self.take(Some(received)).await
    }

    /// The output of what brings a content, whose body is read once it is known that it may be.
    async fn with_content(
        &self,
        body: &mut Option<Body>,
        announced: s3::body::Body,
    ) -> Result<Value, AwsError> {
        let ready = self.take(None).await?;
        let announced = match ready["ChecksumAlgorithm"].as_str() {
            Some(algorithm) => announced.summed_with(algorithm),
            None => announced,
        };
        let body = body.take().unwrap_or_default();
        let received = receive::receive(&self.shared, self.caller.account(), body, announced);
        self.take(Some(received.await?)).await
    }

    /// Takes the turns of a bucket's deletion, until it is gone or somebody wrote into it.
    async fn delete_bucket(&self) -> Result<Value, AwsError> {
        for _ in 0..BUCKET_TURNS_MAX {
            let output = self.take(None).await?;
            if output.get("Leaving").is_none() {
                return Ok(output);
            }
        }
        Err(s3::conflict())
    }

    /// Takes the operation's turn: without its content to learn whether it may, then with it.
    async fn take(&self, received: Option<s3::Received>) -> Result<Value, AwsError> {
        let mut input = self.input.clone();
        if let Some(received) = received {
            input["Received"] = json!(received);
        }
        take(&self.shared, self.operation, input, self.caller.clone()).await
    }
}

async fn take(
    shared: &Shared,
    operation: &str,
    input: Value,
    caller: Caller,
) -> Result<Value, AwsError> {
    let (id, who) = (caller.request_id(), whose(&caller.principal));
    let keeps_denials = shared.denials.are_kept(&who, shared.now());
    let caller = Caller { keeps_denials, ..caller };
    let turn = table::turn_of(Service::S3, operation, input, caller)?;
    let taken = shared.desk.answer(&*turn, shared.now()).await;
    let taken = taken.map_err(|failure| api::failed(&failure, &id));
    taken.inspect_err(|error| {
        if error.is_denial() {
            shared.denials.count(&who, shared.now());
        }
    })
}

/// What an error says that comes when the call's head is gone.
fn place(
    shared: &Shared,
    head: &wire::Request<'_>,
    host_bucket: Option<&str>,
    request_id: String,
) -> complete::Place {
    complete::Place {
        path: head.path.to_owned(),
        query: head.query.to_owned(),
        host_bucket: host_bucket.map(str::to_owned),
        region: shared.region.clone(),
        request_id,
    }
}

/// Who signed, how the body is still to be proven, and what policies may ask of the signature.
async fn authenticate(
    shared: &Shared,
    head: &wire::Request<'_>,
    host_bucket: Option<&str>,
) -> Result<(Arc<Signer>, Proof, Signed), AwsError> {
    let refuse = |refusal: SigV4Refusal| refusal.to_error(Protocol::RestXml);
    if let Some(claim) = PresignedV2::read(head).map_err(refuse)? {
        let token = claim.unverified_session_token.as_deref();
        let signer = api::signer(shared, &claim.unverified_access_key_id, token, refuse).await?;
        s3::verify_v2(head, &claim, &signer.secret, host_bucket, shared.now()).map_err(refuse)?;
        return Ok((signer, Proof::Unsigned, Signed::by_link_of_version_2()));
    }
    let claim = Claim::read(head).map_err(refuse)?;
    let token = claim.unverified_session_token.as_deref();
    let signer = api::signer(shared, &claim.unverified_access_key_id, token, refuse).await?;
    let expected = Expected { region: &shared.region, service: Service::S3.signing_name() };
    let proof = sigv4::verify_head(head, &claim, &signer.secret, expected, shared.now());
    let signed = Signed::of(head, &claim, shared.now());
    Ok((signer, proof.map_err(refuse)?, signed))
}

/// The output as S3 writes it: XML, or headers and perhaps a content.
async fn written(shared: &Shared, operation: &str, output: &Value) -> Result<Response, AwsError> {
    let content = output.get("Content").filter(|_| operation == "GetObject");
    let body = match (s3::xml_body(operation, output), content) {
        (Some(xml), _) => Body::from(xml),
        (None, Some(slice)) => contents::stream(shared, slice.clone()).await?,
        (None, None) => Body::from(output["Policy"].as_str().unwrap_or_default().to_owned()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = match operation {
        "GetObject" | "HeadObject" if output.get("NotModified").is_some() => {
            StatusCode::NOT_MODIFIED
        }
        "GetObject" | "HeadObject" if output.get("ContentRange").is_some() => {
            StatusCode::PARTIAL_CONTENT
        }
        name if name.starts_with("Delete") && name != "DeleteObjects" => StatusCode::NO_CONTENT,
        "PutBucketPolicy" | "AbortMultipartUpload" => StatusCode::NO_CONTENT,
        _ => StatusCode::OK,
    };
    let kind = if output.get("Policy").is_some() { "application/json" } else { "application/xml" };
    if !matches!(operation, "GetObject" | "HeadObject") {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in s3::headers(operation, output) {
        let pair =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        if let (Ok(name), Ok(value)) = pair {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
