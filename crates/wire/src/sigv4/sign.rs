//! Signs requests of our own: the command's, the demo's, the tests'.

use super::canonical::{self, Scope};
use super::verify::{Expected, UNSIGNED_PAYLOAD};
use super::{ALGORITHM, canonical::parameter};
use crate::request::Request;
use domain::{AccessKeyId, Secret, Timestamp};

/// What a client signs with.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The key's id, which is sent.
    pub access_key_id: AccessKeyId,
    /// The key's secret, which is not.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials, which is sent.
    pub session_token: Option<String>,
}

/// The headers to add to a request so that it is signed: date, body hash, session token and
/// `authorization`. The request must carry its `host` already, and none of these.
pub fn sign(
    request: &Request,
    credentials: &Credentials,
    expected: Expected,
    at: Timestamp,
) -> Vec<(String, String)> {
    let (amz_date, payload) = (at.amz_date(), canonical::hash(request.body));
    let mut added = vec![
        ("x-amz-content-sha256".to_owned(), payload.clone()),
        ("x-amz-date".to_owned(), amz_date.clone()),
    ];
    let token = credentials.session_token.iter().cloned();
    added.extend(token.map(|token| ("x-amz-security-token".to_owned(), token)));
    let mut headers = request.headers.to_vec();
    headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let whole = Request { headers: &headers, ..*request };
    let names = signed_names(&whole);
    let scope = scope(&amz_date, expected);
    let canonical = canonical::request(&whole, &names, expected.service, &payload);
    let signature =
        hex::encode(canonical::signature(&scope, &credentials.secret_access_key, &canonical));
    let (key, scope, names) = (&credentials.access_key_id, scope.text(), names.join(";"));
    let authorization = format!(
        "{ALGORITHM} Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    );
    added.push(("authorization".to_owned(), authorization));
    added
}

/// The query of a presigned request for `seconds` from `at`; only `host` is signed.
pub fn presign(
    request: &Request,
    credentials: &Credentials,
    expected: Expected,
    seconds: u32,
    at: Timestamp,
) -> String {
    let amz_date = at.amz_date();
    let scope = scope(&amz_date, expected);
    let credential = format!("{}/{}", credentials.access_key_id, scope.text());
    let own = (!request.query.is_empty()).then(|| request.query.to_owned());
    let mut pairs: Vec<String> = own.into_iter().collect();
    pairs.extend([
        parameter("X-Amz-Algorithm", ALGORITHM),
        parameter("X-Amz-Credential", &credential),
        parameter("X-Amz-Date", &amz_date),
        parameter("X-Amz-Expires", &seconds.to_string()),
        parameter("X-Amz-SignedHeaders", "host"),
    ]);
    let token = credentials.session_token.iter();
    pairs.extend(token.map(|token| parameter("X-Amz-Security-Token", token)));
    let query = pairs.join("&");
    let object = expected.service == "s3";
    let payload = if object { UNSIGNED_PAYLOAD.to_owned() } else { canonical::hash(request.body) };
    let whole = Request { query: &query, ..*request };
    let canonical = canonical::request(&whole, &["host".to_owned()], expected.service, &payload);
    let signature = canonical::signature(&scope, &credentials.secret_access_key, &canonical);
    format!("{query}&X-Amz-Signature={}", hex::encode(signature))
}

fn scope<'a>(amz_date: &'a str, expected: Expected<'a>) -> Scope<'a> {
    let (region, service) = (expected.region.as_str(), expected.service);
    Scope { amz_date, date: &amz_date[..8], region, service }
}

/// `host`, `content-type` and every `x-amz-*`; what proxies may change stays unsigned.
fn signed_names(request: &Request) -> Vec<String> {
    let names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let wanted = |name: &String| {
        matches!(name.as_str(), "host" | "content-type") || name.starts_with("x-amz-")
    };
    let mut names: Vec<String> = names.filter(wanted).collect();
    names.sort();
    names.dedup();
    names
}
