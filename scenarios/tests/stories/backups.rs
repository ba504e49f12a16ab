//! A backup is taken while the server works, and what is put back goes on from there.

use serde_json::json;
use testkit::World;
use testkit::declarations::{app, commands};
use wire::Service::Towpath;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_a_restored_backup_has_everything_and_goes_on() {
    let mut world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["cat README.md"]))).await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let before = world.latest("app").await;

    let folder = tempfile::tempdir().expect("a folder");
    let (backup, data) = (folder.path().join("backup"), folder.path().join("data"));
    let asked = json!({ "path": backup.display().to_string() });
    let taken = world.must(Towpath, "Backup", &asked).await;
    assert!(taken["bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{taken}");
    assert!(!holds(&backup, &world.config.sealing_key), "the key is no part of it");
    // What comes after the backup is not in it.
    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await.len(), 2);
    let live = cli::remote::backup::put_back(&backup, &world.config.data);
    let refused = live.expect_err("a live folder is no place for it").to_string();
    assert!(refused.contains("is not empty"), "{refused}");

    world.stop().await;
    cli::remote::backup::put_back(&backup, &data).expect("it is put back");
    world.config.data = data;
    world.start_again().await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    let log = world.log("app", &before.id, "Next", "Make").await;
    assert!(log.iter().any(|line| line == "A practice repository."), "{log:#?}");
    // Sealed secrets open, the mirror is made anew, and a further execution gets its number.
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded", "Succeeded"]);
}

/// Whether any file of a backup is the key.
fn holds(backup: &std::path::Path, key: &std::path::Path) -> bool {
    let key = std::fs::read(key).expect("the key is there");
    let files = std::fs::read_dir(backup).expect("the backup is there");
    let mut files = files.map(|file| file.expect("listed").path()).filter(|path| path.is_file());
    files.any(|path| {
        let content = std::fs::read(path).expect("readable");
        content.windows(key.len()).any(|part| part == key)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_leaves_what_is_named_and_what_is_young() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.begin("app").await;
    world.settle().await;
    let shared = world.shared();
    let named = shared.blobs.list().expect("listed").len();
    assert!(named > 0, "the source was kept");
    shared.blobs.put(b"an artifact whose commit is on its way").expect("kept");
    let sweep = async |ahead: i64| {
        let at = shared.now().plus_seconds(ahead);
        server::loops::sweep::sweep_artifacts(shared, at).await.expect("swept");
        shared.blobs.list().expect("listed").len()
    };
    assert_eq!(sweep(0).await, named + 1, "it is young");
    let old = server::limits::ARTIFACT_YOUNG_SECONDS + 60;
    assert_eq!(sweep(old).await, named, "nobody came to name it");
}
