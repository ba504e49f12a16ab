//! The client: signed calls of the JSON services, and requests just as a story wants them.

use std::sync::Arc;

use cli::remote::Folder;
use domain::{Clock, Region};
use egress::{
    AllowedAddress, Guard, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Url,
};
use serde_json::Value;
use wire::client::{Outgoing, read_answer};
use wire::sigv4::{Credentials, Expected, sign};
use wire::{AwsError, Service};

use crate::clock::SteppedClock;

/// Bytes of an answer that are taken.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Calls one server with the key of its first account.
#[derive(Clone)]
pub struct Caller {
    http: egress::Client,
    clock: Arc<SteppedClock>,
    /// Scheme, host and port of the server.
    pub url: Url,
    region: Region,
    /// What is signed with.
    pub credentials: Credentials,
}

impl Caller {
    /// A client of the server that runs on a data folder.
    pub(crate) fn of(folder: &std::path::Path, clock: Arc<SteppedClock>) -> Self {
        let found = Folder { data: Some(folder.to_owned()) }.server().expect("a server runs there");
        let credentials = Credentials {
            access_key_id: found.access_key.as_str().into(),
            secret_access_key: found.secret,
            session_token: None,
        };
        let url = Url::parse(&found.address).expect("a server's address is a URL");
        let region = Region::new(&found.region);
        Self { http: loopback(), clock, url, region, credentials }
    }

    /// The same with another key.
    pub fn with_key(&self, credentials: Credentials) -> Self {
        Self { credentials, ..self.clone() }
    }

    /// The same, signing for another region.
    pub fn with_region(&self, region: &str) -> Self {
        Self { region: Region::new(region), ..self.clone() }
    }

    /// `host:port`, as it is signed.
    pub fn host(&self) -> &str {
        self.url.authority()
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// The server's own.
    pub async fn call(
        &self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        let body = serde_json::to_vec(input).expect("a tree");
        let outgoing = self.sign(service, operation, body, 0);
        let answer = self.post("/", &outgoing.headers, outgoing.body).await;
        read_answer(answer.status.as_u16(), &answer.body)
    }

    /// A call with any body, signed as by a clock that is some seconds ahead.
    pub fn sign(&self, service: Service, operation: &str, body: Vec<u8>, ahead: i64) -> Outgoing {
        let prefix = service.target_prefix().expect("a JSON service");
        let target = format!("{prefix}.{operation}");
        let headers = [
            ("host", self.host()),
            ("content-type", service.json_content_type()),
            ("x-amz-target", &*target),
        ];
        let (path, query, headers) = ("/", "", &headers);
        let request = wire::Request { method: "POST", path, query, headers, body: &body };
        let expected = Expected { region: &self.region, service: service.signing_name() };
        let at = self.clock.now().plus_seconds(ahead);
        let added = sign(&request, &self.credentials, expected, at);
        let owned = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Outgoing { headers: owned.into_iter().chain(added).collect(), body }
    }

    /// Calls an operation of a Query service with a form; gives the answer's XML.
    ///
    /// # Errors
    /// The refusal's XML.
    pub async fn query(
        &self,
        service: Service,
        operation: &str,
        form: &[(&str, &str)],
    ) -> Result<String, String> {
        let (credentials, region, host) = (&self.credentials, &self.region, self.host());
        let signer = wire::client::Caller { credentials, region, host };
        let outgoing = signer.query(service, operation, form, self.clock.now());
        let answer = self.post("/", &outgoing.headers, outgoing.body).await;
        let text = String::from_utf8(answer.body).expect("XML is text");
        if answer.status.is_success() { Ok(text) } else { Err(text) }
    }

    /// A POST to the server, signed or not, as the headers say.
    pub async fn post(&self, path: &str, headers: &[(String, String)], body: Vec<u8>) -> Response {
        let mut request = Request::new(Method::POST, self.at(path));
        request.headers = headers.iter().map(read_header).collect::<HeaderMap>();
        request.body = body;
        self.send(request).await
    }

    /// A GET of the server.
    pub async fn get(&self, path: &str) -> Response {
        self.send(Request::new(Method::GET, self.at(path))).await
    }

    /// The server's URL with another path.
    pub fn at(&self, path: &str) -> Url {
        self.url.join(path).expect("a path")
    }

    /// Sends any request to this machine.
    pub async fn send(&self, request: Request) -> Response {
        let request = Request { response_bytes_max: ANSWER_BYTES_MAX, ..request };
        self.http.send(request).await.expect("the server answers")
    }
}

fn read_header((name, value): &(String, String)) -> (HeaderName, HeaderValue) {
    let name = HeaderName::try_from(name.as_str()).expect("a header's name");
    (name, HeaderValue::try_from(value.as_str()).expect("a header's value"))
}

/// An HTTP client that reaches this machine and nothing else.
pub(crate) fn loopback() -> egress::Client {
    egress::Client::new(Guard::new(vec![AllowedAddress::any_port([127, 0, 0, 1].into())]))
}
