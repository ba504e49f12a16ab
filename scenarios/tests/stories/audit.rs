//! What was done is in the audit log, and the log shows if it was altered.

use cli::remote::{Output, audit};
use serde_json::{Value, json};
use store::{AuditRow, Changes, Store, StoreConfig, View};
use testkit::World;
use testkit::declarations::{app, commands};
use wire::Service::{CodePipeline, Towpath};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_told_by_whom_and_to_what_and_reading_is_not() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.must(CodePipeline, "GetPipeline", &json!({ "name": "app" })).await;
    let folder = tempfile::tempdir().expect("a folder");
    let backup = json!({ "path": folder.path().join("backup").display().to_string() });
    world.must(Towpath, "Backup", &backup).await;

    let page = world.must(Towpath, "ListAuditEntries", &json!({ "maxResults": 2 })).await;
    let actions = |page: &Value| -> Vec<String> {
        let entries = page["entries"].as_array().expect("entries").iter();
        entries.map(|entry| entry["action"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(actions(&page), ["towpath:Backup", "codepipeline:CreatePipeline"]);
    let made = &page["entries"][1];
    assert_eq!(made["principal"], "arn:aws:iam::000000000000:root");
    assert_eq!(made["resource"], "arn:aws:codepipeline:us-east-1:000000000000:app");
    assert!(made["accessKeyId"].as_str().is_some_and(|key| key.starts_with("AKIA")), "{made}");
    let next = json!({ "maxResults": 1, "nextToken": page["nextToken"] });
    let next = world.must(Towpath, "ListAuditEntries", &next).await;
    assert_eq!(next["entries"].as_array().map(Vec::len), Some(1), "the one before: {next}");
    assert!(!actions(&next).contains(&"codepipeline:CreatePipeline".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_somebody_altered_shows_without_the_server() {
    let mut world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.stop().await;
    let (done, said) = verify(&world).await;
    assert!(done.is_ok(), "{said}");

    let store = Store::open(&place(&world)).await.expect("the database");
    let (key, mut seen) = (AuditRow::at(&1, &1), View::new());
    store.load(&[key.clone().into()], &mut seen).await.expect("loaded");
    let row = seen.row::<AuditRow>(key).expect("it is there").clone();
    let mut changes = Changes::of_loop();
    changes.put(&seen, AuditRow { principal: "arn:aws:iam::000000000000:user/eve".into(), ..row });
    store.commit(changes).await.expect("the database takes it");
    let (done, said) = verify(&world).await;
    let failed = done.expect_err("it was altered");
    assert!(failed.contains("altered"), "{failed}");
    assert!(said.contains("chain 1: the entries 1 to 1 are not those that were sealed"), "{said}");
}

fn place(world: &World) -> StoreConfig {
    StoreConfig::Folder(world.config.data.clone())
}

/// `towpath audit verify`, as a person runs it.
async fn verify(world: &World) -> (Result<(), String>, String) {
    let (mut answer, mut words) = (Vec::new(), Vec::new());
    let mut out = Output { answer: &mut answer, words: &mut words };
    let done = audit::verify(&place(world), &world.config.sealing_key, false, &mut out).await;
    let done = done.map_err(|cause| cause.to_string());
    (done, String::from_utf8(answer).expect("text"))
}
