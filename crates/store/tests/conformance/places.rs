//! The databases that the promises are run against.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::future::Future;
use std::pin::Pin;
use store::{Store, StoreConfig};
use tokio::runtime::Runtime;

type Story = Pin<Box<dyn Future<Output = ()>>>;

/// Tells a story on each database.
pub fn each_place(name: &str, story: impl Fn(Store) -> Story) {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        story(open(&StoreConfig::Memory).await).await;
        let folder = tempfile::tempdir().expect("a folder");
        story(open(&StoreConfig::Folder(folder.path().to_owned())).await).await;
        let Some(server) = server() else {
            return println!("{name}: not on PostgreSQL, TOWPATH_POSTGRES is not set");
        };
        let database = Fresh::make(&server, name).await;
        story(open(&database.config).await).await;
        database.remove().await;
        println!("{name}: on PostgreSQL too");
    });
}

pub async fn open(config: &StoreConfig) -> Store {
    Store::open(config).await.expect("the store opens")
}

/// The PostgreSQL server that may be used, if any.
pub fn server() -> Option<String> {
    std::env::var("TOWPATH_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// A database of its own on the server.
pub struct Fresh {
    server: String,
    name: String,
    pub config: StoreConfig,
}

impl Fresh {
    pub async fn make(server: &str, story: &str) -> Self {
        let name = format!("towpath_{}_{story}", std::process::id());
        // PostgreSQL cuts names at 63 bytes.
        let name = name[..name.len().min(63)].to_owned();
        let fresh = |verb: &str| format!("{verb} \"{name}\"");
        run(server, &fresh("DROP DATABASE IF EXISTS")).await;
        run(server, &fresh("CREATE DATABASE")).await;
        let (host, _) = server.rsplit_once('/').expect("a URL with a database");
        let config = StoreConfig::Postgres(format!("{host}/{name}"));
        Self { server: server.to_owned(), name, config }
    }

    pub async fn remove(self) {
        run(&self.server, &format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name)).await;
    }
}

async fn run(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(server).await.expect("PostgreSQL answers");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("it is done");
}
