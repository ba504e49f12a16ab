//! Queries and forms: names and values, percent-encoded.

use crate::limits::FORM_BYTES_MAX;
use crate::refusal::Refusal;
use axum::body::Body;
use std::collections::BTreeMap;

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
    /// It is larger than any form of the console.
    pub async fn read(body: Body) -> Result<Self, Refusal> {
        let read = axum::body::to_bytes(body, FORM_BYTES_MAX).await;
        let bytes = read.map_err(|_| Refusal::TooLarge)?;
        Ok(Self(url::form_urlencoded::parse(&bytes).into_owned().collect()))
    }

    /// The value of a name; empty where the form has none.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
