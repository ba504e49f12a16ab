//! Deliveries in files, as a person at a terminal tries them out.

use super::super::tests::{Said, hear};
use super::*;
use clap::{Args, Command};
use std::io::Write;

fn file(content: impl AsRef<[u8]>) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_ref()).unwrap();
    file
}

fn read_args<A: Args>(words: &[&str]) -> Result<A, clap::Error> {
    let command = A::augment_args(Command::new("towpath")).no_binary_name(true);
    A::from_arg_matches(&command.try_get_matches_from(words)?)
}

fn normalised(provider: &str, headers: &[&str], body: &[u8]) -> Said {
    let mut words = vec!["--provider", provider, "-"];
    headers.iter().for_each(|header| words.extend(["--header", header]));
    let args = read_args(&words).unwrap();
    hear(|output| normalise(&args, &mut &body[..], output))
}

const SERVER_PUSH: &str = r#"{"eventKey": "repo:refs_changed",
  "repository": {"id": 41, "slug": "engine", "project": {"key": "WORKS"}}, "changes": [
  {"ref": {"id": "refs/heads/main"}, "fromHash": "BEFORE", "toHash": "AFTER", "type": "UPDATE"},
  {"ref": {"id": "refs/tags/v1"}, "fromHash": "BEFORE", "toHash": "NONE", "type": "DELETE"}
]}"#;

fn server_push() -> String {
    let hashes = [("BEFORE", "a"), ("AFTER", "b"), ("NONE", "0")];
    let with = |text: String, (word, digit): (&str, &str)| text.replace(word, &digit.repeat(40));
    hashes.into_iter().fold(SERVER_PUSH.to_owned(), with)
}

#[test]
fn each_change_is_a_line_and_what_is_absent_is_null() {
    let said = normalised("bitbucket-server", &[], server_push().as_bytes());
    let (a, b) = ("a".repeat(40), "b".repeat(40));
    let main = format!(
        r#"{{"change_index":0,"kind":"push","action":"updated","repo":"WORKS/engine","ref_type":"branch","ref":"main","before":"{a}","head":"{b}","pr":null,"pr_source":null,"pr_target":null,"pr_source_repo":null,"fork":null,"deleted":false,"forced":null,"reason":null}}"#
    );
    let tag = format!(
        r#"{{"change_index":1,"kind":"tag_delete","action":"deleted","repo":"WORKS/engine","ref_type":"tag","ref":"v1","before":"{a}","head":null,"pr":null,"pr_source":null,"pr_target":null,"pr_source_repo":null,"fork":null,"deleted":true,"forced":null,"reason":null}}"#
    );
    assert_eq!(said.answer, format!("{main}\n{tag}\n"));
    assert_eq!((said.code, &*said.words), (0, ""));
}

