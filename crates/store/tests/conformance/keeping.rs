//! Promises about what is kept, and how.

use crate::rows::*;
use domain::connection::ProviderType;
use domain::{AccountId, ConnectionArn, RegistrationId, Secret, Timestamp};
use store::*;

const DAY: i64 = 86_400_000;
const AT: Timestamp = Timestamp(1000 * DAY);

fn keep() -> Retention {
    Retention { executions_kept_min: 1, ..Retention::default() }
}

async fn sweep(store: &Store) -> Swept {
    let mut all = Swept::default();
    loop {
        let step = store.sweep(&keep(), AT).await.expect("it sweeps");
        all.artifacts.extend(step.artifacts);
        all.logs.extend(step.logs);
        if !step.more {
            return all;
        }
    }
}

async fn remember(store: &Store, execution: ExecutionRow, content: &str) {
    let mut changes = Changes::of_loop();
    changes.insert(attempt(&execution));
    changes.insert(fact(&execution));
    changes.insert(artifact(&execution, content));
    changes.insert(execution);
    store.commit(changes).await.expect("it commits");
}

pub async fn what_is_too_old_is_swept_and_the_rest_stays(store: Store) {
    let ago = |days: i64| Timestamp(AT.0 - days * DAY);
    remember(&store, execution(1, "Succeeded", ago(400)), "aa").await;
    remember(&store, execution(2, "InProgress", ago(400)), "bb").await;
    remember(&store, execution(3, "Failed", ago(100)), "cc").await;
    remember(&store, execution(4, "Succeeded", ago(1)), "dd").await;
    insert(
        &store,
        AccountRow { account: account(), generation: 1, created: ago(400), alias: None },
    )
    .await
    .expect("it commits");
    let deliveries = [("d1", 100, DONE), ("d2", 20, DONE), ("d3", 100, NEW), ("d4", 1, DONE)]
        .map(|(id, days, state)| delivery(id, ago(days).0, state));
    for delivery in &deliveries {
        receive(&store, delivery.clone()).await;
    }
    let swept = sweep(&store).await;
    let digests: Vec<_> = swept.artifacts.iter().map(|a| &a.digest.0[..2]).collect();
    assert_eq!(digests, ["aa", "bb", "cc"]);
    let logs: Vec<_> = swept.logs.iter().map(|attempt| attempt.execution.as_str()).collect();
    assert_eq!(logs, ["execution-1", "execution-3"]);

    let query = ExecutionRow::of_pipeline(&account(), &"p".into(), None, 10);
    let left = store.list::<ExecutionRow>(query).await.expect("it reads");
    assert_eq!(left.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 3, 2]);
    let query = FactRow::of_pipeline(&account(), &"p".into(), None, 10);
    assert_eq!(store.list::<FactRow>(query).await.expect("it reads").len(), 2);
    let expect = [(false, false), (true, false), (true, true), (true, true)];
    for (delivery, kept) in deliveries.iter().zip(expect) {
        let row = store.get::<DeliveryRow>(delivery.key()).await.expect("it reads");
        let body = store.get::<DeliveryBodyRow>(delivery.body_key()).await.expect("it reads");
        assert_eq!((row.is_some(), body.is_some()), kept, "{}", delivery.id);
    }
    assert_eq!(sweep(&store).await, Swept::default(), "a second sweep finds nothing");
}

pub async fn an_artifact_that_another_row_names_stays(store: Store) {
    let old = Timestamp(AT.0 - 400 * DAY);
    remember(&store, execution(1, "Succeeded", old), "aa").await;
    remember(&store, execution(2, "Succeeded", AT), "aa").await;
    assert!(sweep(&store).await.artifacts.is_empty());
    let named = artifact(&execution(2, "Succeeded", AT), "aa").artifact;
    assert!(store.names_artifact(&named).await.expect("it reads"));
}

/// An object, an upload and a part of it, each last touched `days` ago.
fn in_parts(bucket: &str, days: i64) -> (ObjectRow, UploadRow, PartRow) {
    let modified = Timestamp(AT.0 - days * DAY);
    let artifact = |content: &str| artifact(&execution(1, "Succeeded", AT), content).artifact;
    let upload = format!("upload-{bucket}");
    let object = ObjectRow {
        bucket: bucket.into(),
        object_key: "k".to_owned(),
        artifact: artifact("0a"),
        modified,
        etag: "e".to_owned(),
        headers: Default::default(),
        metadata: Default::default(),
        tags: Default::default(),
        checksum: None,
        assembled: None,
        version_id: None,
        marker: None,
    };
    let begun = UploadRow {
        bucket: bucket.into(),
        object_key: "k".to_owned(),
        upload: upload.clone(),
        created: modified,
        headers: Default::default(),
        metadata: Default::default(),
        tags: Default::default(),
        checksum_algorithm: None,
        checksum_type: None,
    };
    let (md5, artifact) = ("e".to_owned(), artifact("0b"));
    (object, begun, PartRow { upload, part: 1, artifact, modified, md5, checksum: None })
}

