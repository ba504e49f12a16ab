//! Small payloads of our own with what they are understood as beside them; a new case is a new
//! file. Below, what cannot be understood, and where it says so.

use domain::connection::ProviderType;
use std::path::Path;
use webhooks::{Headers, normalise};

const KIND: ProviderType = ProviderType::GitHub;

fn headers(event: &str) -> Headers {
    Headers::from_iter([("X-GitHub-Event", event)])
}

#[test]
fn each_payload_is_understood_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/github");
    let files =
        std::fs::read_dir(&folder).expect("the folder").map(|it| it.expect("a file").path());
    let payloads = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in payloads {
        let name = path.file_stem().and_then(|it| it.to_str()).expect("a name");
        let event = name.split("--").next().unwrap_or(name);
        let body = std::fs::read(&path).expect("a payload");
        let changes = normalise(KIND, &headers(event), &body).expect(name);
        let events: Vec<_> = changes.iter().map(|change| &change.event).collect();
        settings.bind(|| insta::assert_json_snapshot!(name, events));
    }
}

fn refused(event: &str, body: &str, expect: &str) {
    let refused = normalise(KIND, &headers(event), body.as_bytes()).map_err(|it| it.to_string());
    assert_eq!(refused, Err(expect.to_owned()), "{body}");
}

#[test]
fn what_cannot_be_understood_says_where_and_why() {
    let sha = "a".repeat(40);
    refused("push", "", "body: not a JSON object: EOF while parsing a value at line 1 column 0");
    refused(
        "push",
        "[]",
        "body: not a JSON object: invalid type: sequence, expected a map at line 1 column 0",
    );
    refused(
        "push",
        "payload=%7B%7D",
        "body: the body is form-encoded; set the hook's content type to application/json",
    );
    refused("push", "{}", "/ref: missing");
    refused("push", r#"{"ref": 5}"#, "/ref: invalid type: integer `5`, expected a string");
    refused(
        "push",
        r#"{"ref": "refs/heads/x"}"#,
        "/after: missing; a push says where the ref points now",
    );
    refused(
        "push",
        r#"{"ref": "refs/heads/x", "after": "HEAD"}"#,
        "/after: not a commit's hash: 40 or 64 lower-case hex digits",
    );
    refused(
        "push",
        r#"{"ref": "refs/heads/-evil"}"#,
        r#"/ref: "-evil" begins with '-', which commands take for an option; rename the branch or tag"#,
    );
    refused(
        "push",
        r#"{"ref": "refs/heads/../../x"}"#,
        r#"/ref: "../../x" is not a name that git allows: no two dots in a row"#,
    );
    refused(
        "push",
        &format!(r#"{{"ref": "refs/heads/x", "after": "{sha}", "repository": {{}}}}"#),
        "/repository/id: missing",
    );
    refused(
        "push",
        &format!(r#"{{"ref": "refs/heads/x", "after": "{sha}", "head_commit": []}}"#),
        "/head_commit: invalid type: sequence, expected a map",
    );
    refused("pull_request", "{}", "/pull_request: missing");
    refused("repository", "{}", "/action: missing");
}

#[test]
fn the_event_comes_from_exactly_one_header() {
    for headers in
        [Headers::default(), Headers::from_iter([("x-github-event", "a"), ("X-GitHub-Event", "b")])]
    {
        assert_eq!(
            normalise(KIND, &headers, b"{}").map_err(|it| it.place),
            Err("x-github-event".to_owned())
        );
    }
}

#[test]
fn depth_and_size_of_what_nobody_reads_do_not_matter() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!(r#"{{"action": "x", "deep": {deep}, "big": 1e400}}"#);
    assert!(normalise(KIND, &headers("star"), body.as_bytes()).is_ok());
}

#[test]
fn a_delivery_is_named_by_one_plain_header() {
    let id = |pairs: &[(&str, &str)]| {
        let headers = Headers::from_iter(pairs.iter().copied());
        webhooks::delivery_id(KIND, &headers).map(str::to_owned)
    };
    let guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    assert_eq!(id(&[("X-GitHub-Delivery", guid)]), Some(guid.to_owned()));
    for wrong in ["", "a b", &"a".repeat(129)] {
        assert_eq!(id(&[("X-GitHub-Delivery", wrong)]), None, "{wrong}");
    }
    assert_eq!(id(&[("X-GitHub-Delivery", "a"), ("X-GitHub-Delivery", "b")]), None);
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_reader(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        for event in ["push", "pull_request", "merge_group", "ping"] {
            let _ = normalise(KIND, &headers(event), &body);
        }
    }
}
