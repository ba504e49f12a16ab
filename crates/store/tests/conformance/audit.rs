//! The audit log: written with what it tells of, and any touch of it shows.

use crate::rows::meta;
use domain::{AccessKeyId, AccountId, HolderId, Timestamp};
use identity::audit::{Details, Entry, Seal};
use identity::{Ask, Permit, Principal, judge};
use store::{
    AccountRow, AuditFlaw, AuditRow, Changes, CommitError, HeadsRow, Record, SealRow, SignedHeads,
    Store, Vault, View, Want,
};

fn permit(resource: &str) -> Permit {
    let caller = Principal::root(&"000000000000".into(), AccessKeyId::new("AKIA1"));
    let resource = format!("arn:aws:codepipeline:us-east-1:000000000000:{resource}");
    let ask = Ask::new("codepipeline:DeletePipeline", resource);
    judge(&caller, &ask, Timestamp(0)).expect("its own account")
}

fn vault(folder: &tempfile::TempDir) -> Vault {
    Vault::open(&folder.path().join("sealing.key")).expect("a key")
}

/// A caller's change of one row.
async fn change(store: &Store, at: i64, name: &str) -> Result<(), CommitError> {
    let mut changes = Changes::under(&permit(name), Timestamp(at));
    changes.insert(meta(name, "x"));
    store.commit(changes).await.map(drop)
}

async fn sign(store: &Store, vault: &Vault, at: i64) -> SignedHeads {
    let signed = store.sign_audit(vault, None, Timestamp(at)).await.expect("signed");
    remember(store, &signed).await;
    signed
}

async fn remember(store: &Store, signed: &SignedHeads) {
    let mut changes = Changes::of_loop();
    changes.insert(signed.clone().row(HolderId::new("server")));
    store.commit(changes).await.expect("written");
}

async fn flaws(store: &Store, vault: &Vault) -> Vec<AuditFlaw> {
    store.check_audit(vault, None).await.expect("a report").flaws
}

async fn entries(store: &Store) -> Vec<AuditRow> {
    let account = AccountId::new("000000000000");
    let newest = AuditRow::of_account(&account, &Timestamp(i64::MAX), 0, 0, 1_000);
    store.list(newest).await.expect("a list")
}

pub async fn what_a_caller_changed_is_told_once_and_the_log_holds(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    for (at, name) in [(1, "a"), (2, "b"), (3, "c")] {
        change(&store, at, name).await.expect("committed");
    }
    // A loop's own doing is not told; nor is what was refused as stale.
    let mut quiet = Changes::of_loop();
    quiet.insert(meta("quiet", "x"));
    store.commit(quiet).await.expect("committed");
    assert_eq!(change(&store, 4, "a").await, Err(CommitError::Stale));
    // A secret that was read is told though no row is written.
    let mut read = Changes::of_loop();
    let entry = Entry { action: "secretsmanager:GetSecretValue".to_owned(), ..of("loop", 5) };
    read.record(entry);
    assert!(!read.is_empty());
    store.commit(read).await.expect("committed");
    // A repeat under one key is not told twice.
    for _ in 0..2 {
        let mut named = Changes::under(&permit("d"), Timestamp(6));
        named.insert(meta("d", "x"));
        named.key("once", Timestamp(6));
        store.commit(named).await.expect("committed");
    }
    let found: Vec<_> =
        entries(&store).await.into_iter().map(|row| (row.at.0, row.action)).collect();
    let (deleted, read) = ("codepipeline:DeletePipeline", "secretsmanager:GetSecretValue");
    let expect = [(6, deleted), (5, read), (3, deleted), (2, deleted), (1, deleted)];
    assert_eq!(found, expect.map(|(at, action)| (at, action.to_owned())));
    let vault = vault(&folder);
    sign(&store, &vault, 10).await;
    let report = store.check_audit(&vault, None).await.expect("a report");
    assert_eq!((report.entries, report.signed, report.flaws), (5, 1, vec![]));
    assert_eq!(report.signed_at, Some(Timestamp(10)));
}

fn of(principal: &str, at: i64) -> Entry {
    Entry {
        at: Timestamp(at),
        account: AccountId::new("000000000000"),
        principal: principal.to_owned(),
        access_key: None,
        action: "x:Y".to_owned(),
        resource: "*".to_owned(),
        details: Details::default(),
    }
}

/// Rewrites or removes rows as somebody with the database in hand could.
async fn tamper<R: Record>(store: &Store, row: Option<R>, key: store::Key) {
    let mut seen = View::new();
    store.load(&[Want::Row(key.clone())], &mut seen).await.expect("loaded");
    let mut changes = Changes::of_loop();
    match row {
        Some(row) => changes.put(&seen, row),
        None => changes.delete::<R>(&seen, key.values),
    }
    store.commit(changes).await.expect("it lets itself be changed");
}

