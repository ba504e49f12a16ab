//! What cannot be understood of GitHub's, and where it says so.

use domain::connection::ProviderType;
use webhooks::{Columns, Headers, normalise};

const KIND: ProviderType = ProviderType::GitHub;

fn headers(event: &str) -> Headers {
    Headers::from_iter([("X-GitHub-Event", event)])
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
        &format!(r#"{{"ref": "refs/tags/x", "after": "{sha}", "head_commit": []}}"#),
        "/head_commit: invalid type: sequence, expected a map",
    );
    let push = format!(r#"{{"ref": "refs/heads/x", "after": "{sha}"}}"#);
    refused("push", &push, "/repository: missing");
    refused("pull_request", "{}", "/pull_request: missing");
    refused("repository", "{}", "/action: missing");
}

#[test]
fn the_event_comes_from_exactly_one_header() {
    let twice = Headers::from_iter([("x-github-event", "a"), ("X-GitHub-Event", "b")]);
    for headers in [Headers::default(), headers(""), twice] {
        assert_eq!(
            normalise(KIND, &headers, b"{}").map_err(|it| it.place),
            Err("x-github-event".to_owned())
        );
    }
}

#[test]
fn what_decorates_a_push_does_not_make_it_unusable() {
    let sha = "a".repeat(40);
    let check = |beside: &str| {
        let body = format!(
            r#"{{"ref": "refs/heads/x", "before": "{sha}", "after": "{sha}",
                "repository": {{"id": 1, "full_name": "a/b"}}, {beside}}}"#
        );
        let changes = normalise(KIND, &headers("push"), body.as_bytes()).expect(beside);
        assert_eq!(Columns::of(&changes[0]).head.as_ref(), Some(&sha), "{beside}");
    };
    check(r#""head_commit": {"author": "Ada"}"#);
    check(r#""head_commit": {"message": "\ud800"}"#);
    check(r#""head_commit": "none""#);
    check(r#""sender": {"login": 7}"#);
    check(r#""sender": "Ada""#);
}

#[test]
fn a_request_whose_sides_git_could_not_have_is_unusable() {
    let sha = "a".repeat(40);
    let refused_as = |number: &str, head: &str, from: &str, to: &str, expect: &str| {
        let body = format!(
            r#"{{"action": "opened", {number}, "repository": {{"id": 1, "full_name": "a/b"}},
                "pull_request": {{"number": 0, "head": {{"sha": "{head}", "ref": "{from}"}},
                "base": {{"ref": "{to}"}}}}}}"#
        );
        let made = normalise(KIND, &headers("pull_request"), body.as_bytes());
        assert_eq!(made.expect_err(expect).place, expect);
    };
    let (good, zeros) = (r#""number": 1"#, "0".repeat(40));
    refused_as(good, &sha, r"a b\n$(id)", "main", "/pull_request/head/ref");
    refused_as(good, &sha, "topic", "-x", "/pull_request/base/ref");
    refused_as(good, &zeros, "topic", "main", "/pull_request/head/sha");
    refused_as(r#""number": null"#, &sha, "topic", "main", "/pull_request/number");
    refused_as(r#""number": 0"#, &sha, "topic", "main", "/number");
    let group = format!(
        r#"{{"action": "checks_requested", "merge_group": {{"head_sha": "{sha}",
            "head_ref": "refs/heads/-x", "base_ref": "refs/heads/main"}}}}"#
    );
    let refused = normalise(KIND, &headers("merge_group"), group.as_bytes());
    assert_eq!(refused.expect_err("a dash").place, "/merge_group/head_ref");
}

#[test]
fn a_name_that_no_repository_has_is_unusable() {
    let sha = "a".repeat(40);
    for name in ["", "ab", "../../b", r"a/b\n\u001b[31m"] {
        let body = format!(
            r#"{{"ref": "refs/heads/x", "before": "{sha}", "after": "{sha}",
                "repository": {{"id": 1, "full_name": "{name}"}}}}"#
        );
        let refused = normalise(KIND, &headers("push"), body.as_bytes()).expect_err(name);
        assert_eq!(refused.place, "/repository/full_name", "{name}");
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
