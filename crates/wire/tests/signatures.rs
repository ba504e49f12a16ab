//! SigV4 against requests that botocore signed (`testdata/sigv4.json`), and against everything
//! that someone in between might change in them.

use domain::{Region, Secret, Timestamp};
use serde::Deserialize;
use wire::sigv4::{Claim, Credentials, Expected, SigV4Refusal, Verified, presign, sign, verify};
use wire::{Protocol, Request};

#[derive(Deserialize)]
struct Golden {
    at: String,
    access_key_id: String,
    secret_access_key: String,
    requests: Vec<Signed>,
}

/// One signed request, owned so that it can be changed.
#[derive(Clone, Deserialize)]
struct Signed {
    name: String,
    service: String,
    region: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    token: Option<String>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../testdata/sigv4.json")).expect("testdata")
}

fn at(golden: &Golden) -> Timestamp {
    Timestamp::from_amz_date(&golden.at).expect("a date")
}

impl Signed {
    fn verified(&self, secret: &str, at: Timestamp) -> Result<Verified, SigV4Refusal> {
        let region = Region::new(&*self.region);
        self.verified_for(secret, &region, &self.service, at)
    }

    fn verified_for(
        &self,
        secret: &str,
        region: &Region,
        service: &str,
        at: Timestamp,
    ) -> Result<Verified, SigV4Refusal> {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: self.body.as_bytes(),
        };
        let claim = Claim::read(&request)?;
        if claim.unverified_access_key_id != golden().access_key_id.as_str().into() {
            return Err(SigV4Refusal::UnknownKey(claim.unverified_access_key_id.to_string()));
        }
        verify(&request, &claim, &Secret::new(secret), Expected { region, service }, at)
    }

    fn header_mut(&mut self, name: &str) -> Option<&mut String> {
        let found = self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces a text in the `Authorization` header, or in the query of a presigned request.
    fn resigned(mut self, from: &str, to: &str) -> Self {
        match self.header_mut("authorization") {
            Some(value) => *value = value.replace(from, to),
            None => self.query = self.query.replace(&slashed(from), &slashed(to)),
        }
        self
    }
}

/// As a query carries it.
fn slashed(text: &str) -> String {
    text.replace('/', "%2F")
}

#[test]
fn what_botocore_signs_is_verified() {
    let golden = golden();
    assert!(golden.requests.len() >= 10);
    for request in &golden.requests {
        let verified = request.verified(&golden.secret_access_key, at(&golden));
        let verified = verified.unwrap_or_else(|refusal| panic!("{}: {refusal}", request.name));
        assert_eq!(verified.access_key_id.as_str(), golden.access_key_id);
        assert_eq!(verified.session_token, request.token, "{}", request.name);
    }
}

/// Every change that makes a different request of a signed one.
fn mutations(request: &Signed) -> Vec<(String, Signed)> {
    let base = || request.clone();
    let mut changed = vec![
        ("method", Signed { method: "DELETE".into(), ..base() }),
        ("path", Signed { path: format!("{}x", request.path), ..base() }),
        ("a further parameter", Signed { query: format!("{}&x=1", request.query), ..base() }),
        ("another key", base().resigned("AKIDEXAMPLE", "AKIDEXAMPLF")),
        ("another date", base().resigned("20261122/", "20261121/")),
        ("another region", base().resigned(&request.region, "us-west-2")),
        ("another algorithm", base().resigned("HMAC-SHA256", "HMAC-SHA1")),
        ("another end", base().resigned("aws4_request", "aws5_request")),
        ("no host signed", base().resigned("host", "hosu")),
        ("another host", {
            let mut other = base();
            *other.header_mut("host").expect("a host") = "evil.example".into();
            other
        }),
        ("no host", base().without("host")),
        ("two hosts", base().with("Host", "evil.example")),
        ("an unsigned x-amz header", base().with("X-Amz-Target", "Other_1.DeletePipeline")),
        ("an unsigned token", base().with("X-Amz-Security-Token", "stolen")),
        ("a false body hash", base().with("X-Amz-Content-Sha256", &"0".repeat(64))),
        ("an unsigned body", base().with("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")),
        ("a second authorization", base().with("Authorization", "AWS4-HMAC-SHA256 x")),
        ("no signature", base().resigned("Signature=", "Sig=")),
    ];
    if request.header("authorization").is_some() {
        changed.push(("body", Signed { body: format!("{} ", request.body), ..base() }));
        changed.push(("no date", base().without("x-amz-date")));
        changed.push(("no authorization", base().without("authorization")));
        changed.push(("unsorted headers", base().resigned("SignedHeaders=", "SignedHeaders=x;")));
    }
    if request.header("content-type").is_some() {
        changed.push(("content type", {
            let mut other = base();
            *other.header_mut("content-type").expect("one") = "text/plain".into();
            other
        }));
        changed.push(("no content type", base().without("content-type")));
    }
    changed.into_iter().map(|(what, other)| (what.to_owned(), other)).collect()
}

