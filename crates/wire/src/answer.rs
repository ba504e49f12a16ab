//! From an operation's output or error to the bytes of an answer, in the protocol of the call.

use crate::dispatch::{Call, Protocol};
use crate::error::AwsError;
use crate::service::Service;
use crate::xml;
use serde::Serialize;
use serde_json::{Value, json};

/// An HTTP answer as plain parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Writes an output. `request_id` is a UUID made by the process.
///
/// # Panics
/// Where the output is no JSON tree; the output types of this room all are.
pub fn encode<T: Serialize>(call: &Call, output: &T, request_id: &str) -> Answer {
    let tree = serde_json::to_value(output).expect("an output is a tree with text keys");
    match call.protocol {
        Protocol::Query => {
            let body = query_body(call, &tree, request_id);
            answer(call.protocol, 200, request_id, body.into_bytes())
        }
        protocol => answer(protocol, 200, request_id, tree.to_string().into_bytes()),
    }
}

/// Writes an error in the protocol's own shape. Where the service is not known yet, `None`.
pub fn encode_error(
    protocol: Protocol,
    service: Option<Service>,
    error: &AwsError,
    request_id: &str,
) -> Answer {
    let status = error.status_for(service);
    match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            let body = json_error(service, error).to_string().into_bytes();
            let mut answer = answer(protocol, status, request_id, body);
            answer.headers.push(("x-amzn-errortype", error.code.to_string()));
            answer
        }
        Protocol::Query => {
            let body = query_error(service, error, status, request_id);
            answer(protocol, status, request_id, body.into_bytes())
        }
        Protocol::RestXml => encode_rest_error(error, json!({}), request_id),
        Protocol::RpcV2Cbor => answer(protocol, status, request_id, cbor_error(error)),
    }
}

/// S3's error, with the members that say what it is about.
pub(crate) fn encode_rest_error(error: &AwsError, mut about: Value, request_id: &str) -> Answer {
    let (code, status) = error.in_s3();
    about["Code"] = Value::from(code);
    about["Message"] = Value::from(&*error.message);
    about["RequestId"] = Value::from(request_id);
    let body = format!("{DECLARATION}{}", xml::element("Error", &about));
    answer(Protocol::RestXml, status, request_id, body.into_bytes())
}

/// What every answer in XML begins with.
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

fn answer(protocol: Protocol, status: u16, request_id: &str, body: Vec<u8>) -> Answer {
    let kind = match protocol {
        Protocol::AwsJson10 => "application/x-amz-json-1.0",
        Protocol::AwsJson11 => "application/x-amz-json-1.1",
        Protocol::Query => "text/xml",
        Protocol::RestXml => "application/xml",
        Protocol::RpcV2Cbor => "application/cbor",
    };
    let mut headers = vec![("content-type", kind.to_owned())];
    match protocol {
        Protocol::RestXml => headers.push(("x-amz-request-id", request_id.to_owned())),
        _ => headers.push(("x-amzn-requestid", request_id.to_owned())),
    }
    if protocol == Protocol::RpcV2Cbor {
        headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
    }
    Answer { status, headers, body }
}

/// botocore reads the code from `__type` only; the connections' models call the text `Message`.
fn json_error(service: Option<Service>, error: &AwsError) -> Value {
    let member = match service {
        Some(Service::CodeConnections | Service::CodeStarConnections) => "Message",
        _ => "message",
    };
    json!({ "__type": error.code, member: error.message })
}

fn query_body(call: &Call, tree: &Value, request_id: &str) -> String {
    let name = call.operation.name;
    let result = xml::element(&format!("{name}Result"), tree);
    let metadata = xml::element("ResponseMetadata", &json!({ "RequestId": request_id }));
    let namespace = namespace(Some(call.service));
    format!("<{name}Response{namespace}>{result}{metadata}</{name}Response>")
}

fn query_error(
    service: Option<Service>,
    error: &AwsError,
    status: u16,
    request_id: &str,
) -> String {
    let fault = if status < 500 { "Sender" } else { "Receiver" };
    // The order of the elements is AWS's; a map would sort them.
    let inner: String =
        [("Type", fault), ("Code", error.query_code()), ("Message", &error.message)]
            .map(|(name, text)| xml::element(name, &Value::from(text)))
            .concat();
    let id = xml::element("RequestId", &Value::from(request_id));
    format!("<ErrorResponse{}><Error>{inner}</Error>{id}</ErrorResponse>", namespace(service))
}

fn namespace(service: Option<Service>) -> String {
    let named =
        service.and_then(|service| Some((service.signing_name(), service.query_version()?)));
    named.map_or_else(String::new, |(name, version)| {
        format!(" xmlns=\"https://{name}.amazonaws.com/doc/{version}/\"")
    })
}

fn cbor_error(error: &AwsError) -> Vec<u8> {
    let mut body = Vec::new();
    let map = json!({ "__type": error.code, "message": error.message });
    ciborium::into_writer(&map, &mut body).expect("a map of texts is written to memory");
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Protocol::{AwsJson10, AwsJson11, Query, RestXml, RpcV2Cbor};

    fn text(answer: &Answer) -> String {
        String::from_utf8(answer.body.clone()).expect("text")
    }

    fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
        let found = answer.headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn an_error_is_written_as_each_protocol_writes_it() {
        fn check(protocol: Protocol, service: Option<Service>, status: u16, body: &str) {
            let error = AwsError::refused("ResourceNotFoundException", "no <x>");
            let answer = encode_error(protocol, service, &error, "id");
            assert_eq!((answer.status, text(&answer).as_str()), (status, body));
        }
        let code = "\"__type\":\"ResourceNotFoundException\"";
        check(
            AwsJson11,
            Some(Service::CodePipeline),
            400,
            &format!("{{{code},\"message\":\"no <x>\"}}"),
        );
        check(
            AwsJson10,
            Some(Service::CodeConnections),
            404,
            &format!("{{\"Message\":\"no <x>\",{code}}}"),
        );
        check(
            Query,
            Some(Service::Sts),
            400,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
             <Type>Sender</Type><Code>ResourceNotFound</Code><Message>no &lt;x&gt;</Message>\
             </Error><RequestId>id</RequestId></ErrorResponse>",
        );
        check(
            RestXml,
            None,
            400,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>ResourceNotFound</Code>\
             <Message>no &lt;x&gt;</Message><RequestId>id</RequestId></Error>",
        );
    }

    #[test]
    fn json_errors_carry_code_and_id_in_headers_too() {
        let answer = encode_error(AwsJson11, None, &AwsError::validation("m"), "id-1");
        assert_eq!(header(&answer, "x-amzn-errortype"), Some("ValidationException"));
        assert_eq!(header(&answer, "x-amzn-requestid"), Some("id-1"));
        assert_eq!(header(&answer, "content-type"), Some("application/x-amz-json-1.1"));
    }

    #[test]
    fn a_cbor_client_reads_its_refusal_in_cbor() {
        let error = AwsError::refused("UnsupportedMediaTypeException", "not spoken");
        let answer = encode_error(RpcV2Cbor, None, &error, "id");
        let read: Value = ciborium::from_reader(answer.body.as_slice()).expect("cbor");
        let expect = json!({"__type": "UnsupportedMediaTypeException", "message": "not spoken"});
        assert_eq!(read, expect);
        assert_eq!(header(&answer, "smithy-protocol"), Some("rpc-v2-cbor"));
        assert_eq!(header(&answer, "content-type"), Some("application/cbor"));
    }
}
