//! The AWS APIs: bytes in, verified, decided, bytes out. Which operation means what is
//! `operations::table`'s; how it is written is `wire`'s.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use domain::AccessKeyId;
use operations::arrival::Arrival;
use operations::caller::{Caller, Sealer, request_id};
use operations::session::Unusable;
use operations::table;
use operations::turn::Failure;
use serde_json::Value;
use store::KeyUse;
use wire::limits::QUERY_PAIRS_MAX;
use wire::sigv4::{self, Claim, Expected, SigV4Refusal};
use wire::{Answer, AwsError, Call, Protocol, Route, Service};

use super::body::{BodyRefusal, read};
use super::{arrival, objects, reads, token_calls};
use crate::askers::To;
use crate::authority::Signer;
use crate::denials::whose;
use crate::limits::API_BYTES_MAX;
use crate::shared::Shared;

/// Answers whatever no other route takes.
pub async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut headers = texts(&parts.headers);
    if let (Some(authority), false) = (parts.uri.authority(), parts.headers.contains_key("host")) {
        headers.push(("host", authority.as_str()));
    }
    let head = wire::Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &headers,
        body: b"",
    };
    if head.is_overlong() {
        let message = format!("The query has more than {QUERY_PAIRS_MAX} parameters.\n");
        return (StatusCode::URI_TOO_LONG, message).into_response();
    }
    let arrival = arrival::of(&shared, &parts.extensions, &head);
    if wire::s3::is_meant(&head) || is_anonymous(&shared, &head) {
        return objects::answer(&shared, &head, body, arrival).await;
    }
    if is_visit(&head) {
        return Redirect::to("/console/").into_response();
    }
    let nonce = shared.nonce();
    let body = match read(body, API_BYTES_MAX).await {
        Ok(body) => body,
        Err(refusal) => return respond(unread(&head, refusal, &request_id(&nonce))),
    };
    let request = wire::Request { body: &body, ..head };
    shared.counters.calls.fetch_add(1, Relaxed);
    respond(call(&shared, &request, nonce, arrival).await)
}

/// Somebody who typed the server's address, and no call: those name what they want, or are signed.
fn is_visit(head: &wire::Request) -> bool {
    let bare = head.method == "GET" && head.path == "/" && head.query.is_empty();
    let unsigned = matches!(Claim::read(head), Err(SigV4Refusal::Missing));
    bare && unsigned && head.header("x-amz-target").is_none()
}

/// Somebody who asks for a bucket or for what lies in one, and does not say who they are: S3 tells
/// them in its own words that they may not.
fn is_anonymous(shared: &Shared, head: &wire::Request) -> bool {
    let first = head.path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let host = head.header("host").unwrap_or_default();
    let is_call = head.method == "POST" || wire::query::is_form(head);
    let by_host = !is_call && wire::s3::bucket_of_host(host, &shared.hosts).is_some();
    let by_path = !first.is_empty() && !operations::buckets::is_ours(first);
    (by_host || by_path) && matches!(Claim::read(head), Err(SigV4Refusal::Missing))
}

/// Says that a body was not taken, as the client expects to read errors.
fn unread(head: &wire::Request, refusal: BodyRefusal, request_id: &str) -> Answer {
    let (protocol, service) = wire::dispatch::spoken(head);
    wire::encode_error(protocol, service, &refusal.to_error(), request_id)
}

pub(super) fn texts(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
}

pub(super) fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

async fn call(
    shared: &Shared,
    request: &wire::Request<'_>,
    nonce: [u8; 32],
    arrival: Arrival,
) -> Answer {
    let request_id = &*request_id(&nonce);
    let route = match wire::dispatch(request) {
        Ok(route) => route,
        Err(unroutable) => {
            let (protocol, service) = (unroutable.protocol, unroutable.service);
            return wire::encode_error(protocol, service, &unroutable.error, request_id);
        }
    };
    let Route::Call(call) = route else {
        // A request of S3's went its own way before its body was read.
        let error = SigV4Refusal::Missing.to_error(Protocol::RestXml);
        return wire::encode_error(Protocol::RestXml, None, &error, request_id);
    };
    match operate(shared, &call, request, nonce, arrival).await {
        Ok(output) => wire::encode(&call, &output, request_id),
        Err(error) => wire::encode_error(call.protocol, Some(call.service), &error, request_id),
    }
}

