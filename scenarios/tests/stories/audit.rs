//! What was done is in the audit log, and the log shows if it was altered.

use cli::remote::{Output, audit};
use serde_json::{Value, json};
use store::{AuditRow, Changes, HeadsRow, Record, SealRow, Store, View, Want};
use testkit::declarations::{app, commands};
use testkit::{Scene, World};
use wire::Service::{CodePipeline, Towpath};

use crate::resealing::place;

on_each_database! {
    whatever_is_done_to_the_log_shows_without_the_server
}

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

/// What somebody does who has the database in hand, and what the command says to it.
type Tampering = (&'static str, fn(&Log, &mut Changes, &View), &'static str);

/// Two entries that stand one after the other, the last seal, and the heads that were signed.
struct Log {
    first: AuditRow,
    second: AuditRow,
    seal: SealRow,
    heads: HeadsRow,
}

const TAMPERINGS: &[Tampering] = &[
    (
        "changed",
        |log, changes, seen| {
            let eve = "arn:aws:iam::000000000000:user/eve".to_owned();
            changes.put(seen, AuditRow { principal: eve, ..log.first.clone() });
        },
        "are not those that were sealed",
    ),
    (
        "removed",
        |log, changes, seen| changes.delete::<AuditRow>(seen, log.first.key().values),
        "are not those that were sealed",
    ),
    (
        "changed about",
        |log, changes, seen| {
            changes.put(seen, AuditRow { sequence: log.second.sequence, ..log.first.clone() });
            changes.put(seen, AuditRow { sequence: log.first.sequence, ..log.second.clone() });
        },
        "are not those that were sealed",
    ),
    (
        "added",
        |log, changes, seen| {
            changes.put(seen, AuditRow { sequence: FORGED, ..log.first.clone() });
        },
        "was never sealed",
    ),
    (
        "its tail cut",
        |log, changes, seen| {
            changes.delete::<SealRow>(seen, log.seal.key().values);
            for row in [&log.first, &log.second] {
                if row.sequence >= log.seal.first {
                    changes.delete::<AuditRow>(seen, row.key().values);
                }
            }
        },
        "it does not have the entry",
    ),
    (
        "its seal removed",
        |log, changes, seen| changes.delete::<SealRow>(seen, log.seal.key().values),
        "it does not have the entry",
    ),
    (
        "a head replaced",
        |log, changes, seen| {
            changes.put(seen, HeadsRow { heads: Vec::new(), ..log.heads.clone() });
        },
        "are not signed with a sealing key that is known here",
    ),
];

/// The place of an entry that nobody sealed.
const FORGED: i64 = 1_000_000;

/// The end of the log: the first chain's last two entries.
async fn log_of(store: &Store) -> Log {
    let seal = store.list::<SealRow>(SealRow::newest(1)).await.expect("seals").pop().expect("one");
    let rows = store.list::<AuditRow>(AuditRow::of_group(1, seal.last - 1, seal.last)).await;
    let [first, second] = <[AuditRow; 2]>::try_from(rows.expect("entries")).expect("two");
    let heads = store.list::<HeadsRow>(HeadsRow::since(&domain::Timestamp(0), 1000)).await;
    let heads = heads.expect("heads").pop().expect("they were signed");
    Log { first, second, seal, heads }
}

/// Everything that a tampering touches, as it is now.
async fn looked_at(store: &Store, log: &Log) -> View {
    let rows = [
        log.first.key(),
        log.second.key(),
        AuditRow::at(&1, &FORGED),
        log.seal.key(),
        log.heads.key(),
    ];
    let mut seen = View::new();
    store.load(&rows.map(Want::Row), &mut seen).await.expect("loaded");
    seen
}

async fn whatever_is_done_to_the_log_shows_without_the_server(scene: Scene) {
    let mut world = scene.start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.stop().await;
    // Heads are signed at the start, where the log has grown.
    world.start_again().await;
    let place = place(&world);
    let store = Store::open(&place).await.expect("the database");
    let signed = async || {
        let heads = store.list::<HeadsRow>(HeadsRow::since(&domain::Timestamp(0), 1000)).await;
        heads.is_ok_and(|heads| heads.iter().any(|row| !row.heads.is_empty()))
    };
    while !signed().await {
        tokio::task::yield_now().await;
    }
    world.stop().await;
    let (done, said) = verify(&world).await;
    assert!(done.is_ok(), "{said}");
    let log = log_of(&store).await;
    for (what, tamper, words) in TAMPERINGS {
        let mut changes = Changes::of_loop();
        tamper(&log, &mut changes, &looked_at(&store, &log).await);
        store.commit(changes).await.expect("the database takes it");
        let (done, said) = verify(&world).await;
        let failed = done.err().unwrap_or_else(|| panic!("{what}: it holds"));
        assert!(failed.contains("altered") && said.contains(words), "{what}: {failed} {said}");

        let (mut changes, seen) = (Changes::of_loop(), looked_at(&store, &log).await);
        changes.put(&seen, log.first.clone());
        changes.put(&seen, log.second.clone());
        changes.put(&seen, log.seal.clone());
        changes.put(&seen, log.heads.clone());
        changes.delete::<AuditRow>(&seen, AuditRow::at(&1, &FORGED).values);
        store.commit(changes).await.expect("the database takes it");
        let (done, said) = verify(&world).await;
        assert!(done.is_ok(), "{what}, and put back: {said}");
    }
    println!("{} tamperings, each told", TAMPERINGS.len());
}

/// `towpath audit verify`, as a person runs it.
async fn verify(world: &World) -> (Result<(), String>, String) {
    let (mut answer, mut words) = (Vec::new(), Vec::new());
    let mut out = Output { answer: &mut answer, words: &mut words };
    let done = audit::verify(&place(world), &world.config.sealing_key, false, &mut out).await;
    let done = done.map_err(|cause| cause.to_string());
    (done, String::from_utf8(answer).expect("text"))
}