#[test]
fn a_delivery_without_a_change_is_one_ignored_line_with_its_reason() {
    for (provider, header, body, reason) in [
        ("github", "X-GitHub-Event: star", r#"{"action": "created"}"#, "a star event starts no"),
        ("ghes", "x-github-event:star", "{}", "a star event starts no pipeline"),
        ("gitlab", "X-Gitlab-Event: Issue Hook", r#"{"object_kind": "issue"}"#, "a issue event"),
        ("gitlab-self-managed", "A: b", r#"{"event_name": "key_create"}"#, "a key_create event"),
        ("bitbucket", "X-Event-Key: repo:fork", "{}", "a repo:fork event starts no pipeline"),
        ("bitbucket-server", "X-Event-Key: repo:forked", "{}", "a repo:forked event starts no"),
    ] {
        let said = normalised(provider, &[header], body.as_bytes());
        assert_eq!((said.code, said.answer.lines().count()), (0, 1), "{}", said.words);
        let line: serde_json::Value = serde_json::from_str(&said.answer).unwrap();
        assert_eq!(line["kind"], "ignored", "{line}");
        assert!(line["reason"].as_str().unwrap().starts_with(reason), "{line}");
        assert!(line["pr"].is_null() && line["fork"].is_null() && line["head"].is_null());
    }
}

#[test]
fn what_is_not_understood_is_said_with_its_place() {
    let push = ["X-GitHub-Event: push"];
    for (provider, headers, body, words) in [
        (
            "github",
            &push[..],
            "{\n  oops",
            "body: not a JSON object: key must be a string at line 2 column 3",
        ),
        (
            "github",
            &push,
            "",
            "body: not a JSON object: EOF while parsing a value at line 1 column 0",
        ),
        ("github", &push, "\u{0}\u{1}", "line 1 column 1"),
        (
            "github",
            &push,
            "payload=%7B%7D",
            "the body is form-encoded; set the hook's content type",
        ),
        ("github", &push, r#"{"ref": "refs/heads/x"}"#, "/after: missing"),
        (
            "github",
            &[],
            "{}",
            "x-github-event: missing; GitHub always sends it (--header 'x-github-event: …')",
        ),
        (
            "github",
            &["X-GitHub-Event: push", "x-github-event: ping"],
            "{}",
            "x-github-event: sent more than once",
        ),
        (
            "bitbucket",
            &[],
            "{}",
            "x-event-key: missing; Bitbucket always sends it (--header 'x-event-key: …')",
        ),
        ("bitbucket-server", &[], "{}", "x-event-key: missing, and so is /eventKey"),
        ("gitlab", &[], "{}", "/object_kind: missing, and so is /event_name"),
    ] {
        let said = normalised(provider, headers, body.as_bytes());
        assert!(said.words.contains(words), "{}", said.words);
        assert_eq!((said.code, &*said.answer), (1, ""), "{}", said.words);
    }
}

#[test]
fn one_change_that_is_not_understood_does_not_silence_the_others() {
    let body = server_push().replace(r#""refs/tags/v1""#, r#""refs/tags/-v1""#);
    let said = normalised("bitbucket-server", &[], body.as_bytes());
    assert_eq!((said.code, said.answer.lines().count()), (1, 2));
    assert!(said.words.contains(r#"/changes/1/ref/id: "-v1" begins with '-'"#), "{}", said.words);
}

#[test]
fn a_header_is_read_without_the_end_of_its_line() {
    assert_eq!(header("X-GitHub-Event: push\r").map(|(_, value)| value).as_deref(), Ok("push"));
    assert_eq!(header("X-Hub: \tsha256=1 \r\n").map(|(_, value)| value).as_deref(), Ok("sha256=1"));
    let refused = header("X-GitHub-Event: pu\rsh").expect_err("no server hands that on");
    assert!(refused.contains("X-GitHub-Event has a control character"), "{refused}");
}

#[test]
fn files_that_cannot_be_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |file: &Path, words: &str| {
        let args = DeliveryArgs {
            provider: ProviderType::GitHub,
            headers: Vec::new(),
            file: file.to_owned(),
        };
        let said = hear(|output| normalise(&args, &mut io::empty(), output));
        assert_eq!(said.code, 2);
        assert!(said.words.contains(words), "{}", said.words);
    };
    check(&folder.path().join("absent"), "there is no such file");
    check(folder.path(), "this is a folder");
    let args = read_args(&["--provider", "github", "-"]).unwrap();
    let said = hear(|output| normalise(&args, &mut io::repeat(b' '), output));
    assert_eq!(said.code, 2);
    assert!(said.words.contains("it has more than 26214400 bytes"), "{}", said.words);
}

#[test]
fn a_wrong_command_line_says_what_would_be_right() {
    let refused = |words: &[&str]| read_args::<DeliveryArgs>(words).unwrap_err().to_string();
    let said = refused(&["--provider", "github.com", "-"]);
    for (name, _) in PROVIDERS {
        assert!(said.contains(name), "{said}");
    }
    let header = |header| refused(&["--provider", "github", "--header", header, "-"]);
    assert!(header("X-GitHub-Event push").contains("a name, a colon and a value"));
    assert!(header(": push").contains("is not a header's name"));
    assert!(header("X GitHub: push").contains("\"X GitHub\" is not a header's name"));
    assert!(refused(&["--provider", "github"]).contains("<FILE>"));
    assert!(refused(&["-"]).contains("--provider"));
    let at = ["--provider", "gitlab", "--secret-file", "s", "--at", "noon", "-"];
    let said = read_args::<VerifyArgs>(&at).unwrap_err().to_string();
    assert!(said.contains("2026-11-22T10:15:30Z"), "{said}");
}

fn verified(provider: &str, headers: &[&str], secret: &[u8], more: &[&str]) -> Said {
    let (secret, body) = (file(secret), file("Hello, World!"));
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
    let (secret_path, body_path) = (path(&secret), path(&body));
    let mut words = vec!["--provider", provider, "--secret-file", &secret_path, &body_path];
    headers.iter().for_each(|header| words.extend(["--header", header]));
    words.extend(more);
    let args = read_args::<VerifyArgs>(&words).unwrap();
    hear(|output| verify(&args, &mut io::empty(), output))
}

/// The example of GitHub's documentation, "Validating webhook deliveries".
const SECRET: &[u8] = b"It's a Secret to Everybody";
const GOOD: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

#[test]
fn only_a_valid_signature_exits_with_0() {
    let github = format!("X-Hub-Signature-256: sha256={GOOD}");
    let bitbucket = format!("X-Hub-Signature: sha256={GOOD}");
    let check = |provider, header: &str, secret: &[u8], code, words: &str| {
        let said = verified(provider, &[header], secret, &[]);
        assert_eq!(said.code, code, "{}", said.words);
        assert!(said.words.contains(words), "{}", said.words);
    };
    check("github", &github, SECRET, 0, "the signature is valid");
    check("ghes", &github, SECRET, 0, "the signature is valid");
    check("bitbucket", &bitbucket, SECRET, 0, "the signature is valid");
    check("bitbucket-server", &bitbucket, SECRET, 0, "the signature is valid");
    check("github", &bitbucket, SECRET, 1, "X-Hub-Signature came, as Bitbucket sends it");
    check("bitbucket", &github, SECRET, 1, "X-Hub-Signature-256 came, as GitHub sends it");
    check("github", &github, b"another", 1, "other bytes, or another secret");
    check("gitlab", "X-Gitlab-Token: a token", b"a token", 0, "the signature is valid");
    check("gitlab", "X-Gitlab-Token: a tokem", b"a token", 1, "not this hook's token");
    check("gitlab", "X-Gitlab-Token: whsec_b3RoZXI=", b"whsec_b3RoZXI=", 1, "only X-Gitlab-Token");
}

#[test]
fn a_signature_that_names_a_time_is_judged_as_of_another() {
    // By the reference library of Standard Webhooks: id "msg_1", time 1795342530.
    let headers = [
        "webhook-id: msg_1",
        "webhook-timestamp: 1795342530",
        "webhook-signature: v1,aKjs/c+YFRXKoxFqvkcXNxTITKWn4/uwCkRLQ+4OYs0=",
    ];
    let secret = b"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let then = verified("gitlab", &headers, secret, &["--at", "2026-11-22T10:15:30Z"]);
    assert_eq!(then.code, 0, "{}", then.words);
    let later = verified("gitlab", &headers, secret, &["--at", "2026-11-22T10:20:31Z"]);
    assert!(later.words.contains("it was signed 301 s from now"), "{}", later.words);
    assert_eq!(later.code, 1);
}

#[test]
fn a_secrets_file_is_its_text_without_a_line_end() {
    let header = format!("X-Hub-Signature-256: sha256={GOOD}");
    let check = |secret: &[u8], code, words: &str| {
        let said = verified("github", &[&header], secret, &[]);
        assert_eq!(said.code, code, "{}", said.words);
        assert!(said.words.contains(words), "{}", said.words);
    };
    let with = |end: &[u8]| [SECRET, end].concat();
    check(&with(b"\n"), 0, "the line end of the secret's file is not taken for part");
    check(&with(b"\r\n"), 0, "the line end of the secret's file is not taken for part");
    check(&with(b"\n\n"), 1, "another secret");
    check(&with(b" "), 1, "another secret");
    check(b"", 2, "it is empty; nothing can be signed");
    check(b"\n", 2, "it is empty; nothing can be signed");
    check(b"\xff", 2, "it is not UTF-8 text");
    check(&[b'x'; 8193], 2, "it has more than 8192 bytes");
    let args = ["--provider", "github", "--secret-file", "/nowhere", "-"];
    let args = read_args::<VerifyArgs>(&args).unwrap();
    let said = hear(|output| verify(&args, &mut io::empty(), output));
    assert_eq!((said.code, &*said.words), (2, "towpath: /nowhere: there is no such file\n"));
}
