//! Presigned calls: whoever has the link may make this call, and no other, and not for ever.

use super::draft::{Draft, Known, Sent};
use super::{Case, Family};

pub const FAMILIES: &[Family] =
    &[Family { name: "a presigned call", good: link, sign: presigned, cases: LINK }];

fn link(known: &Known) -> Draft {
    let query = ["Action=CreateUser", "Version=2010-05-08", "UserName=a%2Bb", "Path=%2Fx%2F"];
    Draft::new(known, "GET", "iam", "/").with(|it| it.query = query.map(str::to_owned).into())
}

fn presigned(draft: Draft) -> Sent {
    draft.presigned("60")
}

const MISSING: &str = "<Code>MissingAuthenticationToken</Code>";
const INCOMPLETE: &str = "<Code>IncompleteSignature</Code>";
const DIFFERS: &str = "<Code>SignatureDoesNotMatch</Code>";
const UNKNOWN: &str = "<Code>InvalidClientTokenId</Code>";

const LINK: &[Case] = &[
    ("no algorithm", MISSING, |it| presigned(it).without_parameter("X-Amz-Algorithm")),
    ("no credential", INCOMPLETE, |it| presigned(it).without_parameter("X-Amz-Credential")),
    ("no date", INCOMPLETE, |it| presigned(it).without_parameter("X-Amz-Date")),
    ("no lifetime", INCOMPLETE, |it| presigned(it).without_parameter("X-Amz-Expires")),
    ("no signed headers", INCOMPLETE, |it| presigned(it).without_parameter("X-Amz-SignedHeaders")),
    ("no signature", INCOMPLETE, |it| presigned(it).without_parameter("X-Amz-Signature")),
    ("two credentials", "<Code>MalformedQueryString</Code>", |it| {
        presigned(it).parameter("X-Amz-Credential=x")
    }),
    ("a lifetime of nothing", INCOMPLETE, |it| it.presigned("0")),
    ("a lifetime before its begin", INCOMPLETE, |it| it.presigned("-60")),
    ("a lifetime over a week", INCOMPLETE, |it| it.presigned("604801")),
    ("a lifetime without end", INCOMPLETE, |it| it.presigned("99999999999999999999")),
    ("a lifetime in words", INCOMPLETE, |it| it.presigned("day")),
    ("a lifetime in hex", INCOMPLETE, |it| it.presigned("0x3c")),
    ("no lifetime's number", INCOMPLETE, |it| it.presigned("")),
    ("a longer life than was signed", DIFFERS, |it| {
        presigned(it).query("Expires=60", "Expires=600")
    }),
    ("it is over", DIFFERS, |it| it.at(-120).presigned("60")),
    ("it was over for long", DIFFERS, |it| it.at(-700_000).presigned("604800")),
    ("it has not begun", DIFFERS, |it| it.at(3600).presigned("604800")),
    ("a later date than was signed", DIFFERS, |it| {
        let (old, new) = (it.known.now.plus_seconds(-120).amz_date(), it.known.now.amz_date());
        it.at(-120).presigned("60").query(&old, &new)
    }),
    ("SigV4A", INCOMPLETE, |it| {
        it.with(|it| it.algorithm = "AWS4-ECDSA-P256-SHA256").presigned("60")
    }),
    ("HMAC-SHA1", INCOMPLETE, |it| it.with(|it| it.algorithm = "AWS4-HMAC-SHA1").presigned("60")),
    ("a signature without its last digit", INCOMPLETE, |it| presigned(it).cut()),
    ("a signature in capitals", INCOMPLETE, |it| {
        presigned(it).query("X-Amz-Signature=", "X-Amz-Signature=A").cut()
    }),
    ("zeros", DIFFERS, |it| {
        let zeros = format!("X-Amz-Signature={}", "0".repeat(64));
        presigned(it).without_parameter("X-Amz-Signature").parameter(&zeros)
    }),
    ("another secret", DIFFERS, |it| presigned(it.with(|it| it.keys.secret = "s".into()))),
    ("another account's secret", DIFFERS, |it| {
        presigned(it.with(|it| it.keys.secret = it.known.other.secret.clone()))
    }),
    ("a deleted key", UNKNOWN, |it| presigned(it.by(|it| it.deleted.clone()))),
    ("an inactive key", UNKNOWN, |it| presigned(it.by(|it| it.inactive.clone()))),
    ("another key than signed", UNKNOWN, |it| {
        presigned(it).query("X-Amz-Credential=", "X-Amz-Credential=X")
    }),
    ("another region", DIFFERS, |it| presigned(it.with(|it| it.scope[1] = "eu-west-1".into()))),
    ("another service", DIFFERS, |it| presigned(it.with(|it| it.scope[2] = "sts".into()))),
    ("another day", DIFFERS, |it| presigned(it.with(|it| it.scope[0] = "20200101".into()))),
    ("another end", INCOMPLETE, |it| presigned(it.with(|it| it.scope[3] = "aws3_request".into()))),
    ("the Host not signed", INCOMPLETE, |it| {
        presigned(it.with(|it| it.names = Some(String::new())))
    }),
    ("another header signed", INCOMPLETE, |it| {
        presigned(it.header("accept", "x").with(|it| it.names = Some("accept".into())))
    }),
    ("a signed header that is not there", INCOMPLETE, |it| {
        presigned(it.with(|it| it.names = Some("absent;host".into())))
    }),
    ("another name of the same server", DIFFERS, |it| {
        presigned(it).edit("host", |host| host.replace("127.0.0.1", "localhost"))
    }),
    ("a header of AWS's", INCOMPLETE, |it| presigned(it).header("x-amz-more", "1")),
    ("a session token", UNKNOWN, |it| presigned(it).parameter("X-Amz-Security-Token=t")),
    ("another action", DIFFERS, |it| presigned(it).query("CreateUser", "DeleteUser")),
    ("another user", DIFFERS, |it| presigned(it).query("UserName=a", "UserName=b")),
    ("a parameter more", DIFFERS, |it| presigned(it).parameter("PermissionsBoundary=x")),
    ("a parameter less", DIFFERS, |it| presigned(it).without_parameter("Path")),
    ("a parameter twice", "<Code>MalformedQueryString</Code>", |it| {
        presigned(it).parameter("UserName=eve")
    }),
    ("a plus as it stands, which is a space", DIFFERS, |it| presigned(it).query("%2B", "+")),
    ("a text encoded twice", DIFFERS, |it| presigned(it).query("%2B", "%252B")),
    ("a query signed out of order", DIFFERS, |it| {
        presigned(it.with(|it| it.query = vec![it.query.join("&")]))
    }),
    ("a body", DIFFERS, |it| presigned(it).with(|it| it.body = b"x".to_vec())),
    ("signed for another method", DIFFERS, |it| {
        presigned(it.with(|it| it.method = "HEAD")).with(|it| it.method = "GET")
    }),
    ("signed with UNSIGNED-PAYLOAD", DIFFERS, |it| {
        presigned(it.with(|it| it.payload = Some("UNSIGNED-PAYLOAD".into())))
    }),
];
