//! Which protocol, service and operation a request speaks to; all services share one origin.
//!
//! Nothing here is proven yet: what the request claims is checked by [`crate::sigv4`], which must
//! find [`Service::signing_name`] in the credential's scope.

use crate::error::{AwsError, shortened};
use crate::request::Request;
use crate::service::Service;
use crate::shape::Operation;
use crate::{query, sigv4};

/// How a request is written and its answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson 1.0: `X-Amz-Target`, `application/x-amz-json-1.0`.
    AwsJson10,
    /// awsJson 1.1: `X-Amz-Target`, `application/x-amz-json-1.1`.
    AwsJson11,
    /// AWS Query: a form with `Action` and `Version`, an XML answer.
    Query,
    /// S3's path style, XML errors.
    RestXml,
    /// `smithy-protocol: rpc-v2-cbor`, known only to be refused in its own form.
    RpcV2Cbor,
}

/// One call: what was asked, and in which protocol.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The protocol of the request and of its answer.
    pub protocol: Protocol,
    /// The service.
    pub service: Service,
    /// The operation, a row of the service's table.
    pub operation: &'static Operation,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub enum Route {
    /// An operation of a service.
    Call(Call),
    /// An object or bucket, path-style S3.
    Objects,
}

/// A request that no operation takes, with the protocol in which to say so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Unroutable {
    /// The protocol of the answer.
    pub protocol: Protocol,
    /// The service, where that much is clear.
    pub service: Option<Service>,
    /// What to answer.
    pub error: AwsError,
}

/// Decides where a request goes, by its target, its CBOR path, its form, or its credential's scope.
///
/// # Errors
/// [`Unroutable`], naming what is known, in the protocol that the request seems to speak.
pub fn dispatch(request: &Request) -> Result<Route, Unroutable> {
    if is_cbor(request) {
        return Err(cbor_refused(request));
    }
    if let Some(unroutable) = encoded(request) {
        return Err(unroutable);
    }
    if let Some(target) = request.header("x-amz-target") {
        return by_target(request, target);
    }
    match sigv4::unverified_service(request).as_deref() {
        Some("s3") => Ok(Route::Objects),
        _ if query::is_form(request) => by_action(request),
        _ => Err(unknown_kind()),
    }
}

/// In which protocol a request is answered whose body was not read, and by which service where that
/// is clear without it.
pub fn spoken(head: &Request) -> (Protocol, Option<Service>) {
    match dispatch(head) {
        Ok(Route::Call(call)) => (call.protocol, Some(call.service)),
        Ok(Route::Objects) => (Protocol::RestXml, None),
        Err(unroutable) => (unroutable.protocol, unroutable.service),
    }
}

fn is_cbor(request: &Request) -> bool {
    request.header("smithy-protocol").is_some_and(|name| name.starts_with("rpc-v2-cbor"))
        || (request.path.starts_with("/service/") && request.path.contains("/operation/"))
}

fn cbor_refused(request: &Request) -> Unroutable {
    let prefix = request.path.split('/').nth(2).unwrap_or_default();
    let message = "This server does not speak rpc-v2-cbor yet. Speak awsJson instead: POST / with \
                   X-Amz-Target and content type application/x-amz-json-1.1 (CodePipeline) or \
                   application/x-amz-json-1.0 (CodeConnections).";
    let error = AwsError::refused("UnsupportedMediaTypeException", message);
    let error = AwsError { status: 415, ..error };
    Unroutable { protocol: Protocol::RpcV2Cbor, service: Service::by_target_prefix(prefix), error }
}

/// A body that would have to be unpacked first: its bytes are what was signed, and they are limited.
fn encoded(request: &Request) -> Option<Unroutable> {
    let encoding = request.header("content-encoding").filter(|it| *it != "identity")?;
    let protocol = match request.header("x-amz-target") {
        None if query::is_form(request) => Protocol::Query,
        _ => json_protocol(request),
    };
    let encoding = shortened(encoding);
    let message = format!("Content-Encoding '{encoding}' is not taken: send the body as it is.");
    let error = AwsError::refused("UnsupportedMediaTypeException", message);
    Some(Unroutable { protocol, service: None, error: AwsError { status: 415, ..error } })
}

