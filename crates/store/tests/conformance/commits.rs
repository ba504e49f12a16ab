//! Promises about commits: whole or not at all, and only on what was seen.

use crate::rows::*;
use domain::connection::{ConnectionStatus, ProviderType};
use domain::{CommitSha, Timestamp};
use std::collections::BTreeMap;
use store::*;

fn key(name: &str) -> Key {
    MetaRow::at(&name.to_owned())
}

pub async fn what_was_written_reads_back(store: Store) {
    let connection = ConnectionRow {
        account: account(),
        id: "c".to_owned(),
        arn: "arn:aws:codeconnections:us-east-1:000000000000:connection/c".into(),
        name: "näme \u{1F6A2}".to_owned(),
        provider: ProviderType::GitHub,
        host_arn: None,
        created: Timestamp(i64::MAX),
        status: ConnectionStatus::Available,
        login: None,
        tags: BTreeMap::from([("k".to_owned(), "v\0\"".to_owned())]),
        throttled: None,
        installation: None,
        installed_in: None,
        installation_seen: None,
        left: None,
    };
    let head = HeadRow {
        account: account(),
        connection: connection.arn.clone(),
        repository: "o/r".into(),
        ref_name: "refs/heads/main".to_owned(),
        sha: Some(CommitSha::new("a".repeat(40))),
        updated: Timestamp(-1),
        merged: None,
    };
    let (delivery, execution) = (delivery("d", 1, NEW), execution(1, "InProgress", Timestamp(1)));
    let mut changes = Changes::of_loop();
    changes.insert(connection.clone());
    changes.insert(head.clone());
    changes.insert(delivery.clone());
    changes.insert(execution.clone());
    changes.insert(attempt(&execution));
    store.commit(changes).await.expect("it commits");
    let gone = HeadRow { sha: None, ..head };
    put(&store, gone.clone()).await.expect("a NULL after a text");

    async fn check<R: Record + PartialEq>(store: &Store, row: R) {
        assert_eq!(store.get::<R>(row.key()).await.expect("it reads"), Some(row));
    }
    check(&store, connection).await;
    check(&store, gone).await;
    check(&store, delivery).await;
    check(&store, attempt(&execution)).await;
    check(&store, execution).await;
    assert_eq!(store.get::<MetaRow>(key("none")).await.expect("it reads"), None);
}

pub async fn a_stale_decision_writes_nothing(store: Store) {
    put(&store, meta("row", "first")).await.expect("it commits");
    let seen = see(&store, [key("row").into(), key("other").into()]).await;
    put(&store, meta("row", "second")).await.expect("it commits");

    let mut changes = Changes::of_loop();
    changes.put(&seen, meta("other", "beside"));
    changes.put(&seen, meta("row", "stale"));
    assert_eq!(store.commit(changes).await.map(drop), Err(CommitError::Stale));
    assert_eq!(value_of(&store, "row").await.as_deref(), Some("second"));
    assert_eq!(value_of(&store, "other").await, None);
}

pub async fn a_row_that_was_only_looked_at_counts(store: Store) {
    put(&store, meta("stage", "free")).await.expect("it commits");
    let seen = see(&store, [key("stage").into(), key("mine").into()]).await;
    assert_eq!(seen.row::<MetaRow>(key("stage")), Some(&meta("stage", "free")));
    put(&store, meta("stage", "taken")).await.expect("it commits");

    let mut changes = Changes::of_loop();
    changes.put(&seen, meta("mine", "entered"));
    changes.saw(&seen);
    assert_eq!(store.commit(changes).await.map(drop), Err(CommitError::Stale));
    assert_eq!(value_of(&store, "mine").await, None);
}

pub async fn two_that_saw_the_same_absence_do_not_both_write(store: Store) {
    for round in 0..20 {
        let name = format!("free-{round}");
        let enter = async |who: &str| {
            let seen = see(&store, [key(&name).into()]).await;
            tokio::task::yield_now().await;
            let mut changes = Changes::of_loop();
            changes.put(&seen, meta(&name, who));
            store.commit(changes).await
        };
        let (a, b) = tokio::join!(enter("a"), enter("b"));
        assert!(a.is_ok() || b.is_ok(), "one of them entered: {a:?} {b:?}");
        if a.is_ok() && b.is_ok() {
            // The second came so late that it saw the first: then it wrote over it, knowingly.
            continue;
        }
        let winner = if a.is_ok() { "a" } else { "b" };
        assert_eq!(value_of(&store, &name).await.as_deref(), Some(winner));
    }
}

pub async fn two_that_saw_each_others_absence_do_not_both_write(store: Store) {
    for round in 0..20 {
        let (left, right) = (format!("left-{round}"), format!("right-{round}"));
        let wants = || [Want::Row(key(&left)), Want::Row(key(&right))];
        let (for_left, for_right) = (see(&store, wants()).await, see(&store, wants()).await);
        let enter = async |seen: &View, mine: &str, other: &str| {
            assert_eq!(seen.row::<MetaRow>(key(other)), None);
            let mut changes = Changes::of_loop();
            changes.put(seen, meta(mine, "in"));
            changes.saw(seen);
            store.commit(changes).await.map(drop)
        };
        let (a, b) =
            tokio::join!(enter(&for_left, &left, &right), enter(&for_right, &right, &left));
        assert!(a.is_ok() != b.is_ok(), "exactly one: {a:?} {b:?}");
    }
}

