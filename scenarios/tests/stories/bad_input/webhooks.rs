//! Put in at `POST /hooks/<id>`. Who sends it sees an HTTP status and a sentence; what was signed
//! well is taken, and its delivery says what is wrong with it.

use practice_forge::Misbehaviour;
use serde_json::{Value, json};
use testkit::World;
use testkit::declarations::{app, commands};

use super::{Table, seen};

async fn watching() -> World {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_of_ours_signed_is_refused() {
    let world = watching().await;
    let mut table = Table::of("unsigned deliveries");
    let path = format!("/hooks/{}", world.hook().await.id);
    let body = br#"{"ref":"refs/heads/main"}"#;
    let zeros = format!("sha256={}", "0".repeat(64));
    let upper = format!("sha256={}", "A".repeat(64));
    type Row<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a [&'a str]);
    let rows: [Row<'_>; 8] = [
        ("no signature", vec![], &["401", "X-Hub-Signature-256 is missing"]),
        ("another secret", vec![("x-hub-signature-256", &zeros)], &["401", "does not fit"]),
        ("SHA-1 only", vec![("x-hub-signature", "sha1=00")], &["401", "only a SHA-1 signature"]),
        ("a cut one", vec![("x-hub-signature-256", "sha256=00")], &["401", "64 lower-case hex"]),
        ("no algorithm", vec![("x-hub-signature-256", &zeros[7..])], &["401", "must be sha256="]),
        ("upper case", vec![("x-hub-signature-256", &upper)], &["401", "64 lower-case hex"]),
        (
            "two signatures",
            vec![("x-hub-signature-256", &zeros), ("x-hub-signature-256", &zeros)],
            &["401", "came more than once"],
        ),
        ("another forge's token", vec![("x-gitlab-token", "t")], &["401", "is missing"]),
    ];
    for (what, headers, expect) in rows {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = world.caller.post(&path, &headers, body.to_vec()).await;
        table.row(what, &seen(&answer), expect);
    }
    let answer = world.caller.post("/hooks/nobody", &[], body.to_vec()).await;
    table.row("an unknown hook", &seen(&answer), &["404", "there is no hook at this address"]);
    let answer = world.caller.post(&path, &[], vec![b' '; 25 * 1024 * 1024 + 1]).await;
    table.row("a byte too many", &seen(&answer), &["413", "larger than 26214400 bytes"]);
    let answer = world.caller.get(&path).await;
    table.row("a GET", &seen(&answer), &["405", "webhooks are sent here by POST"]);
    table.end();
    world.settle().await;
    assert_eq!(world.deliveries().await.len(), 1, "nothing but the ping was written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_and_cannot_be_read_says_where_and_why() {
    let world = watching().await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.commit("main", &[("a", "1")]).await;
    let good: Value = serde_json::from_str(&world.last_push().body).expect("a push");
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect("a member") = value;
        body.to_string()
    };
    let rows: [(&str, &str, String, &[&str]); 9] = [
        ("not JSON", "push", "hello".to_owned(), &["unusable", "body", "not a JSON object"]),
        ("nothing", "push", String::new(), &["unusable", "body", "not a JSON object"]),
        ("a form", "push", "payload=%7B%7D".to_owned(), &["unusable", "application/json"]),
        ("an empty object", "push", "{}".to_owned(), &["unusable", "/ref", "missing"]),
        (
            "a branch called -evil",
            "push",
            with("/ref", json!("refs/heads/-evil")),
            &["unusable", "begins with '-'"],
        ),
        (
            "a ref with two dots",
            "push",
            with("/ref", json!("refs/heads/a..b")),
            &["unusable", "two dots"],
        ),
        (
            "no hash",
            "push",
            with("/after", json!("main")),
            &["unusable", "/after", "not a commit's hash"],
        ),
        (
            "another repository's push",
            "push",
            with("/repository/id", json!(4711)),
            &["unusable", "this hook is of practice/app"],
        ),
        ("an event that starts nothing", "star", "{}".to_owned(), &["filtered", "star"]),
    ];
    let mut table = Table::of("signed deliveries");
    for (what, event, body, expect) in rows {
        let answer = world.deliver(event, body.as_bytes()).await;
        table.row(what, &seen(&answer), &["202", "dlv-"]);
        world.settle().await;
        let told = world.deliveries().await.pop().expect("it was written down");
        table.row(what, &told["dispositions"][0].to_string(), expect);
    }
    table.end();
    assert_eq!(world.statuses("app").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_called_evil_that_was_really_pushed_is_unusable() {
    let world = watching().await;
    let commit = world.commit("elsewhere", &[("a", "1")]).await;
    world.settle().await;
    world.push_ref(&format!("{commit}:refs/heads/-evil")).await;
    world.settle().await;
    assert_eq!(world.outcomes().await, ["filtered", "unusable"]);
    assert_eq!(world.last_push().status_code, 202);
}