pub async fn whatever_is_done_to_the_log_shows(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = vault(&folder);
    for (at, name) in [(1, "a"), (2, "b"), (3, "c")] {
        change(&store, at, name).await.expect("committed");
    }
    sign(&store, &vault, 10).await;
    let flaws = async || flaws(&store, &vault).await;
    assert_eq!(flaws().await, []);

    let entry: AuditRow =
        store.get(AuditRow::at(&1, &2).values).await.expect("read").expect("there");
    let altered =
        AuditRow { principal: "arn:aws:iam::000000000000:user/other".into(), ..entry.clone() };
    let group = AuditFlaw::Group { chain: 1, first: 2, last: 2 };
    tamper(&store, Some(altered), entry.key()).await;
    assert_eq!(flaws().await, std::slice::from_ref(&group), "altered");
    tamper(&store, Some(entry.clone()), entry.key()).await;
    assert_eq!(flaws().await, [], "as it was");
    let next: AuditRow =
        store.get(AuditRow::at(&1, &3).values).await.expect("read").expect("there");
    let moved = |row: &AuditRow, to: &AuditRow| AuditRow { sequence: to.sequence, ..row.clone() };
    tamper(&store, Some(moved(&entry, &next)), next.key()).await;
    tamper(&store, Some(moved(&next, &entry)), entry.key()).await;
    let behind = AuditFlaw::Group { chain: 1, first: 3, last: 3 };
    assert_eq!(flaws().await, [group.clone(), behind], "changed about");
    tamper(&store, Some(next.clone()), next.key()).await;
    tamper::<AuditRow>(&store, None, entry.key()).await;
    assert_eq!(flaws().await, std::slice::from_ref(&group), "removed");

    // One that nobody sealed, behind the last group, and before the first.
    for (chain, sequence) in [(1, 4), (1, 0)] {
        let (forged, key) =
            (AuditRow { chain, sequence, ..entry.clone() }, AuditRow::at(&chain, &sequence));
        tamper(&store, Some(forged), key.clone()).await;
        assert_eq!(flaws().await, [group.clone(), AuditFlaw::Unsealed { chain, sequence }]);
        tamper::<AuditRow>(&store, None, key).await;
    }

    // Its seal removed as well, the next one follows nothing and the signed head stays.
    tamper::<SealRow>(&store, None, SealRow::at(&1, &2)).await;
    assert_eq!(flaws().await, [AuditFlaw::Order { chain: 1, first: 3 }]);
    // The end of the log removed: it is not what was signed.
    tamper::<SealRow>(&store, None, SealRow::at(&1, &3)).await;
    tamper::<AuditRow>(&store, None, AuditRow::at(&1, &3)).await;
    let head = AuditFlaw::Head { chain: 1, last: 3, signed_at: Timestamp(10) };
    assert_eq!(flaws().await, [head]);
    // Other words for what was signed need the sealing key.
    let key = HeadsRow::at(&Timestamp(10), &HolderId::new("server"));
    let signed: HeadsRow = store.get(key.values.clone()).await.expect("read").expect("there");
    let heads = store.audit_heads().await.expect("heads");
    tamper(&store, Some(HeadsRow { heads, ..signed }), key).await;
    let forged = AuditFlaw::Signature { signed_at: Timestamp(10) };
    assert_eq!(flaws().await, [forged, AuditFlaw::Unsigned]);
}

/// Whoever has the database frames somebody, in a chain that he seals by the book.
pub async fn a_chain_of_somebody_elses_shows(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = vault(&folder);
    change(&store, 1, "a").await.expect("committed");
    sign(&store, &vault, 10).await;
    let told: AuditRow = entries(&store).await.pop().expect("one");
    for chain in [-1, 0, 99] {
        let row = AuditRow { chain, sequence: 1, action: "iam:FORGED".into(), ..told.clone() };
        let Seal { first, last, previous, hash } = Seal::over(None, &[row.entry()]);
        let seal = SealRow { chain, last, first, at: row.at, previous, hash };
        let keys = (row.key(), seal.key());
        tamper(&store, Some(row), keys.0.clone()).await;
        let only = |seals| vec![AuditFlaw::Chain { chain, entries: 1, seals }];
        assert_eq!(flaws(&store, &vault).await, only(0), "with no seal");
        tamper(&store, Some(seal), keys.1.clone()).await;
        assert_eq!(flaws(&store, &vault).await, only(1));
        sign(&store, &vault, 20 + chain).await;
        assert_eq!(flaws(&store, &vault).await, only(1), "no signature makes it good");
        tamper::<AuditRow>(&store, None, keys.0).await;
        tamper::<SealRow>(&store, None, keys.1).await;
        assert_eq!(flaws(&store, &vault).await, []);
    }
}

