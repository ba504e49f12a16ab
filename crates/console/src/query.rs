//! Queries and forms: names and values, percent-encoded.

use crate::limits::{FORM_BYTES_MAX, FORM_TIME_MAX};
use crate::refusal::Refusal;
use axum::body::Body;
use std::collections::BTreeMap;
use std::time::Duration;

/// The first value of a name in a query.
pub fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A form's values; of a name that comes twice, the last.
#[derive(Debug, Default)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads a form.
    ///
    /// # Errors
    /// It is larger than any form of the console, or does not arrive in time.
    pub async fn read(body: Body) -> Result<Self, Refusal> {
        Self::read_within(body, FORM_TIME_MAX).await
    }

    async fn read_within(body: Body, time_max: Duration) -> Result<Self, Refusal> {
        let reading = axum::body::to_bytes(body, FORM_BYTES_MAX);
        let read = tokio::time::timeout(time_max, reading).await.map_err(|_| Refusal::TooSlow)?;
        let bytes = read.map_err(|_| Refusal::TooLarge)?;
        Ok(Self(url::form_urlencoded::parse(&bytes).into_owned().collect()))
    }

    /// The value of a name; empty where the form has none.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_form_that_never_ends_is_not_waited_for() {
        let never = Body::from_stream(futures::stream::pending::<std::io::Result<Vec<u8>>>());
        let read = Form::read_within(never, Duration::from_millis(1)).await;
        assert!(matches!(read, Err(Refusal::TooSlow)), "{read:?}");
        let form = Form::read(Body::from("a=1&b=%3C&a=2")).await.expect("a form");
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), ("2", "<", ""));
    }
}