fn by_target(request: &Request, target: &str) -> Result<Route, Unroutable> {
    let protocol = json_protocol(request);
    if request.method != "POST" {
        let message =
            format!("A call with X-Amz-Target is made by POST, not by {}.", request.method);
        let error =
            AwsError { status: 405, ..AwsError::refused("MethodNotAllowedException", message) };
        return Err(Unroutable { protocol, service: None, error });
    }
    let (prefix, name) = target.rsplit_once('.').unwrap_or((target, ""));
    let Some(service) = Service::by_target_prefix(prefix) else {
        let known: Vec<_> =
            Service::ALL.iter().filter_map(|service| service.target_prefix()).collect();
        let prefix = shortened(prefix);
        let message = format!("No service is called '{prefix}' here. Known: {}.", known.join(", "));
        return Err(Unroutable { protocol, service: None, error: unknown_operation(message) });
    };
    match service.operation(name) {
        Some(operation) => Ok(Route::Call(Call { protocol, service, operation })),
        None => {
            let error = unknown_operation(unknown_name(service, name));
            Err(Unroutable { protocol, service: Some(service), error })
        }
    }
}

/// The version that the content type names; 1.1, which every client reads, where it names none.
fn json_protocol(request: &Request) -> Protocol {
    match request.header("content-type") {
        Some(kind) if kind.starts_with("application/x-amz-json-1.0") => Protocol::AwsJson10,
        _ => Protocol::AwsJson11,
    }
}

fn by_action(request: &Request) -> Result<Route, Unroutable> {
    let protocol = Protocol::Query;
    let (action, version) = query::action_and_version(request).map_err(|malformed| {
        let error = AwsError::refused("MalformedQueryString", malformed.to_string());
        Unroutable { protocol, service: None, error: AwsError { status: 404, ..error } }
    })?;
    let versioned = |service: &Service| service.query_version() == Some(version.as_str());
    let Some(service) = Service::ALL.into_iter().find(versioned) else {
        let version = shortened(&version);
        let known = "Known: 2010-05-08 (IAM), 2011-06-15 (STS).";
        let message = match version.is_empty() {
            true => format!("The form names no Version. {known}"),
            false => format!("No service has version '{version}' here. {known}"),
        };
        let error = AwsError::refused("InvalidAction", message);
        return Err(Unroutable { protocol, service: None, error });
    };
    match service.operation(&action) {
        Some(operation) => Ok(Route::Call(Call { protocol, service, operation })),
        None => {
            let error = AwsError::refused("InvalidAction", unknown_name(service, &action));
            Err(Unroutable { protocol, service: Some(service), error })
        }
    }
}

fn unknown_kind() -> Unroutable {
    let message = "This is no AWS request: it has neither an X-Amz-Target header nor a form with \
                   Action and Version nor an S3 credential scope.";
    let error = unknown_operation(message.to_owned());
    Unroutable { protocol: Protocol::AwsJson11, service: None, error }
}

fn unknown_operation(message: String) -> AwsError {
    AwsError { status: 404, ..AwsError::refused("UnknownOperationException", message) }
}

