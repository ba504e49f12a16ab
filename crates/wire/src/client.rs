//! The client's side: a signed request from an input, an output from an answer; of Query services a
//! form, and elements of the XML that answers it.
//!
//! For the command, the demo and tests; sending is left to them.

use crate::error::AwsError;
use crate::request::Request;
use crate::service::Service;
use crate::sigv4::{Credentials, Expected, sign};
use domain::{Region, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A signed `POST /` that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Every header but the content's length; `host` is among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Who calls which server.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    /// What to sign with.
    pub credentials: &'a Credentials,
    /// The server's region.
    pub region: &'a Region,
    /// The server's `host:port`, as the request's URL has it.
    pub host: &'a str,
}

impl Caller<'_> {
    /// The request for one call of a JSON service.
    ///
    /// # Panics
    /// For a Query service, and where the input is no JSON tree.
    pub fn request<T: Serialize>(
        &self,
        service: Service,
        operation: &str,
        input: &T,
        at: Timestamp,
    ) -> Outgoing {
        let prefix = service.target_prefix().expect("a JSON service");
        let target = format!("{prefix}.{operation}");
        let body = serde_json::to_vec(input).expect("an input is a tree with text keys");
        let headers = [
            ("host", self.host),
            ("content-type", service.json_content_type()),
            ("x-amz-target", target.as_str()),
        ];
        self.signed(service, &headers, body, at)
    }

    /// The request for one call of a Query service.
    ///
    /// # Panics
    /// For a JSON service.
    pub fn query(
        &self,
        service: Service,
        operation: &str,
        form: &[(&str, &str)],
        at: Timestamp,
    ) -> Outgoing {
        let version = service.query_version().expect("a Query service");
        let named = [("Action", operation), ("Version", version)];
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs =
            named.iter().chain(form).map(|(name, text)| format!("{name}={}", escaped(text)));
        let body = pairs.collect::<Vec<_>>().join("&").into_bytes();
        let headers = [("host", self.host), ("content-type", "application/x-www-form-urlencoded")];
        self.signed(service, &headers, body, at)
    }

    fn signed(
        &self,
        service: Service,
        headers: &[(&str, &str)],
        body: Vec<u8>,
        at: Timestamp,
    ) -> Outgoing {
        let request = Request { method: "POST", path: "/", query: "", headers, body: &body };
        let expected = Expected { region: self.region, service: service.signing_name() };
        let added = sign(&request, self.credentials, expected, at);
        let owned = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Outgoing { headers: owned.chain(added).collect(), body }
    }
}

/// Reads what a Query service answers: the XML of a 200, the error of anything else.
///
/// # Errors
/// The server's error.
pub fn read_xml(status: u16, body: &[u8]) -> Result<String, AwsError> {
    let xml = String::from_utf8_lossy(body).into_owned();
    if status == 200 {
        return Ok(xml);
    }
    let code = element(&xml, "Code").unwrap_or_else(|| format!("HTTP {status}"));
    let message = element(&xml, "Message").unwrap_or_default();
    Err(AwsError { code: code.into(), status, message })
}

/// The text of the first element of this name.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = after.split_once(&format!("</{name}>"))?;
    let written = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Some(
        written.iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant)),
    )
}

/// Reads an answer: the output of a 200, the error of anything else.
///
/// # Errors
/// The server's error; `SerializationException` where the answer is neither.
pub fn read_answer<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, AwsError> {
    if status == 200 {
        let output = serde_json::from_slice(body);
        return output.map_err(|error| AwsError::serialization(error.to_string()));
    }
    let tree: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| tree[name].as_str().map(str::to_owned);
    let code = text("__type").unwrap_or_else(|| format!("HTTP {status}"));
    let message = text("message").or_else(|| text("Message")).unwrap_or_default();
    Err(AwsError { code: code.into(), status, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codepipeline::{GetPipelineStateInput, ListPipelinesOutput};
    use crate::dispatch::{Protocol, Route, dispatch};
    use crate::sigv4::{Claim, verify};
    use crate::{decode, encode, encode_error};
    use domain::Secret;

    #[test]
    fn what_the_client_writes_the_server_reads_and_the_other_way_round() {
        let credentials = Credentials {
            access_key_id: "AKIAEXAMPLE".into(),
            secret_access_key: Secret::new("secret"),
            session_token: None,
        };
        let (region, at) = (Region::new("us-east-1"), Timestamp(1_795_342_530_000));
        let caller = Caller { credentials: &credentials, region: &region, host: "127.0.0.1:7700" };
        let input = GetPipelineStateInput { name: "p".into() };
        let sent = caller.request(Service::CodePipeline, "GetPipelineState", &input, at);
        let headers: Vec<(&str, &str)> =
            sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (headers, body) = (headers.as_slice(), sent.body.as_slice());
        let request = Request { method: "POST", path: "/", query: "", headers, body };

        let Ok(Route::Call(call)) = dispatch(&request) else { panic!("dispatches") };
        let claim = Claim::read(&request).expect("claims");
        let expected = Expected { region: &region, service: call.service.signing_name() };
        verify(&request, &claim, &credentials.secret_access_key, expected, at).expect("verifies");
        let read = decode::<GetPipelineStateInput>(&call, &request).expect("decodes");
        assert_eq!(read.value, input);

        let answer = encode(&call, &ListPipelinesOutput::default(), "id");
        let output = read_answer::<ListPipelinesOutput>(answer.status, &answer.body);
        assert_eq!(output, Ok(ListPipelinesOutput::default()));
        let error = AwsError::refused("PipelineNotFoundException", "none");
        let answer = encode_error(Protocol::AwsJson11, Some(call.service), &error, "id");
        let output = read_answer::<ListPipelinesOutput>(answer.status, &answer.body);
        assert_eq!(output, Err(error));
    }

    #[test]
    fn what_a_query_service_answers_is_read() {
        let error = AwsError::refused("NoSuchEntityException", "The role \"a\" & <b> isn't here.");
        let answer = encode_error(Protocol::Query, Some(Service::Iam), &error, "id");
        let read = read_xml(answer.status, &answer.body).expect_err("an error");
        assert_eq!((&*read.code, &*read.message), ("NoSuchEntity", &*error.message));
        assert_eq!(element("<Arn>a&amp;b</Arn>", "Arn").as_deref(), Some("a&b"));
        assert_eq!(element("<Arn>a</Arn>", "Path"), None);
    }
}
