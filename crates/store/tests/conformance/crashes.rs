//! Promises about ends: crashes, restarts, backups, and databases of another release.

use crate::places::{Fresh, open, server};
use crate::rows::*;
use sqlx::Connection;
use std::path::Path;
use store::*;

fn pair(number: usize) -> Changes {
    let mut changes = Changes::of_loop();
    changes.insert(meta(&format!("left-{number}"), &"x".repeat(100 * number)));
    changes.insert(meta(&format!("right-{number}"), "y"));
    changes
}

/// How many pairs are there; none may be there by half.
async fn pairs(store: &Store, of: usize) -> usize {
    let mut whole = 0;
    for number in 0..of {
        let left = value_of(store, &format!("left-{number}")).await.is_some();
        let right = value_of(store, &format!("right-{number}")).await.is_some();
        assert_eq!(left, right, "pair {number} is there by half");
        whole += usize::from(left);
    }
    whole
}

fn folder_config(folder: &Path) -> StoreConfig {
    StoreConfig::Folder(folder.to_owned())
}

#[tokio::test]
async fn a_log_cut_anywhere_holds_whole_commits_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder_config(folder.path())).await;
    for number in 0..20 {
        store.commit(pair(number)).await.expect("it commits");
    }
    let database = std::fs::read(folder.path().join("towpath.db")).expect("the database");
    let log = std::fs::read(folder.path().join("towpath.db-wal")).expect("its log");
    let mut before = 0;
    for cut in (0..=log.len()).step_by(log.len() / 40).chain([log.len()]) {
        let copy = tempfile::tempdir().expect("a folder");
        std::fs::write(copy.path().join("towpath.db"), &database).expect("copied");
        std::fs::write(copy.path().join("towpath.db-wal"), &log[..cut]).expect("copied");
        let found = pairs(&open(&folder_config(copy.path())).await, 20).await;
        assert!(found >= before, "a longer log holds no less");
        before = found;
    }
    assert_eq!(before, 20);
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder_config(folder.path())).await;
    for number in 0..5 {
        store.commit(pair(number)).await.expect("it commits");
    }
    // The one who asked for this one gives up waiting; the store may write it or not.
    drop(tokio::spawn({
        let store = store.clone();
        async move { store.commit(pair(5)).await }
    }));
    drop(store);
    let found = pairs(&open(&folder_config(folder.path())).await, 6).await;
    assert!(found >= 5, "{found}");
}

#[tokio::test]
async fn a_backup_is_whole_while_commits_go_on() {
    let (folder, copy) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
    let store = open(&folder_config(folder.path())).await;
    for number in 0..5 {
        store.commit(pair(number)).await.expect("it commits");
    }
    let commits = async {
        for number in 5..25 {
            store.commit(pair(number)).await.expect("it commits");
        }
    };
    let (backed_up, ()) = tokio::join!(store.backup(copy.path()), commits);
    backed_up.expect("it is copied");
    assert!(store::backup::check(copy.path()).expect("it is whole") >= 1);
    assert!(pairs(&open(&folder_config(copy.path())).await, 25).await >= 5);
    let again = store.backup(copy.path()).await.expect_err("it would write over one");
    assert!(again.to_string().contains("is there already"), "{again}");
    std::fs::write(copy.path().join("towpath.db"), "no database").expect("written");
    assert!(store::backup::check(copy.path()).is_err());
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(&folder_config(folder.path())).await);
    let file = rusqlite::Connection::open(folder.path().join("towpath.db")).expect("the file");
    file.pragma_update(None, "user_version", 99).expect("a newer release was here");
    let refused = Store::open(&folder_config(folder.path())).await.expect_err("it is newer");
    assert!(matches!(refused, Error::Newer { found: 99, .. }), "{refused}");
    assert!(matches!(store::backup::check(folder.path()), Err(Error::Newer { .. })));
}

#[tokio::test]
async fn the_file_is_kept_as_it_should_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let _store = open(&folder_config(folder.path())).await;
    let file = rusqlite::Connection::open(folder.path().join("towpath.db")).expect("the file");
    let setting = |name: &str| -> rusqlite::types::Value {
        file.pragma_query_value(None, name, |row| row.get(0)).expect("a setting")
    };
    assert_eq!(setting("auto_vacuum"), 2.into(), "incremental");
    assert_eq!(setting("journal_mode"), "wal".to_owned().into());
}

#[tokio::test]
async fn postgresql_refuses_a_newer_schema_and_names_its_backup() {
    let Some(server) = server() else {
        return println!("not on PostgreSQL, TOWPATH_POSTGRES is not set");
    };
    let database = Fresh::make(&server, "ends").await;
    let store = open(&database.config).await;
    let refused = store.backup(Path::new("/")).await.expect_err("not ours to do");
    assert!(refused.to_string().contains("pg_dump"), "{refused}");

    let StoreConfig::Postgres(url) = &database.config else { panic!("a URL") };
    let mut connection = sqlx::PgConnection::connect(url).await.expect("it answers");
    let sql = "INSERT INTO schema_version (version) VALUES (99)";
    sqlx::query(sql).execute(&mut connection).await.expect("a newer release was here");
    let refused = Store::open(&database.config).await.expect_err("it is newer");
    assert!(matches!(refused, Error::Newer { found: 99, .. }), "{refused}");
    database.remove().await;
}

/// The server drops every connection while eight commit, thirty times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_may_drop_its_connections_and_every_answer_stays_true() {
    let Some(server) = server() else {
        return println!("not on PostgreSQL, TOWPATH_POSTGRES is not set");
    };
    let database = Fresh::make(&server, "drops").await;
    let store = open(&database.config).await;
    let mut other = sqlx::PgConnection::connect(&server).await.expect("it answers");
    let mut unknown = 0;
    for number in (0..240).step_by(8) {
        let mut tasks = tokio::task::JoinSet::new();
        for number in number..number + 8 {
            let store = store.clone();
            tasks.spawn(async move { (number, store.commit(pair(number)).await.map(drop)) });
        }
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname LIKE 'towpath%drops'";
        sqlx::query(sql).execute(&mut other).await.expect("they are dropped");
        for (number, answer) in tasks.join_all().await {
            let there = value_of(&store, &format!("right-{number}")).await.is_some();
            match answer {
                Ok(()) => assert!(there, "{number} was answered"),
                Err(CommitError::Unknown) => unknown += 1,
                Err(why) => assert!(!there, "{number} was refused: {why}"),
            }
        }
    }
    let whole = pairs(&store, 240).await;
    println!("of 240 commits under dropped connections {whole} are there, {unknown} unknown");
    database.remove().await;
}
