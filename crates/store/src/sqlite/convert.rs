//! Values as SQLite takes and gives them, and what its errors mean here.

use crate::changes::CommitError;
use crate::record::Error;
use crate::statement::Value;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ToSql};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What no column of ours holds, a float or a text that is not UTF-8, comes as a value of another
/// kind: the column that is asked for says so, and the rows beside it are read.
pub(super) fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => match str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(text.to_vec()),
        },
        ValueRef::Real(number) => Value::Blob(number.to_string().into_bytes()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for CommitError {
    /// A constraint that fails is another row in a new one's place. After a failed write or sync
    /// the log may hold the commit all the same, and a restart would find it.
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Self::Stale,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => {
                tracing::error!(%error, "the disk failed while a commit was written");
                Self::Unknown
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}