pub async fn what_an_object_names_stays_and_what_nobody_completed_goes(store: Store) {
    for (bucket, days) in [("site", 400), ("young", 6)] {
        let (object, begun, part) = in_parts(bucket, days);
        let (account, region) = ("000000000000".into(), domain::Region::new("us-east-1"));
        insert(
            &store,
            BucketRow {
                name: bucket.into(),
                account,
                region,
                created: AT,
                versioning: None,
                leaving: None,
                cors: None,
            },
        )
        .await
        .expect("it commits");
        insert(&store, object).await.expect("it commits");
        insert(&store, begun).await.expect("it commits");
        insert(&store, part).await.expect("it commits");
    }
    let (orphan, ..) = in_parts("nobody", 1);
    insert(&store, orphan.clone()).await.expect("it commits");
    sweep(&store).await;
    let (object, begun, part) = in_parts("site", 400);
    assert!(store.get::<ObjectRow>(object.key()).await.expect("it reads").is_some());
    assert!(store.names_artifact(&object.artifact).await.expect("it reads"));
    assert!(store.get::<UploadRow>(begun.key()).await.expect("it reads").is_none());
    assert!(store.get::<PartRow>(part.key()).await.expect("it reads").is_none());
    assert!(store.get::<ObjectRow>(orphan.key()).await.expect("it reads").is_none());
    let (_, begun, part) = in_parts("young", 6);
    assert!(store.get::<UploadRow>(begun.key()).await.expect("it reads").is_some());
    assert!(
        store.names_artifact(&part.artifact).await.expect("it reads"),
        "the young upload's part"
    );
}

pub async fn a_sealed_secret_opens_in_its_own_row_only(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = Vault::open(&folder.path().join("sealing.key")).expect("a vault");
    let account = AccountId::new("000000000000");
    let place = |row: &'static str| Place {
        table: "access_keys",
        row,
        column: "sealed_secret",
        version: 0,
        account: &account,
    };
    for key in ["AKIA1", "AKIA2"] {
        let sealed = vault.seal(&place(key), &Secret::new(key)).expect("it seals");
        let row = AccessKeyRow {
            access_key: key.into(),
            account: account.clone(),
            sealed_secret: sealed,
            active: true,
            created: AT,
            user: None,
            used: None,
        };
        insert(&store, row).await.expect("it commits");
    }
    let rows = store.list::<AccessKeyRow>(AccessKeyRow::of_account(&account)).await;
    let [one, two] = &rows.expect("it reads")[..] else { panic!("two keys") };
    let opened = vault.unseal(&place("AKIA1"), &one.sealed_secret).expect("it opens");
    assert_eq!(opened.expose(), "AKIA1");
    // Whoever can write to the database swaps the two.
    let swapped = vault.unseal(&place("AKIA1"), &two.sealed_secret);
    assert!(matches!(swapped, Err(VaultError::Altered { .. })), "{swapped:?}");
}

/// The older key may leave the file while a forge is down.
pub async fn what_is_to_be_revoked_is_sealed_anew(store: Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = Vault::open(&folder.path().join("sealing.key")).expect("a vault");
    let (account, connection) = (AccountId::new("000000000000"), ConnectionArn::new("arn:c/1"));
    let access = Place::of_access_token(&account, "1", 7);
    let refresh = Place::of_refresh_token(&account, "1", 7);
    let sealed = |place, text: &str| vault.seal(place, &Secret::new(text)).expect("it seals");
    let row = RevocationRow {
        account: account.clone(),
        connection: connection.clone(),
        generation: 7,
        sealed_access: sealed(&access, "access"),
        sealed_refresh: Some(sealed(&refresh, "refresh")),
        registration: RegistrationId::new("reg-1"),
    };
    let departure = DepartureRow {
        account: account.clone(),
        connection: connection.clone(),
        sealed_access: row.sealed_access.clone(),
        sealed_refresh: None,
        name: "c".to_owned(),
        provider: ProviderType::GitHub,
        host_arn: None,
        created: AT,
        login: None,
        scopes: Vec::new(),
        generation: 7,
        granted: AT,
        registration: row.registration.clone(),
        endpoint: None,
    };
    insert(&store, row).await.expect("it commits");
    insert(&store, departure).await.expect("it commits");
    vault.add_key().expect("a newer key");
    assert_eq!(store.reseal(&vault).await.expect("it seals").rows, 2);
    assert_eq!(store.sealed_before(&vault).await.expect("it counts"), 0);
    let key = RevocationRow::at(&account, &connection, &7);
    let row = store.get::<RevocationRow>(key).await.expect("it reads").expect("it is there");
    let opened = |place, sealed: &[u8]| vault.unseal(place, sealed).expect("it opens");
    assert_eq!(opened(&access, &row.sealed_access).expose(), "access");
    assert_eq!(opened(&refresh, &row.sealed_refresh.expect("one")).expose(), "refresh");
    let key = DepartureRow::at(&account, &connection);
    let row = store.get::<DepartureRow>(key).await.expect("it reads").expect("it is there");
    assert_eq!(opened(&access, &row.sealed_access).expose(), "access");
}