pub async fn a_row_made_anew_is_not_the_one_that_was_seen(store: Store) {
    put(&store, meta("row", "first")).await.expect("it commits");
    let seen = see(&store, [key("row").into()]).await;
    let mut changes = Changes::of_loop();
    changes.delete::<MetaRow>(&seen, key("row"));
    store.commit(changes).await.expect("it goes");
    assert_eq!(value_of(&store, "row").await, None);
    put(&store, meta("row", "another")).await.expect("it is made anew");

    let mut changes = Changes::of_loop();
    changes.put(&seen, meta("row", "stale"));
    assert_eq!(store.commit(changes).await.map(drop), Err(CommitError::Stale));
    assert_eq!(value_of(&store, "row").await.as_deref(), Some("another"));
}

pub async fn what_is_inserted_must_be_new(store: Store) {
    insert(&store, meta("fact", "said")).await.expect("it commits");
    let mut changes = Changes::of_loop();
    changes.insert(meta("before", "it"));
    changes.insert(meta("fact", "said otherwise"));
    assert_eq!(store.commit(changes).await.map(drop), Err(CommitError::Stale));
    assert_eq!(value_of(&store, "fact").await.as_deref(), Some("said"));
    assert_eq!(value_of(&store, "before").await, None);
}

pub async fn a_repeat_under_one_key_writes_nothing(store: Store) {
    let mut changes = Changes::of_loop();
    changes.insert(meta("once", "done"));
    changes.effect(effect("eff-1"));
    changes.key("turn-1", Timestamp(1));
    let first = store.commit(changes.clone()).await.expect("it commits");
    assert!(!first.repeated);
    let again = store.commit(changes.clone()).await.expect("it is answered");
    assert!(again.repeated);
    assert_eq!(again.effects, first.effects);

    // A stale decision does not use its key up.
    changes.key("turn-2", Timestamp(1));
    assert_eq!(store.commit(changes).await.map(drop), Err(CommitError::Stale));
    let mut other = Changes::of_loop();
    other.insert(meta("twice", "done"));
    other.key("turn-2", Timestamp(1));
    assert!(!store.commit(other).await.expect("it commits").repeated);
}

pub async fn of_many_at_once_only_the_stale_one_is_refused(store: Store) {
    let stale = see(&store, [key("row-7").into()]).await;
    put(&store, meta("row-7", "there first")).await.expect("it commits");
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (store, mut changes) = (store.clone(), Changes::of_loop());
        match number {
            7 => changes.put(&stale, meta("row-7", "stale")),
            _ => changes.insert(meta(&format!("row-{number}"), "new")),
        }
        tasks.spawn(async move { (number, store.commit(changes).await.map(drop)) });
    }
    while let Some(done) = tasks.join_next().await {
        let (number, done) = done.expect("it answers");
        let expected = if number == 7 { Err(CommitError::Stale) } else { Ok(()) };
        assert_eq!(done, expected, "{number}");
    }
    assert_eq!(value_of(&store, "row-7").await.as_deref(), Some("there first"));
    assert_eq!(value_of(&store, "row-39").await.as_deref(), Some("new"));
}

pub async fn no_count_is_lost_between_many_who_count(store: Store) {
    put(&store, meta("count", "0")).await.expect("it commits");
    let count = |store: Store| async move {
        for _ in 0..10 {
            loop {
                let seen = see(&store, [key("count").into()]).await;
                let row = seen.row::<MetaRow>(key("count")).expect("it is there");
                let next: u32 = row.value.parse::<u32>().expect("a number") + 1;
                let mut changes = Changes::of_loop();
                changes.put(&seen, meta("count", &next.to_string()));
                match store.commit(changes).await {
                    Ok(_) => break,
                    Err(why) => assert_eq!(why, CommitError::Stale),
                }
            }
        }
    };
    let mut tasks = tokio::task::JoinSet::new();
    (0..8).for_each(|_| drop(tasks.spawn(count(store.clone()))));
    tasks.join_all().await;
    assert_eq!(value_of(&store, "count").await.as_deref(), Some("80"));
}

pub async fn effects_come_back_with_their_commit(store: Store) {
    let mut changes = Changes::of_loop();
    changes.effect(effect("eff-1"));
    changes.effect(effect("eff-2"));
    let committed = store.commit(changes).await.expect("it commits");
    assert_eq!(committed.effects, [effect("eff-1"), effect("eff-2")]);
    let held = EffectRow::of_holder(&"srv-1".into(), 10);
    assert_eq!(store.list::<EffectRow>(held).await.expect("it reads"), committed.effects);
    let dead = EffectRow::not_of(&"srv-2".into(), 1);
    assert_eq!(store.list::<EffectRow>(dead).await.expect("it reads").len(), 1);
}
