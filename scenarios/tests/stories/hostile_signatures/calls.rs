//! Calls that are signed in their headers: JSON, and forms.

use super::draft::{Draft, Known, escaped, hash};
use super::{Case, Family};

pub const FAMILIES: &[Family] = &[
    Family {
        name: "a JSON call's form",
        good: |it| secret(it, "form"),
        sign: Draft::signed,
        cases: FORM,
    },
    Family {
        name: "a JSON call's key",
        good: |it| secret(it, "key"),
        sign: Draft::signed,
        cases: CREDENTIAL,
    },
    Family {
        name: "a JSON call's headers",
        good: |it| secret(it, "head"),
        sign: Draft::signed,
        cases: HEADERS,
    },
    Family {
        name: "a JSON call's body",
        good: |it| secret(it, "body"),
        sign: Draft::signed,
        cases: BODY,
    },
    Family { name: "a form's call", good: user, sign: Draft::signed, cases: USER },
];

/// A call that makes a secret.
pub fn secret(known: &Known, name: &str) -> Draft {
    let body = format!("{{\"Name\":\"{name}\",\"SecretString\":\"s\"}}").into_bytes();
    Draft::new(known, "POST", "secretsmanager", "/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "secretsmanager.CreateSecret")
        .with(|it| it.body = body)
}

fn user(known: &Known) -> Draft {
    Draft::new(known, "POST", "iam", "/")
        .header("content-type", "application/x-www-form-urlencoded")
        .with(|it| it.body = b"Action=CreateUser&Version=2010-05-08&UserName=good".to_vec())
}

const INCOMPLETE: &str = "IncompleteSignatureException";
const INVALID: &str = "InvalidSignatureException";
const UNKNOWN: &str = "UnrecognizedClientException";

/// The Authorization header itself.
const FORM: &[Case] = &[
    ("no Authorization", "MissingAuthenticationTokenException", |it| {
        it.signed().without("authorization")
    }),
    ("Authorization without a word", INCOMPLETE, |it| {
        it.signed().edit("authorization", |_| String::new())
    }),
    ("the same Authorization twice", INCOMPLETE, |it| {
        it.signed().with(|it| it.headers.extend(it.headers.last().cloned()))
    }),
    ("a forged Authorization before a good one", INCOMPLETE, |it| {
        it.signed()
            .with(|it| it.headers.insert(0, ("Authorization".into(), "AWS4-HMAC-SHA256 x".into())))
    }),
    ("a forged Authorization behind a good one", INCOMPLETE, |it| {
        it.signed().header("authorization", "Bearer x")
    }),
    ("Basic", INCOMPLETE, |it| it.signed().edit("authorization", |_| "Basic QUs6Uw==".into())),
    ("Bearer", INCOMPLETE, |it| it.signed().edit("authorization", |_| "Bearer token".into())),
    ("SigV2 in the header", INCOMPLETE, |it| {
        it.signed().edit("authorization", |_| "AWS AKIA:frJIUN8DYpKDtOLCwo//yllqDzg=".into())
    }),
    ("SigV3", INCOMPLETE, |it| {
        it.signed().edit("authorization", |_| "AWS3-HTTPS AWSAccessKeyId=A".into())
    }),
    ("SigV4A in name", INCOMPLETE, |it| {
        it.signed().authorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    }),
    ("SigV4A in what is signed too", INCOMPLETE, |it| {
        it.with(|it| it.algorithm = "AWS4-ECDSA-P256-SHA256").signed()
    }),
    ("HMAC-SHA1", INCOMPLETE, |it| it.with(|it| it.algorithm = "AWS4-HMAC-SHA1").signed()),
    ("HMAC-SHA512", INCOMPLETE, |it| it.with(|it| it.algorithm = "AWS4-HMAC-SHA512").signed()),
    ("no algorithm by name", INCOMPLETE, |it| it.with(|it| it.algorithm = "none").signed()),
    ("the algorithm in small letters", INCOMPLETE, |it| {
        it.with(|it| it.algorithm = "aws4-hmac-sha256").signed()
    }),
    ("another algorithm signed than named", INVALID, |it| {
        it.with(|it| it.algorithm = "AWS4-HMAC-SHA1").signed().authorization("SHA1", "SHA256")
    }),
    ("a tab behind the algorithm", INCOMPLETE, |it| {
        it.signed().authorization("SHA256 ", "SHA256\t")
    }),
    ("no Credential", INCOMPLETE, |it| it.signed().authorization("Credential=", "Credentials=")),
    ("no SignedHeaders", INCOMPLETE, |it| it.signed().authorization("SignedHeaders=", "Headers=")),
    ("no Signature", INCOMPLETE, |it| it.signed().authorization(", Signature=", ", ")),
    ("Credential twice", INCOMPLETE, |it| {
        it.signed().authorization("Credential=", "Credential=a, Credential=")
    }),
    ("Signature twice", INCOMPLETE, |it| {
        it.signed().authorization("Signature=", "Signature=00, Signature=")
    }),
    ("SignedHeaders twice", INCOMPLETE, |it| {
        it.signed().authorization("SignedHeaders=", "SignedHeaders=host, SignedHeaders=")
    }),
    ("names in small letters", INCOMPLETE, |it| {
        it.signed().authorization("Signature=", "signature=")
    }),
    ("a space before the equals sign", INCOMPLETE, |it| {
        it.signed().authorization("Credential=", "Credential =")
    }),
    ("a space before the signature", INCOMPLETE, |it| {
        it.signed().authorization("Signature=", "Signature= ")
    }),
    ("semicolons for commas", INCOMPLETE, |it| {
        it.signed().authorization(", Signature=", "; Signature=")
    }),
    ("an empty signature", INCOMPLETE, |it| it.signed().signature(|_| String::new())),
    ("a signature without its last digit", INCOMPLETE, |it| {
        it.signed().signature(|it| it[..63].to_owned())
    }),
    ("half a signature", INCOMPLETE, |it| it.signed().signature(|it| it[..32].to_owned())),
    ("a signature with a digit more", INCOMPLETE, |it| {
        it.signed().signature(|it| format!("{it}0"))
    }),
    ("a signature in capitals", INCOMPLETE, |it| {
        it.signed().signature(|it| format!("A{}", it[1..].to_uppercase()))
    }),
    ("a signature in no hex", INCOMPLETE, |it| {
        it.signed().signature(|it| format!("g{}", &it[1..]))
    }),
    ("a signature with a space in it", INCOMPLETE, |it| {
        it.signed().signature(|it| it.replacen(&it[3..4], " ", 1))
    }),
    ("a signature in base64", INCOMPLETE, |it| {
        it.signed().signature(|_| "frJIUN8DYpKDtOLCwo//yllqDzg=".into())
    }),
    ("zeros", INVALID, |it| it.signed().signature(|_| "0".repeat(64))),
    ("another first digit", INVALID, |it| it.signed().signature(|it| other_digit(it, 0))),
    ("another last digit", INVALID, |it| it.signed().signature(|it| other_digit(it, 63))),
    ("a signature backwards", INVALID, |it| it.signed().signature(|it| it.chars().rev().collect())),
    ("another request's signature", INVALID, |it| {
        let other = it.clone().with(|it| it.body = b"{}".to_vec()).signed();
        it.signed().authorized_as(&other)
    }),
];

fn other_digit(signature: &str, at: usize) -> String {
    let digit = if &signature[at..=at] == "0" { "1" } else { "0" };
    format!("{}{digit}{}", &signature[..at], &signature[at + 1..])
}

/// Key and scope.
const CREDENTIAL: &[Case] = &[
    ("four parts", INCOMPLETE, |it| it.signed().authorization("/aws4_request", "")),
    ("six parts", INCOMPLETE, |it| it.signed().authorization("/aws4_request", "/x/aws4_request")),
    ("an empty part", INCOMPLETE, |it| it.signed().authorization("/us-east-1/", "//")),
    ("no key", INCOMPLETE, |it| it.with(|it| it.keys.id.clear()).signed()),
    ("another end", INCOMPLETE, |it| it.with(|it| it.scope[3] = "aws4_reqest".into()).signed()),
    ("another end after it was signed", INCOMPLETE, |it| {
        it.signed().authorization("/aws4_request", "/aws5_request")
    }),
    ("another secret", INVALID, |it| it.with(|it| it.keys.secret.push('x')).signed()),
    ("no secret", INVALID, |it| it.with(|it| it.keys.secret.clear()).signed()),
    ("another account's secret under our key", INVALID, |it| {
        it.with(|it| it.keys.secret = it.known.other.secret.clone()).signed()
    }),
    ("our secret under another account's key", INVALID, |it| {
        it.with(|it| it.keys.id = it.known.other.id.clone()).signed()
    }),
    ("the secret not behind AWS4", INVALID, |it| it.with(|it| it.prefix = "").signed()),
    ("the secret behind AWS4A", INVALID, |it| it.with(|it| it.prefix = "AWS4A").signed()),
    ("a key that nobody has", UNKNOWN, |it| {
        it.with(|it| it.keys.id = "AKIAIOSFODNN7EXAMPLE".into()).signed()
    }),
    ("a key in small letters", UNKNOWN, |it| {
        it.with(|it| it.keys.id = it.keys.id.to_lowercase()).signed()
    }),
    ("a key with a space", UNKNOWN, |it| it.with(|it| it.keys.id.push(' ')).signed()),
    ("a key in percent-encoding", UNKNOWN, |it| {
        it.with(|it| it.keys.id = format!("%41{}", &it.keys.id[1..])).signed()
    }),
    ("a key with SQL", UNKNOWN, |it| it.with(|it| it.keys.id = "' OR '1'='1".into()).signed()),
    ("a deleted key", UNKNOWN, |it| it.by(|it| it.deleted.clone()).signed()),
    ("an inactive key", UNKNOWN, |it| it.by(|it| it.inactive.clone()).signed()),
    ("another region", INVALID, |it| it.with(|it| it.scope[1] = "eu-west-1".into()).signed()),
    ("every region", INVALID, |it| it.with(|it| it.scope[1] = "*".into()).signed()),
    ("a region in capitals", INVALID, |it| it.with(|it| it.scope[1] = "US-EAST-1".into()).signed()),
    ("another region after it was signed", INVALID, |it| {
        it.signed().authorization("us-east-1", "eu-west-1")
    }),
    ("our region after it was signed for another", INVALID, |it| {
        it.with(|it| it.scope[1] = "eu-west-1".into())
            .signed()
            .authorization("eu-west-1", "us-east-1")
    }),
    ("another service", INVALID, |it| it.with(|it| it.scope[2] = "ssm".into()).signed()),
    ("S3", INVALID, |it| it.with(|it| it.scope[2] = "s3".into()).signed()),
    ("our service after it was signed for another", INVALID, |it| {
        it.with(|it| it.scope[2] = "ssm".into()).signed().authorization("/ssm/", "/secretsmanager/")
    }),
    ("another day in the scope", INVALID, |it| {
        it.with(|it| it.scope[0] = "20200101".into()).signed()
    }),
    ("the day after it was signed for another", INVALID, |it| {
        let today = it.scope[0].clone();
        let sent = it.with(|it| it.scope[0] = "20200101".into()).signed();
        sent.authorization("20200101", &today)
    }),
    ("a day that is none", INVALID, |it| it.with(|it| it.scope[0] = "00000000".into()).signed()),
    ("six minutes old", INVALID, |it| it.at(-360).signed()),
    ("a day old", INVALID, |it| it.at(-86_400).signed()),
    ("six minutes ahead", INVALID, |it| it.at(360).signed()),
    ("a day ahead", INVALID, |it| it.at(86_400).signed()),
];

/// Which headers are signed, and what becomes of them.
const HEADERS: &[Case] = &[
    ("no date", INCOMPLETE, |it| it.signed().without("x-amz-date")),
    ("the date twice", INCOMPLETE, |it| {
        let date = it.date.clone();
        it.signed().header("x-amz-date", &date)
    }),
    ("a date by another name", INCOMPLETE, |it| {
        it.header("date", "Mon, 23 Nov 2026 13:00:00 GMT").signed_as_it_stands()
    }),
    ("a date of another form", INCOMPLETE, |it| {
        it.with(|it| it.date = "2026-11-23T13:00:00Z".into()).signed()
    }),
    ("a date in words", INCOMPLETE, |it| it.with(|it| it.date = "now".into()).signed()),
    ("a thirteenth month", INCOMPLETE, |it| {
        it.with(|it| it.date = "20261323T130000Z".into()).signed()
    }),
    ("another date than was signed", INVALID, |it| {
        let later = it.known.now.plus_seconds(1).amz_date();
        it.signed().edit("x-amz-date", |_| later.clone())
    }),
    ("the Host not signed", INCOMPLETE, |it| {
        it.with(|it| {
            it.names = Some("content-type;x-amz-content-sha256;x-amz-date;x-amz-target".into())
        })
        .signed()
    }),
    ("the target not signed", INCOMPLETE, |it| {
        it.with(|it| it.names = Some("content-type;host;x-amz-content-sha256;x-amz-date".into()))
            .signed()
    }),
    ("the date not signed", INCOMPLETE, |it| {
        it.with(|it| it.names = Some("content-type;host;x-amz-content-sha256;x-amz-target".into()))
            .signed()
    }),
    ("nothing signed", INCOMPLETE, |it| it.with(|it| it.names = Some(String::new())).signed()),
    ("only the Host signed", INCOMPLETE, |it| {
        it.with(|it| it.names = Some("host".into())).signed()
    }),
    ("names out of order", INCOMPLETE, |it| {
        it.with(|it| {
            it.names = Some("host;content-type;x-amz-content-sha256;x-amz-date;x-amz-target".into())
        })
        .signed()
    }),
    ("a name twice", INCOMPLETE, |it| {
        it.with(|it| {
            it.names = Some("host;host;x-amz-content-sha256;x-amz-date;x-amz-target".into())
        })
        .signed()
    }),
    ("names in capitals", INCOMPLETE, |it| {
        it.with(|it| it.names = Some("Host;X-Amz-Content-Sha256;X-Amz-Date;X-Amz-Target".into()))
            .signed()
    }),
    ("an empty name", INCOMPLETE, |it| {
        it.with(|it| it.names = Some(";host;x-amz-content-sha256;x-amz-date;x-amz-target".into()))
            .signed()
    }),
    ("spaces for semicolons", INCOMPLETE, |it| {
        it.with(|it| it.names = Some("host x-amz-content-sha256 x-amz-date x-amz-target".into()))
            .signed()
    }),
    ("more names than are taken", INCOMPLETE, |it| {
        it.with(|it| {
            it.names = Some((100..165).map(|at| format!("h{at}")).collect::<Vec<_>>().join(";"))
        })
        .signed()
    }),
    ("a signed header that is not there", INCOMPLETE, |it| {
        it.with(|it| {
            it.names = Some("host;x-absent;x-amz-content-sha256;x-amz-date;x-amz-target".into())
        })
        .signed()
    }),
    ("a signed header that was taken out", INCOMPLETE, |it| it.signed().without("content-type")),
    ("a name taken out of what was signed", INVALID, |it| {
        it.signed().authorization("content-type;", "")
    }),
    ("a header of AWS's that came later", INCOMPLETE, |it| it.signed().header("x-amz-more", "1")),
    ("a session token that came later", UNKNOWN, |it| {
        it.signed().header("x-amz-security-token", "t")
    }),
    ("another signed header's value", INVALID, |it| {
        it.signed().edit("content-type", |_| "application/x-amz-json-1.0".into())
    }),
    ("a second value of a signed header", INVALID, |it| {
        it.signed().header("content-type", "text/plain")
    }),
    ("another name of the same server", INVALID, |it| {
        it.signed().edit("host", |host| host.replace("127.0.0.1", "localhost"))
    }),
];

/// Body, method, path and query, and what is said of them.
const BODY: &[Case] = &[
    ("another body", INVALID, |it| {
        it.signed().with(|it| it.body = b"{\"Name\":\"b\",\"SecretString\":\"s\"}".to_vec())
    }),
    ("a longer body", INVALID, |it| it.signed().with(|it| it.body.push(b' '))),
    ("no body", INVALID, |it| it.signed().with(|it| it.body.clear())),
    ("another body's hash, signed", INVALID, |it| {
        it.with(|it| it.payload = Some(hash(b"{}"))).signed()
    }),
    ("the hash of nothing, signed", INVALID, |it| {
        it.with(|it| it.payload = Some(hash(b""))).signed()
    }),
    ("another hash after it was signed", INVALID, |it| {
        it.signed().edit("x-amz-content-sha256", |_| hash(b"{}"))
    }),
    ("another body, and its hash", INVALID, |it| {
        it.signed()
            .edit("x-amz-content-sha256", |_| hash(b"{}"))
            .with(|it| it.body = b"{}".to_vec())
    }),
    ("UNSIGNED-PAYLOAD", INVALID, |it| {
        it.with(|it| it.payload = Some("UNSIGNED-PAYLOAD".into())).signed()
    }),
    ("UNSIGNED-PAYLOAD for a hash", INVALID, |it| {
        it.signed().edit("x-amz-content-sha256", |_| "UNSIGNED-PAYLOAD".into())
    }),
    ("UNSIGNED-PAYLOAD over another body", INVALID, |it| {
        let sent = it.with(|it| it.payload = Some("UNSIGNED-PAYLOAD".into())).signed();
        sent.with(|it| it.body = b"{}".to_vec())
    }),
    ("signed chunks", INVALID, |it| {
        it.with(|it| it.payload = Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD".into())).signed()
    }),
    ("unsigned chunks", INVALID, |it| {
        it.with(|it| it.payload = Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER".into())).signed()
    }),
    ("the hash in capitals", INVALID, |it| {
        it.with(|it| it.payload = Some(hash(&it.body).to_uppercase())).signed()
    }),
    ("the hash cut off", INVALID, |it| {
        it.with(|it| it.payload = Some(hash(&it.body)[..32].to_owned())).signed()
    }),
    ("another target", INVALID, |it| {
        it.signed().edit("x-amz-target", |_| "secretsmanager.PutSecretValue".into())
    }),
    ("another path", INVALID, |it| it.signed().with(|it| it.path = "/x".into())),
    ("a query", INVALID, |it| it.signed().parameter("a=b")),
    ("a query less", INVALID, |it| {
        it.with(|it| it.query.push("a=b".into())).signed().without_parameter("a")
    }),
    ("a parameter's other value", INVALID, |it| {
        it.with(|it| it.query.push("a=b".into())).signed().query("a=b", "a=c")
    }),
    ("signed for another method", INVALID, |it| {
        it.with(|it| it.method = "PUT").signed().with(|it| it.method = "POST")
    }),
    ("a path that was not encoded once more", INVALID, |it| {
        it.with(|it| it.path = "/a%20b".into()).signed()
    }),
    ("a path encoded twice", INVALID, |it| {
        it.with(|it| it.path = "/a%2520b".into()).signed().with(|it| it.path = "/a%252520b".into())
    }),
    ("a query out of order", INVALID, |it| {
        it.with(|it| it.query = vec!["b=1&a=2".into()]).signed()
    }),
];

const QUERY_INCOMPLETE: &str = "<Code>IncompleteSignature</Code>";
const DIFFERS: &str = "<Code>SignatureDoesNotMatch</Code>";
const NO_CLIENT: &str = "<Code>InvalidClientTokenId</Code>";

/// The same in the words of forms.
const USER: &[Case] = &[
    ("no signature", "<Code>MissingAuthenticationToken</Code>", |it| {
        it.signed().without("authorization")
    }),
    ("SigV2 in the form", "<Code>MissingAuthenticationToken</Code>", |it| {
        let more = format!(
            "&AWSAccessKeyId={}&SignatureVersion=2&SignatureMethod=HmacSHA256&Signature=x",
            it.keys.id
        );
        it.with(|it| it.body.extend(more.into_bytes())).signed().without("authorization")
    }),
    ("SigV4A", QUERY_INCOMPLETE, |it| {
        it.with(|it| it.algorithm = "AWS4-ECDSA-P256-SHA256").signed()
    }),
    ("two Authorizations", QUERY_INCOMPLETE, |it| it.signed().header("authorization", "x")),
    ("another user", DIFFERS, |it| it.signed().with(|it| it.body.push(b'x'))),
    ("another action, and its hash", DIFFERS, |it| {
        let body = format!("Action=DeleteUser&Version=2010-05-08&UserName={}", escaped("ada"))
            .into_bytes();
        it.signed().edit("x-amz-content-sha256", |_| hash(&body)).with(|it| it.body = body.clone())
    }),
    ("another secret", DIFFERS, |it| it.with(|it| it.keys.secret = "s".into()).signed()),
    ("another region", DIFFERS, |it| it.with(|it| it.scope[1] = "cn-north-1".into()).signed()),
    ("another service", DIFFERS, |it| it.with(|it| it.scope[2] = "sts".into()).signed()),
    ("too old", DIFFERS, |it| it.at(-360).signed()),
    ("too new", DIFFERS, |it| it.at(360).signed()),
    ("the Host not signed", QUERY_INCOMPLETE, |it| {
        it.with(|it| it.names = Some("content-type;x-amz-content-sha256;x-amz-date".into()))
            .signed()
    }),
    ("UNSIGNED-PAYLOAD", DIFFERS, |it| {
        it.with(|it| it.payload = Some("UNSIGNED-PAYLOAD".into())).signed()
    }),
    ("a deleted key", NO_CLIENT, |it| it.by(|it| it.deleted.clone()).signed()),
    ("an inactive key", NO_CLIENT, |it| it.by(|it| it.inactive.clone()).signed()),
];
