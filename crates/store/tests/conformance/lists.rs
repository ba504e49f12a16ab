//! Promises about lists.

use crate::rows::*;
use domain::{AccountId, DeliveryId, PipelineName, RepositoryName, Timestamp};
use store::*;

pub async fn a_push_finds_who_watches_its_repository(store: Store) {
    let mut changes = Changes::of_loop();
    for (repository, pipeline) in [("o/r", "b"), ("o/r", "a"), ("o/other", "c"), ("o/R", "d")] {
        changes.insert(watch(repository, pipeline));
    }
    store.commit(changes).await.expect("it commits");
    let connection = watch("o/r", "a").connection;
    let check = async |account: &str, repository: &str, expect: &[&str]| {
        let (account, repository) = (AccountId::new(account), RepositoryName::new(repository));
        let query = WatchRow::of_repository(&account, &connection, &repository);
        let watches = store.list::<WatchRow>(query).await.expect("it reads");
        let names: Vec<_> = watches.iter().map(|watch| watch.pipeline.as_str()).collect();
        assert_eq!(names, expect);
    };
    check("000000000000", "o/r", &["a", "b"]).await;
    check("000000000000", "o/none", &[]).await;
    check("111111111111", "o/r", &[]).await;
}

pub async fn deliveries_come_in_pages_and_new_ones_in_order(store: Store) {
    for (id, received) in [("d1", 1), ("d2", 2), ("d3", 2), ("d4", 3)] {
        let state = if id == "d1" { DONE } else { NEW };
        receive(&store, delivery(id, received, state)).await;
    }
    let page = async |before: Timestamp, before_id: &str| -> Vec<String> {
        let before_id = DeliveryId::new(before_id);
        let query = DeliveryRow::of_account(&account(), before, &before_id, 2);
        let page = store.list::<DeliveryRow>(query).await.expect("it reads");
        page.into_iter().map(|delivery| delivery.id.to_string()).collect()
    };
    assert_eq!(page(Timestamp(i64::MAX), "").await, ["d4", "d3"]);
    assert_eq!(page(Timestamp(2), "d3").await, ["d2", "d1"]);
    assert!(page(Timestamp(1), "d1").await.is_empty());

    let new = store.list::<DeliveryRow>(DeliveryRow::waiting(10)).await.expect("it reads");
    assert_eq!(new.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["d2", "d3", "d4"]);
    let first = async |query: Query| -> Option<String> {
        let first = store.list::<DeliveryRow>(query).await.expect("it reads");
        first.first().map(|delivery| delivery.id.to_string())
    };
    let hook = "hook".into();
    let by_id = DeliveryRow::first_by_forge_id(&hook, "forge-d3");
    assert_eq!(first(by_id).await.as_deref(), Some("d3"));
    let by_digest = DeliveryRow::first_by_digest(&hook, &"00".repeat(32));
    assert_eq!(first(by_digest).await.as_deref(), Some("d1"));
    assert_eq!(first(DeliveryRow::first_by_digest(&"other".into(), &"00".repeat(32))).await, None);
}

pub async fn texts_are_ordered_by_their_bytes(store: Store) {
    let mut changes = Changes::of_loop();
    for pipeline in ["b", "B", "a-b", "a_b", "ab", "é"] {
        changes.insert(watch("o/r", pipeline));
    }
    store.commit(changes).await.expect("it commits");
    let watch = watch("o/r", "b");
    let query = WatchRow::of_repository(&watch.account, &watch.connection, &watch.repository);
    let found = store.list::<WatchRow>(query).await.expect("it reads");
    let names: Vec<_> = found.iter().map(|watch| watch.pipeline.as_str()).collect();
    assert_eq!(names, ["B", "a-b", "a_b", "ab", "b", "é"]);
}

pub async fn lines_wake_in_their_order(store: Store) {
    let mut changes = Changes::of_loop();
    for (pipeline, wake_at) in [("late", Some(9)), ("soon", Some(3)), ("never", None)] {
        let (pipeline, wake_at) = (PipelineName::new(pipeline), wake_at.map(Timestamp));
        let head = engine::LineHead::new(account(), pipeline.clone());
        changes.insert(LineRow { account: account(), pipeline, wake_at, head });
    }
    store.commit(changes).await.expect("it commits");
    let names = async |query: Query| -> Vec<String> {
        let lines = store.list::<LineRow>(query).await.expect("it reads");
        lines.into_iter().map(|line| line.pipeline.to_string()).collect()
    };
    assert_eq!(names(LineRow::due(Timestamp(3), 10)).await, ["soon"]);
    assert_eq!(names(LineRow::due(Timestamp(2), 10)).await, Vec::<String>::new());
    assert_eq!(names(LineRow::soonest(10)).await, ["soon", "late"]);
}

pub async fn who_is_in_an_account_reads_back_and_names_have_no_case(store: Store) {
    let role = RoleRow {
        account: account(),
        folded: folded("Deploy"),
        name: "Deploy".to_owned(),
        path: "/ci/".to_owned(),
        created: Timestamp(1),
        id: "AROA1".to_owned(),
        trust: "{}".to_owned(),
        trust_principals: None,
        description: None,
        max_session_seconds: 3600,
        boundary: None,
        grants: Grants::default(),
        tags: [("team".to_owned(), "red".to_owned())].into(),
    };
    assert_eq!(role.arn(), "arn:aws:iam::000000000000:role/ci/Deploy");
    let again = RoleRow { folded: folded("DEPLOY"), name: "DEPLOY".to_owned(), ..role.clone() };
    let insert = |row: RoleRow| {
        let mut changes = Changes::of_loop();
        changes.insert(row);
        changes
    };
    store.commit(insert(role.clone())).await.expect("it commits");
    let refused = store.commit(insert(again)).await.expect_err("the name is taken");
    assert_eq!(refused, CommitError::Stale);
    let listed = store.list::<RoleRow>(RoleRow::of_account(&account(), "", 10)).await;
    assert_eq!(listed.expect("it reads"), [role]);
    let after = store.list::<RoleRow>(RoleRow::of_account(&account(), "deploy", 10)).await;
    assert_eq!(after.expect("it reads"), []);
}

pub async fn an_account_stands_below_its_own_policies_and_those_above_all(store: Store) {
    let mut changes = Changes::of_loop();
    for (target, name) in [("*", "b"), ("*", "a"), ("000000000000", "c"), ("111111111111", "d")] {
        let (target, name, text) = (target.to_owned(), name.to_owned(), "{}".to_owned());
        let created = Timestamp(1);
        changes.insert(OrganisationPolicyRow { target, name, on_resources: false, created, text });
    }
    store.commit(changes).await.expect("it commits");
    let above = store.list::<OrganisationPolicyRow>(OrganisationPolicyRow::above(&account())).await;
    let above = above.expect("it reads");
    let names: Vec<_> = above.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}
