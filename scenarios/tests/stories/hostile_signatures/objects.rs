//! S3: objects put with a signature in the headers, read with one, and by links of both versions.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::draft::{Draft, Known, Sent, escaped, hash};
use super::{Case, Family};

pub const FAMILIES: &[Family] = &[
    Family { name: "an object put", good: |it| object(it, "put"), sign: Draft::signed, cases: PUT },
    Family { name: "a bucket read", good: list, sign: Draft::signed, cases: READ },
    Family {
        name: "a presigned put",
        good: |it| unsigned(it, "link"),
        sign: presigned,
        cases: LINK,
    },
    Family {
        name: "a presigned put of version 2",
        good: |it| object(it, "v2"),
        sign: version_2,
        cases: VERSION_2,
    },
];

/// An object to put.
pub fn object(known: &Known, name: &str) -> Draft {
    Draft::new(known, "PUT", "s3", &format!("/site/{name}"))
        .with(|it| it.body = b"content".to_vec())
}

fn unsigned(known: &Known, name: &str) -> Draft {
    object(known, name).with(|it| it.payload = Some("UNSIGNED-PAYLOAD".to_owned()))
}

fn list(known: &Known) -> Draft {
    let query = ["list-type=2", "prefix=a%2Bb"].map(str::to_owned).into();
    Draft::new(known, "GET", "s3", "/site").with(|it| it.query = query)
}

fn presigned(draft: Draft) -> Sent {
    draft.presigned("60")
}

const DENIED: &str = "<Code>AccessDenied</Code>";
const DIFFERS: &str = "<Code>SignatureDoesNotMatch</Code>";
const MALFORMED: &str = "<Code>AuthorizationHeaderMalformed</Code>";
const PARAMETERS: &str = "<Code>AuthorizationQueryParametersError</Code>";
const SKEWED: &str = "<Code>RequestTimeTooSkewed</Code>";
const OTHER_BODY: &str = "<Code>XAmzContentSHA256Mismatch</Code>";
const REQUEST: &str = "<Code>InvalidRequest</Code>";
const UNKNOWN: &str = "<Code>InvalidAccessKeyId</Code>";

