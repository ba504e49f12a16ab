//! The first connection, and what to mend where it cannot be made.
//!
//! Asked once before the pool, which tries a server that refuses until its own time is over and
//! then knows no reason.

use crate::limits::POSTGRES_WAIT_MAX;
use crate::record::Error;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use std::str::FromStr;

/// Reads a URL and sees that what it names answers.
pub(super) async fn reached(url: &str) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url).map_err(|_| Error::DatabaseUrl)?;
    let at = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let asked = tokio::time::timeout(POSTGRES_WAIT_MAX, PgConnection::connect_with(&options)).await;
    let problem = match asked {
        Ok(Ok(connection)) => {
            // It was only to see; that it is closed well matters to nobody.
            let _ = connection.close().await;
            return Ok(options);
        }
        Ok(Err(error)) => problem(&options, &error),
        Err(_) => format!("did not answer for {} seconds", POSTGRES_WAIT_MAX.as_secs()),
    };
    Err(Error::NoPostgres { at, problem })
}

/// What is wrong and what would be right, by SQLSTATE (PostgreSQL, appendix A).
fn problem(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    let user = options.get_username();
    let database = options.get_database().unwrap_or(user);
    match error {
        sqlx::Error::Io(cause) => {
            format!("cannot be reached ({cause}): start it, or correct host and port in --database")
        }
        sqlx::Error::Tls(_) => "and we do not agree on TLS: see sslmode in --database".to_owned(),
        sqlx::Error::Database(refused) => match refused.code().as_deref() {
            Some("28P01" | "28000") => {
                format!("does not let {user} in: correct user and password in --database")
            }
            Some("3D000") => {
                format!("has no database {database}: create it, or name another in --database")
            }
            Some("53300") => "has no connection left: raise its max_connections".to_owned(),
            Some("57P03") => "is starting or stopping: try again in a moment".to_owned(),
            _ => format!("refuses: {}", refused.message()),
        },
        _ => "does not speak PostgreSQL's protocol: correct host and port in --database".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_with_what_to_do() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let url = format!("postgres://ada:hunter2@127.0.0.1:{port}/towpath");
        let said = reached(&url).await.expect_err("nobody listens").to_string();
        assert!(said.contains(&format!("PostgreSQL at 127.0.0.1:{port} cannot be")), "{said}");
        assert!(said.contains("--database") && !said.contains("hunter2"), "{said}");
    }

    #[tokio::test]
    async fn a_url_that_is_none_is_refused_without_its_password() {
        let said =
            reached("postgres://ada:hunter2@h:port/x").await.expect_err("no port").to_string();
        assert!(
            said.contains("postgres://USER:PASSWORD@HOST") && !said.contains("hunter2"),
            "{said}"
        );
    }
}
