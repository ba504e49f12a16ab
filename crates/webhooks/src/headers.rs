//! The headers of a delivery, as they are kept with it.

use crate::Unusable;
use serde::{Deserialize, Serialize};

/// Header names in lower case with their values, repeated ones kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(Vec<(String, String)>);

/// A header that was sent more than once where one is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated;

impl Headers {
    /// The only value of a header; `name` in lower case.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Repeated),
            (first, None) => Ok(first),
        }
    }

    /// Every value of a header in the order it came; `name` in lower case.
    pub fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The header that names the event; an empty one names none. `missing` says what would be right.
    pub(crate) fn event(&self, name: &str, missing: &str) -> Result<&str, Unusable> {
        let sent = self.one(name).map_err(|_| Unusable::new(name, "sent more than once"))?;
        sent.filter(|event| !event.is_empty()).ok_or_else(|| Unusable::new(name, missing))
    }

    /// Every header in the order it came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let lower = |(name, value): (N, V)| (name.as_ref().to_ascii_lowercase(), value.into());
        Self(pairs.into_iter().map(lower).collect())
    }
}