const PUT: &[Case] = &[
    ("SigV2 in the header", REQUEST, |it| {
        it.signed().edit("authorization", |_| "AWS AKIA:c2ln".into())
    }),
    ("SigV4A", REQUEST, |it| it.with(|it| it.algorithm = "AWS4-ECDSA-P256-SHA256").signed()),
    ("HMAC-SHA1", REQUEST, |it| it.with(|it| it.algorithm = "AWS4-HMAC-SHA1").signed()),
    ("two Authorizations", MALFORMED, |it| it.signed().header("authorization", "x")),
    ("a signature cut off", MALFORMED, |it| it.signed().signature(|it| it[..60].to_owned())),
    ("a signature in capitals", MALFORMED, |it| {
        it.signed().signature(|it| format!("A{}", &it[1..]))
    }),
    ("zeros", DIFFERS, |it| it.signed().signature(|_| "0".repeat(64))),
    ("another secret", DIFFERS, |it| it.with(|it| it.keys.secret = "s".into()).signed()),
    ("a deleted key", UNKNOWN, |it| it.by(|it| it.deleted.clone()).signed()),
    ("an inactive key", UNKNOWN, |it| it.by(|it| it.inactive.clone()).signed()),
    ("a session's key without its token", UNKNOWN, |it| {
        it.by(|it| super::Keys { token: None, ..it.session.clone() }).signed()
    }),
    ("another session's token", "<Code>InvalidToken</Code>", |it| {
        it.by(|it| super::Keys { token: it.beside.token.clone(), ..it.session.clone() }).signed()
    }),
    ("an ended session", "<Code>ExpiredToken</Code>", |it| it.by(|it| it.ended.clone()).signed()),
    ("another region", MALFORMED, |it| it.with(|it| it.scope[1] = "eu-west-1".into()).signed()),
    ("another day", MALFORMED, |it| it.with(|it| it.scope[0] = "20200101".into()).signed()),
    ("too old", SKEWED, |it| it.at(-960).signed()),
    ("too new", SKEWED, |it| it.at(960).signed()),
    ("no date", MALFORMED, |it| it.signed().without("x-amz-date")),
    ("the Host not signed", DENIED, |it| {
        it.with(|it| it.names = Some("x-amz-content-sha256;x-amz-date".into())).signed()
    }),
    ("names out of order", MALFORMED, |it| {
        it.with(|it| it.names = Some("x-amz-date;host;x-amz-content-sha256".into())).signed()
    }),
    ("a source to copy that came later", DENIED, |it| {
        it.signed().header("x-amz-copy-source", "/site/other")
    }),
    ("metadata that came later", DENIED, |it| it.signed().header("x-amz-meta-owner", "eve")),
    ("nothing said of the body", REQUEST, |it| {
        let date = it.date.clone();
        it.header("x-amz-date", &date).signed_as_it_stands()
    }),
    ("another body", OTHER_BODY, |it| it.signed().with(|it| it.body = b"CONTENT".to_vec())),
    ("another body's hash, signed", OTHER_BODY, |it| {
        it.with(|it| it.payload = Some(hash(b"x"))).signed()
    }),
    ("another hash after it was signed", DIFFERS, |it| {
        it.signed().edit("x-amz-content-sha256", |_| hash(b"x"))
    }),
    ("UNSIGNED-PAYLOAD for a hash", DIFFERS, |it| {
        it.signed().edit("x-amz-content-sha256", |_| "UNSIGNED-PAYLOAD".into())
    }),
    ("a hash for UNSIGNED-PAYLOAD", DIFFERS, |it| {
        it.with(|it| it.payload = Some("UNSIGNED-PAYLOAD".into()))
            .signed()
            .edit("x-amz-content-sha256", |_| hash(b"content"))
    }),
    ("the hash in capitals", OTHER_BODY, |it| {
        it.with(|it| it.payload = Some(hash(&it.body).to_uppercase())).signed()
    }),
    ("a word for the body that nobody knows", "<Code>InvalidArgument</Code>", |it| {
        it.with(|it| it.payload = Some("NO-PAYLOAD".into())).signed()
    }),
    ("chunks signed by a curve", "<Code>InvalidArgument</Code>", |it| {
        it.with(|it| it.payload = Some("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD".into())).signed()
    }),
    ("another key", DIFFERS, |it| it.signed().with(|it| it.path = "/site/other".into())),
    ("another bucket", DIFFERS, |it| it.signed().with(|it| it.path = "/other/put".into())),
    ("a key's path encoded twice", DIFFERS, |it| {
        it.with(|it| it.path = "/site/a%20b".into())
            .signed()
            .with(|it| it.path = "/site/a%2520b".into())
    }),
    ("a key's slash encoded", DIFFERS, |it| it.signed().with(|it| it.path = "/site%2Fput".into())),
    ("a path with a step back", DIFFERS, |it| {
        it.signed().with(|it| it.path = "/site/x/../put".into())
    }),
    ("a path with two slashes", DIFFERS, |it| it.signed().with(|it| it.path = "/site//put".into())),
    ("the bucket in the Host", DIFFERS, |it| {
        it.signed()
            .edit("host", |host| host.replace("127.0.0.1", "site.localhost"))
            .with(|it| it.path = "/put".into())
    }),
    ("a part of the object singled out", DIFFERS, |it| it.signed().parameter("tagging=")),
    ("signed for reading", DIFFERS, |it| {
        it.with(|it| it.method = "GET").signed().with(|it| it.method = "PUT")
    }),
];

const READ: &[Case] = &[
    ("a body, and another one's hash", OTHER_BODY, |it| {
        it.with(|it| it.payload = Some(hash(b"x"))).signed().with(|it| it.body = b"y".to_vec())
    }),
    ("a body that was not signed", OTHER_BODY, |it| it.signed().with(|it| it.body = b"x".to_vec())),
    ("a hash of a body that is not there", OTHER_BODY, |it| {
        it.with(|it| it.payload = Some(hash(b"x"))).signed()
    }),
    ("a query signed out of order", DIFFERS, |it| {
        it.with(|it| it.query = vec!["prefix=a&list-type=2".into()]).signed()
    }),
    ("a plus as it stands, which is a space", DIFFERS, |it| it.signed().query("%2B", "+")),
    ("a prefix encoded twice", DIFFERS, |it| it.signed().query("%2B", "%252B")),
    ("another prefix", DIFFERS, |it| it.signed().query("prefix=a", "prefix=")),
    ("a parameter less", DIFFERS, |it| it.signed().without_parameter("prefix")),
    ("a parameter more", DIFFERS, |it| it.signed().parameter("max-keys=1")),
    ("signed in its query and by a header", DIFFERS, |it| {
        it.signed().parameter("X-Amz-Expires=60")
    }),
];

