//! Values as PostgreSQL takes and gives them, and what its errors mean here.

use crate::changes::CommitError;
use crate::record::Error;
use crate::statement::Value;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgRow, PgTypeInfo};
use sqlx::{Column as _, Encode, Row as _, Type, TypeInfo as _};

pub(super) fn value(row: &PgRow, column: usize) -> Result<Value, Error> {
    Ok(match row.column(column).type_info().name() {
        "TEXT" => row.try_get::<Option<String>, _>(column)?.map_or(Value::Null, Value::Text),
        "INT8" => row.try_get::<Option<i64>, _>(column)?.map_or(Value::Null, Value::Int),
        "BYTEA" => row.try_get::<Option<Vec<u8>>, _>(column)?.map_or(Value::Null, Value::Blob),
        other => return Err(Error::Unreadable(format!("a column of type {other}"))),
    })
}

impl Type<sqlx::Postgres> for Value {
    /// `unknown`: the server finds out from where it stands, which serves NULLs.
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(705))
    }
}

impl Encode<'_, sqlx::Postgres> for Value {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) => Encode::<sqlx::Postgres>::encode_by_ref(&text.as_str(), buffer),
            Self::Int(number) => Encode::<sqlx::Postgres>::encode_by_ref(number, buffer),
            Self::Blob(bytes) => Encode::<sqlx::Postgres>::encode_by_ref(&&bytes[..], buffer),
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(match self {
            Self::Null => <Self as Type<sqlx::Postgres>>::type_info(),
            Self::Text(_) => <str as Type<sqlx::Postgres>>::type_info(),
            Self::Int(_) => <i64 as Type<sqlx::Postgres>>::type_info(),
            Self::Blob(_) => <[u8] as Type<sqlx::Postgres>>::type_info(),
        })
    }
}

/// What a transaction's end did is not known where the connection broke during it.
pub(super) fn unknown_at_commit(error: &sqlx::Error) -> CommitError {
    match error.as_database_error() {
        Some(refused) if !is_broken(error) => refusal(refused.code().as_deref(), error),
        _ => CommitError::Unknown,
    }
}

/// Whether the connection is gone: by itself, or because the server stops (SQLSTATE class 57P).
pub(super) fn is_broken(error: &sqlx::Error) -> bool {
    let stopped = |code: &str| code.starts_with("57P");
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(refused) => refused.code().as_deref().is_some_and(stopped),
        _ => false,
    }
}

/// By SQLSTATE (PostgreSQL, appendix A): unique violation, serialization failure and deadlock are
/// another decision in the way; `53100` is `disk_full`.
fn refusal(code: Option<&str>, error: &sqlx::Error) -> CommitError {
    match code {
        Some("23505" | "40001" | "40P01") => CommitError::Stale,
        Some("53100") => CommitError::Full,
        _ => CommitError::Failed(error.to_string()),
    }
}

impl From<sqlx::Error> for CommitError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|refused| refused.code());
        refusal(code.as_deref(), &error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        CommitError::from(error).into()
    }
}
