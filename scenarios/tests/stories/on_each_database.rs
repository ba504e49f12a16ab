//! The two databases, for stories that are told on each.

/// Each story is told on SQLite, and on PostgreSQL where `TOWPATH_POSTGRES` names a server.
macro_rules! on_each_database {
    ($($story:ident)*) => { $(mod $story {
        use testkit::Scene;

        #[tokio::test(flavor = "multi_thread")]
        async fn sqlite() {
            super::$story(Scene::default()).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn postgresql() {
            match Scene::on_postgres(stringify!($story)).await {
                Some(scene) => super::$story(scene).await,
                None => println!("not told on PostgreSQL, TOWPATH_POSTGRES is not set"),
            }
        }
    })* };
}