const LINK: &[Case] = &[
    ("no credential", PARAMETERS, |it| presigned(it).without_parameter("X-Amz-Credential")),
    ("no date", PARAMETERS, |it| presigned(it).without_parameter("X-Amz-Date")),
    ("no lifetime", PARAMETERS, |it| presigned(it).without_parameter("X-Amz-Expires")),
    ("no signed headers", PARAMETERS, |it| presigned(it).without_parameter("X-Amz-SignedHeaders")),
    ("no signature", PARAMETERS, |it| presigned(it).without_parameter("X-Amz-Signature")),
    ("two signatures", PARAMETERS, |it| presigned(it).parameter("X-Amz-Signature=00")),
    ("two lifetimes", PARAMETERS, |it| presigned(it).parameter("X-Amz-Expires=604800")),
    ("a date of another form", PARAMETERS, |it| {
        presigned(it.with(|it| it.date = "2026-11-23".into()))
    }),
    ("a signature cut off", PARAMETERS, |it| presigned(it).cut()),
    ("SigV4A", PARAMETERS, |it| presigned(it.with(|it| it.algorithm = "AWS4-ECDSA-P256-SHA256"))),
    ("a lifetime over a week", PARAMETERS, |it| it.presigned("604801")),
    ("a lifetime of nothing", PARAMETERS, |it| it.presigned("0")),
    ("it is over", DENIED, |it| it.at(-120).presigned("60")),
    ("it has not begun", SKEWED, |it| it.at(3600).presigned("60")),
    ("a longer life than was signed", DIFFERS, |it| {
        presigned(it).query("Expires=60", "Expires=600")
    }),
    ("another key", DIFFERS, |it| presigned(it).with(|it| it.path = "/site/other".into())),
    ("for reading only", DIFFERS, |it| {
        presigned(it.with(|it| it.method = "GET")).with(|it| it.method = "PUT")
    }),
    ("a header that must be signed", DENIED, |it| presigned(it).header("x-amz-meta-owner", "eve")),
    ("a source to copy", DENIED, |it| presigned(it).header("x-amz-copy-source", "/site/other")),
    ("another body's hash", DENIED, |it| presigned(it).header("x-amz-content-sha256", &hash(b"x"))),
    ("a part of the object singled out", DIFFERS, |it| presigned(it).parameter("tagging=")),
    ("for tags, which are spelt so that nobody knows them", "<Code>MalformedXML</Code>", |it| {
        presigned(it.with(|it| it.query.push("tagging=".into()))).query("tagging", "%74agging")
    }),
    ("a parameter spelt so that it is another", DIFFERS, |it| {
        presigned(it.with(|it| it.query.push("x-id=PutObject".into()))).query("x-id", "x-%2569d")
    }),
    ("a session's key without its token", UNKNOWN, |it| {
        presigned(it.by(|it| super::Keys { token: None, ..it.session.clone() }))
    }),
    ("a session's token that came later", "<Code>SignatureDoesNotMatch</Code>", |it| {
        let token = escaped(&it.known.session.token.clone().unwrap_or_default());
        let sent = presigned(it.by(|it| super::Keys { token: None, ..it.session.clone() }));
        sent.parameter(&format!("X-Amz-Security-Token={token}"))
    }),
    ("a deleted key", UNKNOWN, |it| presigned(it.by(|it| it.deleted.clone()))),
    ("another secret", DIFFERS, |it| presigned(it.with(|it| it.keys.secret = "s".into()))),
];

/// Presigned as boto3 does it where nothing else is set; good until some seconds from now.
fn signed_until(draft: Draft, seconds: i64, resource: &str) -> Sent {
    let expires = draft.known.now.plus_seconds(seconds).0 / 1000;
    let text = format!("{}\n\n\n{expires}\n{resource}", draft.method);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, draft.keys.secret.as_bytes());
    let signature = escaped(&STANDARD.encode(hmac::sign(&key, text.as_bytes())));
    let pairs = [
        format!("AWSAccessKeyId={}", draft.keys.id),
        format!("Expires={expires}"),
        format!("Signature={signature}"),
    ];
    draft.unsigned().with(|it| it.query.extend(pairs))
}

fn version_2(draft: Draft) -> Sent {
    let path = draft.path.clone();
    signed_until(draft, 60, &path)
}

const VERSION_2: &[Case] = &[
    ("it is over", DENIED, |it| signed_until(it, -60, "/site/v2")),
    ("good for more than a week", MALFORMED, |it| signed_until(it, 700_000, "/site/v2")),
    ("another key", DIFFERS, |it| signed_until(it, 60, "/site/other")),
    ("another method", DIFFERS, |it| {
        version_2(it.with(|it| it.method = "GET")).with(|it| it.method = "PUT")
    }),
    ("another secret", DIFFERS, |it| version_2(it.with(|it| it.keys.secret = "s".into()))),
    ("a deleted key", UNKNOWN, |it| version_2(it.by(|it| it.deleted.clone()))),
    ("no end", MALFORMED, |it| version_2(it).without_parameter("Expires")),
    ("no signature", MALFORMED, |it| version_2(it).without_parameter("Signature")),
    ("two signatures", MALFORMED, |it| version_2(it).parameter("Signature=x")),
    ("a part of the object singled out", DIFFERS, |it| version_2(it).parameter("tagging=")),
    ("the same, spelt otherwise", DIFFERS, |it| version_2(it).parameter("%74agging=")),
    ("a source to copy", DIFFERS, |it| version_2(it).header("x-amz-copy-source", "/site/other")),
    ("another type", DIFFERS, |it| version_2(it).header("content-type", "text/html")),
];