impl Signed {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

#[test]
fn nothing_that_was_changed_on_the_way_is_accepted() {
    let golden = golden();
    let mut tried = 0;
    for request in &golden.requests {
        for (what, changed) in mutations(request) {
            let answer = changed.verified(&golden.secret_access_key, at(&golden));
            assert!(answer.is_err(), "{}: accepted with {what} changed", request.name);
            tried += 1;
        }
    }
    println!("{tried} mutations of {} requests, none accepted", golden.requests.len());
    assert!(tried >= 60);
}

#[test]
fn no_digit_of_a_signature_is_optional() {
    let golden = golden();
    let request = &golden.requests[0];
    let header = request.header("authorization").expect("one").to_owned();
    let begin = header.len() - 64;
    for digit in 0..64 {
        let mut other = header.clone().into_bytes();
        other[begin + digit] = if other[begin + digit] == b'0' { b'1' } else { b'0' };
        let other = String::from_utf8(other).expect("ascii");
        let changed = request.clone().without("authorization").with("Authorization", &other);
        let answer = changed.verified(&golden.secret_access_key, at(&golden));
        assert_eq!(answer, Err(SigV4Refusal::Signature));
    }
    for shorter in [&header[..header.len() - 1], &header[..begin]] {
        let changed = request.clone().without("authorization").with("Authorization", shorter);
        let answer = changed.verified(&golden.secret_access_key, at(&golden));
        assert!(matches!(answer, Err(SigV4Refusal::Incomplete(_))));
    }
}

#[test]
fn a_refusal_says_what_differs() {
    let golden = golden();
    let (request, now) = (&golden.requests[0], at(&golden));
    let secret = &golden.secret_access_key;
    let check = |answer: Result<Verified, SigV4Refusal>, code: &str, words: &str| {
        let refusal = answer.expect_err(words);
        let error = refusal.to_error(Protocol::AwsJson11);
        assert_eq!((&*error.code, error.status), (code, 400));
        assert!(error.message.contains(words), "{}", error.message);
    };
    let region = Region::new("us-east-1");
    let invalid = "InvalidSignatureException";
    check(request.verified(secret, now.plus_seconds(301)), invalid, "301 seconds behind");
    check(request.verified(secret, now.plus_seconds(-301)), invalid, "301 seconds ahead of");
    check(request.verified("other", now), invalid, "does not match the signature");
    let answer = request.verified_for(secret, &Region::new("eu-west-1"), &request.service, now);
    check(answer, invalid, "scoped to region 'eu-west-1', not 'us-east-1'");
    let answer = request.verified_for(secret, &region, "sts", now);
    check(answer, invalid, "scoped to service 'sts', not 'codepipeline'");
    let unsigned = request.clone().without("authorization");
    let missing = "MissingAuthenticationTokenException";
    check(unsigned.verified(secret, now), missing, "is not signed");
    let incomplete = "IncompleteSignatureException";
    let added = request.clone().with("X-Amz-Copy-Source", "b/k");
    check(added.verified(secret, now), incomplete, "'x-amz-copy-source' must be among");
    let bare = request.clone().resigned("Credential=", "Key=");
    check(bare.verified(secret, now), incomplete, "requires 'Credential'");
    for seconds in [-300, 0, 300] {
        assert!(request.verified(secret, now.plus_seconds(seconds)).is_ok(), "{seconds}");
    }
}

#[test]
fn a_presigned_request_lives_as_long_as_it_says() {
    let golden = golden();
    let (secret, now) = (&golden.secret_access_key, at(&golden));
    let request = golden.requests.iter().find(|request| request.name == "presigned identity");
    let request = request.expect("in the golden file");
    for (seconds, alive) in [(-301, false), (-300, true), (0, true), (600, true), (601, false)] {
        let answer = request.verified(secret, now.plus_seconds(seconds));
        assert_eq!(answer.is_ok(), alive, "{seconds}: {answer:?}");
    }
}

#[test]
fn each_protocol_has_its_own_codes() {
    fn check(refusal: SigV4Refusal, json: &str, query: (&str, u16), s3: (&str, u16)) {
        let error = |protocol| refusal.to_error(protocol);
        let (code, status) = query;
        assert_eq!(error(Protocol::AwsJson10).code, json);
        assert_eq!(error(Protocol::Query).code, code);
        assert_eq!(error(Protocol::Query).status, status);
        assert_eq!((&*error(Protocol::RestXml).code, error(Protocol::RestXml).status), s3);
    }
    check(
        SigV4Refusal::Missing,
        "MissingAuthenticationTokenException",
        ("MissingAuthenticationToken", 403),
        ("AccessDenied", 403),
    );
    check(
        SigV4Refusal::UnknownKey("AKIA".into()),
        "UnrecognizedClientException",
        ("InvalidClientTokenId", 403),
        ("InvalidAccessKeyId", 403),
    );
    check(
        SigV4Refusal::Signature,
        "InvalidSignatureException",
        ("SignatureDoesNotMatch", 403),
        ("SignatureDoesNotMatch", 403),
    );
}

#[test]
fn what_we_sign_ourselves_is_verified_too() {
    let golden = golden();
    let now = at(&golden);
    for token in [None, Some("a/token==".to_owned())] {
        let credentials = Credentials {
            access_key_id: golden.access_key_id.as_str().into(),
            secret_access_key: Secret::new(&*golden.secret_access_key),
            session_token: token,
        };
        for request in &golden.requests {
            let bare = unsigned(request);
            let by_header = signed(&bare, &credentials, now);
            let verified = by_header.verified(&golden.secret_access_key, now);
            assert_eq!(verified.expect("verifies").session_token, credentials.session_token);
            let by_query = presigned(&bare, &credentials, now);
            let verified = by_query.verified(&golden.secret_access_key, now);
            assert_eq!(verified.expect("verifies").session_token, credentials.session_token);
        }
    }
}

/// The request as it was before it was signed.
fn unsigned(request: &Signed) -> Signed {
    let added = ["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];
    let bare = added.iter().fold(request.clone(), |request, name| request.without(name));
    let own = request.query.split('&').filter(|pair| !pair.starts_with("X-Amz-"));
    Signed { query: own.collect::<Vec<_>>().join("&"), ..bare }
}

fn signed(bare: &Signed, credentials: &Credentials, at: Timestamp) -> Signed {
    let headers: Vec<(&str, &str)> =
        bare.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let Signed { method, path, query, body, .. } = bare;
    let request = Request { method, path, query, headers: &headers, body: body.as_bytes() };
    let (region, service) = (&Region::new(&*bare.region), bare.service.as_str());
    let mut signed = bare.clone();
    signed.headers.extend(sign(&request, credentials, Expected { region, service }, at));
    signed
}

/// A presigned request signs no header but `host`, so it carries no other.
fn presigned(bare: &Signed, credentials: &Credentials, at: Timestamp) -> Signed {
    let mut bare = bare.clone();
    bare.headers.retain(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = bare.header("host").expect("a host").to_owned();
    let Signed { method, path, query, body, .. } = &bare;
    let headers = [("host", host.as_str())];
    let request = Request { method, path, query, headers: &headers, body: body.as_bytes() };
    let (region, service) = (&Region::new(&*bare.region), bare.service.as_str());
    let query = presign(&request, credentials, Expected { region, service }, 60, at);
    Signed { query, ..bare }
}
