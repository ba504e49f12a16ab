//! Put in at `POST /`. Whoever calls sees the status and the exception of the protocol that they
//! spoke; there is no anonymous way in.

use domain::Secret;
use egress::{HeaderName, HeaderValue, Method, Request, Url, header};
use serde_json::json;
use testkit::{Caller, World};
use wire::Service;
use wire::sigv4::Credentials;

use super::{Table, refusal, seen};

const X_AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_not_signed_as_it_must_be_says_what_differs() {
    let world = World::start().await;
    let mut table = Table::of("signatures");
    let good = &world.caller;
    let key = |id: &str, secret: &str| Credentials {
        access_key_id: id.into(),
        secret_access_key: Secret::new(secret),
        session_token: None,
    };
    let id = good.credentials.access_key_id.to_string();
    let callers: [(&str, Caller, &[&str]); 3] = [
        (
            "an unknown key",
            good.with_key(key("AKIANOBODY", "s")),
            &["UnrecognizedClientException", "is not known here"],
        ),
        (
            "another secret",
            good.with_key(key(&id, "s")),
            &["InvalidSignatureException", "does not match the signature"],
        ),
        (
            "another region",
            good.with_region("eu-west-1"),
            &["InvalidSignatureException", "region 'us-east-1', not 'eu-west-1'"],
        ),
    ];
    for (what, caller, expect) in callers {
        let error = caller.call(Service::CodePipeline, "ListPipelines", &json!({})).await;
        table.row(what, &refusal(&error.expect_err(what)), expect);
    }
    let outgoing = good.sign(Service::CodePipeline, "ListPipelines", b"{}".to_vec(), 0);
    let send = async |headers: Vec<(String, String)>, body: &[u8]| {
        seen(&good.post("/", &headers, body.to_vec()).await)
    };
    let without = |names: &[&str]| {
        let kept = outgoing.headers.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.cloned().collect::<Vec<_>>()
    };
    let unsigned = send(without(&["authorization"]), b"{}").await;
    table.row("no signature", &unsigned, &["400", "MissingAuthenticationTokenException"]);
    let other = send(outgoing.headers.clone(), b"{\"maxResults\":1}").await;
    table.row("another body", &other, &["InvalidSignatureException", "x-amz-content-sha256"]);
    let mut more = outgoing.headers.clone();
    more.push(("x-amz-more".to_owned(), "1".to_owned()));
    let more = send(more, b"{}").await;
    table.row(
        "an unsigned header",
        &more,
        &["IncompleteSignatureException", "'x-amz-more' must be among"],
    );
    for (what, seconds, word) in
        [("a clock behind", -3600, "behind"), ("a clock ahead", 3600, "ahead of")]
    {
        let late = good.sign(Service::CodePipeline, "ListPipelines", b"{}".to_vec(), seconds);
        let late = send(late.headers, b"{}").await;
        table.row(what, &late, &["InvalidSignatureException", word, "the server's"]);
    }
    let own = good.sign(Service::Towpath, "ListPipelines", b"{}".to_vec(), 0);
    let target = |(name, value): (String, String)| match &*name {
        "x-amz-target" => (name, "CodePipeline_20150709.ListPipelines".to_owned()),
        _ => (name, value),
    };
    let scope = send(own.headers.into_iter().map(target).collect(), b"{}").await;
    table.row(
        "another service",
        &scope,
        &["InvalidSignatureException", "service 'codepipeline', not 'towpath'"],
    );
    table.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_none_is_answered_in_its_own_protocol() {
    let world = World::start().await;
    let mut table = Table::of("protocols");
    let post = async |path: &str, headers: &[(&str, &str)], body: &[u8]| {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = world.caller.post(path, &headers, body.to_vec()).await;
        let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
        format!("{} {}", kind.unwrap_or_default(), seen(&answer))
    };
    let form = ("content-type", "application/x-www-form-urlencoded");
    let nobody = post("/", &[], b"").await;
    table.row("nothing", &nobody, &["404", "UnknownOperationException", "no AWS request"]);
    let target = post("/", &[("x-amz-target", "CodePipeline_20150709.MakeTea")], b"{}").await;
    table.row("an unknown operation", &target, &["404", "UnknownOperationException", "MakeTea"]);
    let target = post("/", &[("x-amz-target", "TeaPot_1.Brew")], b"{}").await;
    table.row("an unknown service", &target, &["404", "UnknownOperationException", "TeaPot_1"]);
    let action = post("/", &[form], b"Action=MakeTea&Version=2011-06-15").await;
    table.row("an unknown action", &action, &["xml", "400", "<Code>InvalidAction</Code>"]);
    let unsigned = post("/", &[form], b"Action=GetCallerIdentity&Version=2011-06-15").await;
    table.row("an unsigned action", &unsigned, &["xml", "403", "MissingAuthenticationToken"]);
    let path = "/service/CodePipeline_20150709/operation/ListPipelines";
    let cbor = post(path, &[("smithy-protocol", "rpc-v2-cbor")], b"").await;
    table.row(
        "CBOR",
        &cbor,
        &["application/cbor", "415", "UnsupportedMediaTypeException", "awsJson"],
    );
    let large = vec![b' '; 2 * 1024 * 1024 + 1];
    let words = ["413", "RequestEntityTooLarge", "larger than 2097152 bytes"];
    let target = ("x-amz-target", "CodePipeline_20150709.ListPipelines");
    let kinds =
        [(target, "json"), (form, "<RequestId>"), (("smithy-protocol", "rpc-v2-cbor"), "cbor")];
    for (header, shape) in kinds {
        let answer = post("/", &[header], &large).await;
        table.row("a byte too many", &answer, &[&words[..], &[shape]].concat());
    }
    let json = world.caller.sign(Service::CodePipeline, "ListPipelines", b"tea".to_vec(), 0);
    let json = seen(&world.caller.post("/", &json.headers, json.body).await);
    table.row("no JSON", &json, &["400", "SerializationException"]);
    let bodies: [(&str, &[u8], &str); 13] = [
        ("a byte order mark", b"\xef\xbb\xbf{}", "not valid JSON"),
        ("null", b"null", "found null"),
        ("a list", b"[]", "found a list"),
        ("a text", b"\"app\"", "found a string"),
        ("half a character", b"{\"name\":\"\\ud800\"}", "not valid JSON"),
        ("a byte of Latin-1", b"{\"name\":\"\xe9\"}", "not valid JSON"),
        ("a member twice", b"{\"name\":\"a\",\"name\":\"b\"}", "'name' stands twice"),
        ("words behind the end", b"{\"name\":\"a\"} b", "trailing characters"),
        ("no number", b"{\"version\":NaN}", "not valid JSON"),
        ("a number without end", b"{\"version\":1e400}", "number out of range"),
        ("half a version", b"{\"version\":1.5}", "Expected an integer at 'version'"),
        ("a number as text", b"{\"version\":\"1\"}", "Expected an integer at 'version'"),
        ("lists without end", &[b'['; 4096], "nest deeper than 32"),
    ];
    for (what, body, words) in bodies {
        let sent = world.caller.sign(Service::CodePipeline, "GetPipeline", body.to_vec(), 0);
        let answer = seen(&world.caller.post("/", &sent.headers, sent.body).await);
        table.row(what, &answer, &["400", "SerializationException", words]);
    }
    let mut packed = world.caller.sign(Service::CodePipeline, "ListPipelines", b"{}".to_vec(), 0);
    packed.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    let packed = seen(&world.caller.post("/", &packed.headers, packed.body).await);
    table.row("a packed body", &packed, &["415", "Content-Encoding 'gzip' is not taken"]);
    let unversioned = post("/", &[form], b"Action=GetCallerIdentity").await;
    table.row("no version", &unversioned, &["xml", "400", "names no Version"]);
    let target = HeaderValue::from_static("CodePipeline_20150709.ListPipelines");
    let put = Request::new(Method::PUT, world.caller.at("/"));
    let put = seen(&world.caller.send(put.header(X_AMZ_TARGET, target)).await);
    table.row("a call by PUT", &put, &["405", "MethodNotAllowedException", "by POST, not by PUT"]);
    let elsewhere = Request::new(Method::GET, world.caller.at("/console/"))
        .header(header::HOST, HeaderValue::from_static("rebound.example"));
    let elsewhere = seen(&world.caller.send(elsewhere).await);
    table.row("another Host", &elsewhere, &["421", "not known by that Host"]);
    table.end();
}

/// Who opens the server's address sees the console; who calls it is answered as a caller.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_by_get_is_a_call_however_it_is_signed() {
    let world = World::start().await;
    let mut table = Table::of("calls by GET");
    let get = async |path: &str| {
        let answer = world.caller.send(Request::new(Method::GET, world.caller.at(path))).await;
        let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let id = answer.headers.contains_key("x-amzn-requestid");
        let id = if id { "with an id" } else { "without one" };
        format!("{} {} {id}", kind.unwrap_or_default(), seen(&answer))
    };
    let action = "/?Action=GetCallerIdentity&Version=2011-06-15";
    let signed = |expires: &str| {
        format!(
            "{action}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261122T101530Z\
             &X-Amz-Credential=K%2F20261122%2Fus-east-1%2Fsts%2Faws4_request\
             &X-Amz-SignedHeaders=host&X-Amz-Signature=00{expires}"
        )
    };
    let rows: [(&str, &str, &[&str]); 5] = [
        ("unsigned", action, &["403", "<Code>MissingAuthenticationToken</Code>"]),
        (
            "no lifetime",
            &signed(""),
            &["400", "IncompleteSignature", "requires &apos;X-Amz-Expires&apos;"],
        ),
        ("too long a life", &signed("&X-Amz-Expires=604801"), &["400", "X-Amz-Expires must be 1"]),
        ("a lifetime in words", &signed("&X-Amz-Expires=day"), &["400", "X-Amz-Expires must be 1"]),
        ("half a signature", &signed("&X-Amz-Expires=60"), &["400", "64 lower-case hex digits"]),
    ];
    for (what, path, words) in rows {
        let expected = [&["text/xml", "<RequestId>", "with an id"][..], words].concat();
        table.row(what, &get(path).await, &expected);
    }
    // The browser was led on to the console.
    let visit = get("/").await;
    assert!(visit.contains("<title>Sign in") && visit.contains("without one"), "{visit}");
    table.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_deleted_is_refused_at_its_next_call() {
    let world = World::start().await;
    let made = world.must(Service::Towpath, "CreateAccessKey", &json!({})).await;
    let text = |name: &str| made[name].as_str().expect("text").to_owned();
    let credentials = Credentials {
        access_key_id: text("accessKeyId").as_str().into(),
        secret_access_key: Secret::new(text("secretAccessKey")),
        session_token: None,
    };
    let other = world.caller.with_key(credentials);
    let list = async || other.call(Service::CodePipeline, "ListPipelines", &json!({})).await;
    list().await.expect("the new key is good");
    let asked = json!({ "accessKeyId": text("accessKeyId") });
    world.must(Service::Towpath, "DeleteAccessKey", &asked).await;
    let refused = list().await.expect_err("it is gone");
    assert_eq!(refused.code, "UnrecognizedClientException", "{refused}");
    let url: &Url = &world.caller.url;
    assert!(!refused.message.contains(url.as_str()));
}
