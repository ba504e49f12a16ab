//! Small payloads of our own with what they are understood as beside them; a new case is a new
//! file. Whatever is done to one of them, the reader says what it makes of it or where it stopped.

use domain::connection::ProviderType;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use webhooks::{Columns, Headers, event_header, normalise};

/// Each folder of payloads with the kind of forge that sends such.
const FORGES: [(&str, ProviderType); 4] = [
    ("github", ProviderType::GitHub),
    ("gitlab", ProviderType::GitLab),
    ("bitbucket", ProviderType::Bitbucket),
    ("bitbucket_server", ProviderType::BitbucketServer),
];

struct Payload {
    kind: ProviderType,
    name: String,
    headers: Headers,
    body: Vec<u8>,
}

fn folder(forge: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(forge)
}

/// The payloads of a forge. A file's name begins with the event, `.` where that has `:`.
fn payloads(forge: &str, kind: ProviderType) -> Vec<Payload> {
    let files = std::fs::read_dir(folder(forge)).expect("the folder");
    let files = files.map(|it| it.expect("a file").path());
    let json = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
    let read = |path: PathBuf| {
        let name = path.file_stem().and_then(|it| it.to_str()).expect("a name").to_owned();
        let event = name.split("--").next().unwrap_or(&name).replace('.', ":");
        let header = event_header(kind).expect("a header");
        let headers = Headers::from_iter([(header, event)]);
        Payload { kind, name, headers, body: std::fs::read(&path).expect("a payload") }
    };
    json.map(read).collect()
}

fn all() -> impl Iterator<Item = Payload> {
    FORGES.into_iter().flat_map(|(forge, kind)| payloads(forge, kind))
}

/// How what a body says is called, each change by itself.
fn kinds(kind: ProviderType, event: &str, body: &Value) -> Vec<String> {
    let headers = Headers::from_iter([(event_header(kind).expect("a header"), event)]);
    let changes = normalise(kind, &headers, body.to_string().as_bytes());
    let changes = changes.unwrap_or_else(|why| panic!("{body}: {why:?}"));
    changes.iter().map(|change| Columns::of(change).kind).collect()
}

#[test]
fn a_push_to_bitbucket_server_does_without_what_is_told_of_its_commit() {
    let (before, after) = ("a".repeat(40), "b".repeat(40));
    let id = "refs/heads/main";
    let change = json!({ "ref": { "id": id }, "fromHash": before, "toHash": after });
    let repository = json!({ "id": 7, "slug": "engine", "project": { "key": "ADA" } });
    for commit in [
        json!({ "id": after, "author": "x" }),
        json!({ "id": after, "message": 7 }),
        json!({ "message": "no hash" }),
        json!("x"),
    ] {
        let body = json!({ "repository": repository, "changes": [change], "toCommit": commit });
        assert_eq!(kinds(ProviderType::BitbucketServer, "repo:refs_changed", &body), ["push"]);
    }
}

#[test]
fn an_entry_that_is_no_change_costs_the_others_nothing() {
    let (before, after) = ("a".repeat(40), "b".repeat(40));
    let id = "refs/heads/main";
    let change = json!({ "ref": { "id": id }, "fromHash": before, "toHash": after });
    let repository = json!({ "id": 7, "slug": "engine", "project": { "key": "ADA" } });
    let body = json!({ "repository": repository, "changes": [change, 5] });
    let found = kinds(ProviderType::BitbucketServer, "repo:refs_changed", &body);
    assert_eq!(found, ["push", "ignored"]);
    let side = |hash| json!({ "type": "branch", "name": "main", "target": { "hash": hash } });
    let change = json!({ "old": side(&before), "new": side(&after) });
    let repository = json!({ "uuid": "{1}", "full_name": "ada/engine" });
    let body = json!({ "repository": repository, "push": { "changes": ["x", change] } });
    let found = kinds(ProviderType::Bitbucket, "repo:push", &body);
    assert_eq!(found, ["ignored", "push"]);
}

#[test]
fn each_payload_is_understood_as_its_snapshot_says() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (forge, kind) in FORGES {
        settings.set_snapshot_path(folder(forge));
        for Payload { name, headers, body, .. } in payloads(forge, kind) {
            let changes = normalise(kind, &headers, &body).expect(&name);
            let events: Vec<_> = changes.iter().map(|change| &change.event).collect();
            settings.bind(|| insta::assert_json_snapshot!(name.as_str(), events));
        }
    }
}

/// The paths of everything in a document, itself excepted.
fn paths(value: &Value, path: &str, into: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in below {
        let path = format!("{path}/{name}");
        into.push(path.clone());
        paths(value, &path, into);
    }
}

fn removed(whole: &Value, path: &str) -> Value {
    let mut whole = whole.clone();
    let (parent, name) = path.rsplit_once('/').expect("a path");
    match whole.pointer_mut(parent).expect("a parent") {
        Value::Object(members) => drop(members.remove(name)),
        Value::Array(items) => drop(items.remove(name.parse().expect("an index"))),
        _ => unreachable!("a parent has members"),
    }
    whole
}

fn replaced(whole: &Value, path: &str, by: &Value) -> Value {
    let mut whole = whole.clone();
    *whole.pointer_mut(path).expect("a member") = by.clone();
    whole
}

#[test]
fn whatever_is_done_to_a_payload_is_understood_or_named_by_its_place() {
    let zeros = "0".repeat(40);
    let values =
        [json!(null), json!(true), json!(-1), json!("-x"), json!([]), json!({}), json!([7])];
    let values: Vec<_> = values.into_iter().chain([json!(zeros), json!("refs/heads/x")]).collect();
    let (mut understood, mut unusable) = (0, 0);
    for Payload { kind, name, headers, body } in all() {
        let whole: Value = serde_json::from_slice(&body).expect("JSON");
        let mut places = Vec::new();
        paths(&whole, "", &mut places);
        for place in &places {
            let mutations = values.iter().map(|value| replaced(&whole, place, value));
            for mutation in mutations.chain([removed(&whole, place)]) {
                match normalise(kind, &headers, mutation.to_string().as_bytes()) {
                    Ok(changes) => {
                        assert!(!changes.is_empty(), "{name} {place}");
                        changes.iter().for_each(|change| drop(Columns::of(change)));
                        understood += 1;
                    }
                    Err(error) => {
                        let named = error.place.starts_with('/') && !error.why.is_empty();
                        assert!(named, "{name} {place}: {error}");
                        unusable += 1;
                    }
                }
            }
        }
    }
    println!("{understood} mutations understood, {unusable} unusable");
    assert!(understood > 0 && unusable > 0);
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_a_reader(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        for Payload { kind, headers, .. } in events() {
            let _ = normalise(*kind, headers, &body);
        }
    }

    #[test]
    fn a_payload_cut_or_spoilt_anywhere_breaks_no_reader(
        at in proptest::prelude::any::<proptest::sample::Index>(),
        byte in proptest::num::u8::ANY,
    ) {
        for Payload { kind, headers, body, .. } in events() {
            let at = at.index(body.len());
            let _ = normalise(*kind, headers, &body[..at]);
            let mut spoilt = body.clone();
            spoilt[at] = byte;
            let _ = normalise(*kind, headers, &spoilt);
        }
    }
}

/// One payload of every event of every forge, read once.
fn events() -> &'static [Payload] {
    static READ: std::sync::OnceLock<Vec<Payload>> = std::sync::OnceLock::new();
    READ.get_or_init(|| all().filter(|it| !it.name.contains("--")).collect())
}
