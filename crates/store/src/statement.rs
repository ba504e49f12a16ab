//! A statement as a value: one SQL text for both databases, and what is bound to its `?`s.

use crate::record::Error;
use domain::connection::{HookState, ProviderType};
use domain::sync::SyncType;
use domain::*;

/// What a column holds or a `?` stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing.
    Null,
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// BLOB, BYTEA in PostgreSQL.
    Blob(Vec<u8>),
}

impl Value {
    /// What it takes of memory, about.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Null | Self::Int(_) => 0,
                Self::Text(text) => text.len(),
                Self::Blob(bytes) => bytes.len(),
            }
    }
}

/// An SQL text with its binds, in the order of its `?`s.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Statement {
    /// The text, the same for both databases.
    pub sql: &'static str,
    /// One value for each `?`.
    pub binds: Vec<Value>,
}

/// What can stand in a column of its own.
pub trait Column: Sized {
    /// As it is stored.
    fn to_value(&self) -> Value;
    /// As it was before it was stored; fails where the column holds something of another kind.
    fn from_value(value: Value) -> Result<Self, Error>;
}

impl<T: Column> From<&T> for Value {
    fn from(column: &T) -> Self {
        column.to_value()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Columns that are stored as one kind of value, with the way there and back.
macro_rules! columns {
    ($($type:ty => $kind:ident, $to:expr, $from:expr;)*) => {$(
        impl Column for $type {
            fn to_value(&self) -> Value {
                let to: fn(&Self) -> _ = $to;
                Value::$kind(to(self))
            }

            fn from_value(value: Value) -> Result<Self, Error> {
                let from: fn(_) -> Option<Self> = $from;
                match value {
                    Value::$kind(inner) => from(inner).ok_or_else(|| unexpected(stringify!($type))),
                    _ => Err(unexpected(stringify!($type))),
                }
            }
        }

        impl From<$type> for Value {
            fn from(column: $type) -> Self {
                column.to_value()
            }
        }
    )*};
}

columns! {
    String => Text, |text| text.clone(), Some;
    i64 => Int, |number| *number, Some;
    u32 => Int, |number| i64::from(*number), |number| u32::try_from(number).ok();
    bool => Int, |truth| i64::from(*truth), |number| Some(number != 0);
    Vec<u8> => Blob, |bytes| bytes.clone(), Some;
    Timestamp => Int, |at| at.0, |millis| Some(Timestamp(millis));
    ProviderType => Text, |kind| kind.as_str().to_owned(), |text: String| ProviderType::parse(&text);
    HookState => Text, |state| state.as_str().to_owned(), |text: String| HookState::parse(&text);
    SyncType => Text, |kind| kind.as_str().to_owned(), |text: String| SyncType::parse(&text);
    Installation => Text, |it| it.to_string(), |text: String| Installation::parse(&text);
    ArtifactRef => Text, artifact_text, artifact_of;
}

/// Text ids are their text.
macro_rules! text_columns {
    ($($type:ident)*) => {
        columns! { $($type => Text, |id| id.as_str().to_owned(), |text| Some($type::new(text));)* }
    };
}

text_columns! {
    AccountId Region PipelineName StageName ActionName ArtifactName ExecutionId ConnectionArn
    HostArn RegistrationId HookId DeliveryId EffectId HandshakeId HolderId AccessKeyId
    RepositoryName CommitSha BucketName
}

impl<T: Column> Column for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

fn unexpected(wanted: &str) -> Error {
    Error::Unreadable(format!("a column that should hold a {wanted} holds something else"))
}

/// `DIGEST SIZE STORE`: one text for one content, so that equality finds who else refers to it.
fn artifact_text(artifact: &ArtifactRef) -> String {
    format!("{} {} {}", artifact.digest, artifact.size, artifact.store)
}

fn artifact_of(text: String) -> Option<ArtifactRef> {
    let mut parts = text.splitn(3, ' ');
    let digest = Digest(parts.next()?.to_owned());
    let size = parts.next()?.parse().ok()?;
    Some(ArtifactRef { digest, size, store: parts.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_read_back_as_they_were_written() {
        fn check<T: Column + PartialEq + std::fmt::Debug>(column: T) {
            assert_eq!(T::from_value(column.to_value()).ok(), Some(column));
        }
        check(String::from("text"));
        check(7_u32);
        check(true);
        check(vec![0_u8, 255]);
        check(Timestamp(-1));
        check(AccountId::new("000000000000"));
        check(None::<CommitSha>);
        let digest = Digest("ab".repeat(32));
        check(ArtifactRef { digest, size: 9, store: "local".to_owned() });
    }

    #[test]
    fn a_column_of_another_kind_is_unreadable() {
        assert!(u32::from_value(Value::Int(-1)).is_err());
        assert!(String::from_value(Value::Null).is_err());
        assert!(ArtifactRef::from_value(Value::from("no artifact")).is_err());
    }
}