fn unknown_name(service: Service, name: &str) -> String {
    let known: Vec<&str> = service.operations().iter().map(|operation| operation.name).collect();
    let (service, name) = (service.signing_name(), shortened(name));
    format!("{service} has no operation '{name}' here. Known: {}.", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Route, Unroutable> {
        dispatch(&Request { method: "POST", path, query: "", headers, body })
    }

    #[test]
    fn a_target_names_service_and_operation() {
        fn check(kind: &str, target: &str, expect: (Protocol, Service, &str)) {
            let headers = [("content-type", kind), ("X-Amz-Target", target)];
            let Ok(Route::Call(call)) = route("/", &headers, b"{}") else { panic!("{target}") };
            assert_eq!((call.protocol, call.service, call.operation.name), expect);
        }
        let (one, zero) = ("application/x-amz-json-1.1", "application/x-amz-json-1.0");
        check(
            one,
            "CodePipeline_20150709.GetPipeline",
            (Protocol::AwsJson11, Service::CodePipeline, "GetPipeline"),
        );
        check(
            zero,
            "com.amazonaws.codeconnections.CodeConnections_20231201.ListHosts",
            (Protocol::AwsJson10, Service::CodeConnections, "ListHosts"),
        );
        check(
            zero,
            "com.amazonaws.codestar.connections.CodeStar_connections_20191201.ListHosts",
            (Protocol::AwsJson10, Service::CodeStarConnections, "ListHosts"),
        );
        check(
            one,
            "Towpath_20261101.ListDeliveries",
            (Protocol::AwsJson11, Service::Towpath, "ListDeliveries"),
        );
    }

    #[test]
    fn what_was_spoken_is_known_before_the_body_is_read() {
        fn check(path: &str, headers: &[(&str, &str)], expect: (Protocol, Option<Service>)) {
            let head = Request { method: "POST", path, query: "", headers, body: b"" };
            assert_eq!(spoken(&head), expect, "{path} {headers:?}");
        }
        let target = ("x-amz-target", "CodePipeline_20150709.GetPipeline");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let scope = "AWS4-HMAC-SHA256 Credential=K/20261122/us-east-1/s3/aws4_request";
        check("/", &[target], (Protocol::AwsJson11, Some(Service::CodePipeline)));
        check("/", &[form], (Protocol::Query, None));
        check("/b/k", &[("authorization", scope)], (Protocol::RestXml, None));
        check("/", &[("smithy-protocol", "rpc-v2-cbor")], (Protocol::RpcV2Cbor, None));
        check("/", &[], (Protocol::AwsJson11, None));
    }

    #[test]
    fn a_form_names_its_action() {
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let body = b"Action=GetCallerIdentity&Version=2011-06-15";
        let Ok(Route::Call(call)) = route("/", &headers, body) else { panic!() };
        assert_eq!((call.service, call.operation.name), (Service::Sts, "GetCallerIdentity"));
    }

    #[test]
    fn what_is_unknown_is_answered_in_the_protocol_that_was_spoken() {
        fn check(headers: &[(&str, &str)], body: &[u8], expect: (Protocol, &str, u16, &str)) {
            let unroutable = route("/", headers, body).expect_err("unroutable");
            let (protocol, code, status, words) = expect;
            let error = unroutable.error;
            assert_eq!((unroutable.protocol, &*error.code, error.status), (protocol, code, status));
            assert!(error.message.contains(words), "{}", error.message);
        }
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let unknown = "UnknownOperationException";
        check(
            &[("x-amz-target", "CodePipeline_20150709.MakeTea")],
            b"{}",
            (Protocol::AwsJson11, unknown, 404, "'MakeTea' here. Known: CreatePipeline"),
        );
        check(
            &[("x-amz-target", "TeaPot_1.Brew"), ("content-type", "application/x-amz-json-1.0")],
            b"{}",
            (Protocol::AwsJson10, unknown, 404, "No service is called 'TeaPot_1'"),
        );
        check(
            &form,
            b"Action=MakeTea&Version=2011-06-15",
            (Protocol::Query, "InvalidAction", 400, "Known: GetCallerIdentity"),
        );
        check(
            &form,
            b"Action=ListStacks&Version=2010-05-15",
            (Protocol::Query, "InvalidAction", 400, "'2010-05-15'"),
        );
        check(
            &form,
            b"Action=GetCallerIdentity&Version=2011-06-15&Action=GetSessionToken",
            (Protocol::Query, "MalformedQueryString", 404, "'Action' stands twice"),
        );
        check(&[], b"", (Protocol::AwsJson11, unknown, 404, "no AWS request"));
        check(
            &[("smithy-protocol", "rpc-v2-cbor")],
            b"",
            (Protocol::RpcV2Cbor, "UnsupportedMediaTypeException", 415, "awsJson"),
        );
    }

    #[test]
    fn a_cbor_path_is_known_without_its_header_and_objects_by_their_scope() {
        let path = "/service/CodePipeline_20150709/operation/GetPipeline";
        let unroutable = route(path, &[], b"").expect_err("refused");
        assert_eq!(unroutable.service, Some(Service::CodePipeline));
        let credential = "AWS4-HMAC-SHA256 Credential=AK/20261122/us-east-1/s3/aws4_request, \
                          SignedHeaders=host, Signature=00";
        let routed = route("/bucket/key", &[("authorization", credential)], b"");
        assert!(matches!(routed, Ok(Route::Objects)));
    }
}
