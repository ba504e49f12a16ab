//! A PostgreSQL database for one world, where `TOWPATH_POSTGRES` names a server that may be used.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A fresh database; [`Database::remove`] takes it away again.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes a database; `None` where no server may be used.
    pub async fn make(story: &str) -> Option<Self> {
        let server = std::env::var("TOWPATH_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let name = format!("towpath_{}_{story}", std::process::id());
        // PostgreSQL cuts names at 63 bytes.
        let name = name[..name.len().min(63)].to_owned();
        let made = Self { server, name };
        made.run(&format!("DROP DATABASE IF EXISTS \"{}\"", made.name)).await;
        made.run(&format!("CREATE DATABASE \"{}\"", made.name)).await;
        Some(made)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').expect("a URL with a database");
        format!("{server}/{}", self.name)
    }

    /// Drops it, whoever is still connected.
    pub async fn remove(self) {
        self.run(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name)).await;
    }

    async fn run(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.server).await.expect("PostgreSQL answers");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("it is done");
    }
}