async fn operate(
    shared: &Shared,
    call: &Call,
    request: &wire::Request<'_>,
    nonce: [u8; 32],
    arrival: Arrival,
) -> Result<Value, AwsError> {
    if table::is_by_token(call) {
        return token_calls::answer(shared, call, request, nonce, arrival).await;
    }
    let signer = authenticate(shared, call, request).await;
    let signer = signer.inspect_err(|_| shared.denials.count_nobody())?;
    let who = whose(&signer.authority.principal);
    let keeps_denials = shared.denials.are_kept(&who, shared.now());
    let caller = caller(shared, &signer, call.service, nonce, arrival);
    let caller = Caller { keeps_denials, ..caller };
    let begun = table::turn(call, request, caller)?;
    if !begun.ignored.is_empty() {
        let (operation, members) = (call.operation.name, begun.ignored.join(", "));
        tracing::warn!(operation, members, "members of an input that nobody knows were ignored");
    }
    let taken = shared.desk.answer(&*begun.turn, shared.now()).await;
    let output = taken.map_err(|failure| failed(&failure, &request_id(&nonce)));
    let output = output.inspect_err(|error| {
        if error.is_denial() {
            shared.denials.count(&who, shared.now());
        }
    })?;
    if let Ok(claim) = Claim::read(request) {
        shared.askers.give(To::Key(&claim.unverified_access_key_id), &output);
    }
    reads::finish(shared, call, &signer.authority.principal.account, output).await
}

/// What the caller may be told of a failure; the rest is logged once, under the request's id.
pub(super) fn failed(failure: &Failure, request_id: &str) -> AwsError {
    match failure {
        Failure::Refused(refused) => refused.clone(),
        Failure::Contended => AwsError::throttled(failure.to_string()),
        Failure::Commit(store::CommitError::Full) => AwsError::unavailable(failure.to_string()),
        Failure::Store(_) | Failure::Commit(_) => {
            tracing::error!(request_id, cause = %failure, "a call failed");
            AwsError::internal()
        }
    }
}

/// Every call is signed, but for those that a token stands for the signature of.
async fn authenticate(
    shared: &Shared,
    call: &Call,
    request: &wire::Request<'_>,
) -> Result<Arc<Signer>, AwsError> {
    let refuse = |refusal: SigV4Refusal| refusal.to_error(call.protocol);
    let claim = Claim::read(request).map_err(refuse)?;
    let token = claim.unverified_session_token.as_deref();
    let signer = signer(shared, &claim.unverified_access_key_id, token, refuse).await?;
    let expected = Expected { region: &shared.region, service: call.service.signing_name() };
    sigv4::verify(request, &claim, &signer.secret, expected, shared.now()).map_err(refuse)?;
    Ok(signer)
}

/// Whom a key speaks for, with the token that it is good with where it is a session's.
pub(super) async fn signer(
    shared: &Shared,
    key: &AccessKeyId,
    unverified_token: Option<&str>,
    refuse: impl Fn(SigV4Refusal) -> AwsError,
) -> Result<Arc<Signer>, AwsError> {
    let (authorities, desk, vault) = (&shared.authorities, &shared.desk, &shared.vault);
    let found = match unverified_token {
        None => authorities.of(key, desk, vault).await.map(Ok),
        Some(token) => authorities.of_session(key, token, desk, vault, shared.now()).await,
    };
    let found = found.map_err(|cause| {
        tracing::error!(%cause, "an access key could not be looked up");
        AwsError::internal()
    })?;
    let found = found.map_err(|unusable| match unusable {
        Unusable::Invalid => refuse(SigV4Refusal::InvalidToken),
        Unusable::Expired => refuse(SigV4Refusal::ExpiredToken),
    })?;
    found.ok_or_else(|| match unverified_token {
        None => refuse(SigV4Refusal::UnknownKey(key.to_string())),
        Some(_) => refuse(SigV4Refusal::InvalidToken),
    })
}

/// Whoever signed, as operations see it. That its key was used is noted here, where it has proven so.
pub(super) fn caller(
    shared: &Shared,
    signer: &Signer,
    service: Service,
    nonce: [u8; 32],
    arrival: Arrival,
) -> Caller {
    let at = shared.now();
    let service = service.signing_name();
    let region = || shared.region.to_string();
    let used = || KeyUse { at, service: service.to_owned(), region: region() };
    signer.note_use(&shared.desk, used, at);
    Caller {
        principal: signer.authority.principal.clone(),
        region: shared.region.clone(),
        prefix: service,
        public_url: shared.public_url.clone(),
        endpoints: shared.endpoints.clone(),
        nonce,
        pages: shared.pages.clone(),
        sealer: Sealer::of(shared.vault.clone()),
        keeps_denials: true,
        arrival: Some(arrival),
    }
}