pub async fn what_no_signature_and_no_witness_names_is_told(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = vault(&folder);
    let report = async |witness| store.check_audit(&vault, witness).await.expect("a report");
    let nothing = sign(&store, &vault, 1).await;
    change(&store, 2, "a").await.expect("committed");
    let before = report(Some(&nothing)).await;
    assert_eq!((before.witnessed, before.unnamed, before.flaws), (true, vec![1], vec![]));
    let signed = sign(&store, &vault, 10).await;
    let after = report(None).await;
    assert_eq!((after.witnessed, after.unnamed, after.flaws), (false, vec![], vec![]));
    let other = tempfile::tempdir().expect("a folder");
    let foreign = SignedHeads::sign(&self::vault(&other), Timestamp(11), signed.heads);
    assert!(!report(Some(&foreign)).await.witnessed, "another key's word is none");
}

/// A server signs before it does anything: one that has accounts has a log.
pub async fn a_log_that_is_gone_as_a_whole_shows_by_the_accounts(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = vault(&folder);
    assert_eq!(flaws(&store, &vault).await, [], "nobody was here");
    let mut changes = Changes::of_loop();
    let (account, alias) = (AccountId::new("000000000000"), None);
    changes.insert(AccountRow { account, generation: 1, created: Timestamp(1), alias });
    store.commit(changes).await.expect("committed");
    assert_eq!(flaws(&store, &vault).await, [AuditFlaw::Unsigned]);
    sign(&store, &vault, 2).await;
    assert_eq!(flaws(&store, &vault).await, []);
}

pub async fn a_log_that_was_swept_holds_from_where_it_begins(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let (vault, day) = (vault(&folder), 86_400_000);
    for (at, name) in [(1, "a"), (2, "b"), (500 * day, "c")] {
        change(&store, at, name).await.expect("committed");
    }
    sign(&store, &vault, 500 * day).await;
    let flaws = async || flaws(&store, &vault).await;
    let times = (Timestamp(101 * day), Timestamp(501 * day));
    let swept = store.sweep_audit(&vault, None, times).await.expect("swept");
    assert_eq!(swept, None, "nothing was signed so early");
    let times = (Timestamp(500 * day + 1), Timestamp(901 * day));
    let swept = store.sweep_audit(&vault, None, times).await.expect("swept").expect("some is old");
    remember(&store, &swept).await;
    assert_eq!(flaws().await, [], "a crash between the two shows nothing");
    store.remove_audit(&swept, times.0).await.expect("removed");
    assert_eq!(flaws().await, []);
    assert_eq!(entries(&store).await.len(), 1);
    change(&store, 902 * day, "d").await.expect("committed");
    sign(&store, &vault, 903 * day).await;
    assert_eq!(flaws().await, []);
}

/// Whoever has the database cuts the log and lets the server sign what is left.
pub async fn a_log_that_was_cut_is_not_mended_by_signing_it_again(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = vault(&folder);
    change(&store, 1, "a").await.expect("committed");
    assert_eq!(flaws(&store, &vault).await, [AuditFlaw::Unsigned]);
    for (at, name) in [(2, "b"), (3, "c"), (4, "d")] {
        change(&store, at, name).await.expect("committed");
    }
    let witness = sign(&store, &vault, 10).await;
    tamper::<SealRow>(&store, None, SealRow::at(&1, &1)).await;
    tamper::<AuditRow>(&store, None, AuditRow::at(&1, &1)).await;
    sign(&store, &vault, 20).await;
    let gone = AuditFlaw::Gone { chain: 1, first: 1, signed_at: Timestamp(20) };
    assert_eq!(flaws(&store, &vault).await, std::slice::from_ref(&gone));
    let times = (Timestamp(21), Timestamp(30));
    let swept = store.sweep_audit(&vault, None, times).await.expect("swept");
    assert_eq!(swept, None, "no sweep covers it up");

    // The end goes too, with all that was signed: the file beside the key still tells.
    tamper::<SealRow>(&store, None, SealRow::at(&1, &4)).await;
    tamper::<AuditRow>(&store, None, AuditRow::at(&1, &4)).await;
    for at in [10, 20] {
        let key = HeadsRow::at(&Timestamp(at), &HolderId::new("server"));
        tamper::<HeadsRow>(&store, None, key).await;
    }
    assert_eq!(flaws(&store, &vault).await, [AuditFlaw::Unsigned]);
    let signed = store.sign_audit(&vault, Some(&witness), Timestamp(40)).await.expect("signed");
    assert_eq!(signed.heads, witness.heads, "what is not there is not signed");
    let report = store.check_audit(&vault, Some(&witness)).await.expect("a report");
    let signed_at = Timestamp(10);
    let head = AuditFlaw::Head { chain: 1, last: 4, signed_at };
    assert_eq!(report.flaws, [head, AuditFlaw::Gone { chain: 1, first: 1, signed_at }]);
}

pub async fn many_who_commit_at_once_leave_whole_chains(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let tasks = (0..60).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { change(&store, number, &format!("row-{number}")).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic").expect("committed");
    }
    let vault = vault(&folder);
    sign(&store, &vault, 100).await;
    let report = store.check_audit(&vault, None).await.expect("a report");
    assert_eq!((report.entries, report.flaws), (60, vec![]));
}
