//! Forms: percent-encoded pairs, each name once.

use crate::error::shortened;
use crate::limits::FORM_PAIRS_MAX;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Why a form is none that we take.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Percent-encoding that is no UTF-8.
    #[error("The form is not UTF-8.")]
    NotUtf8,
    /// Too many pairs.
    #[error("The form has more than {FORM_PAIRS_MAX} parameters.")]
    TooManyPairs,
    /// The same key twice.
    #[error("The parameter '{0}' stands twice.")]
    Repeated(String),
}

/// The form as keys and values.
pub type Pairs = BTreeMap<String, String>;

/// Reads a form.
///
/// # Errors
/// [`Malformed`].
pub fn read(bytes: &[u8]) -> Result<Pairs, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::NotUtf8)?;
    let mut pairs = Pairs::new();
    for (key, value) in split(text) {
        let (key, value) = (strict(key)?, strict(value)?);
        if pairs.len() == FORM_PAIRS_MAX {
            return Err(Malformed::TooManyPairs);
        }
        if pairs.insert(key.clone(), value).is_some() {
            return Err(Malformed::Repeated(shortened(&key)));
        }
    }
    Ok(pairs)
}

fn strict(text: &str) -> Result<String, Malformed> {
    String::from_utf8(unescape(text)).map_err(|_| Malformed::NotUtf8)
}

/// The pairs as they are sent.
pub(crate) fn split(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// What an escaped name or value stands for.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    percent_decode_str(&text.replace('+', " ")).collect()
}
