//! Where a link leads: a path of the console, or an `http(s)` address that came from outside.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// RFC 3986 "unreserved": all else in a segment or a value is percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A link's address. It cannot carry another scheme: `javascript:` and `data:` do not become one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Href(String);

impl Href {
    /// A page of the console: `/console/` and the segments, each percent-encoded.
    pub fn inside(segments: &[&str]) -> Self {
        let encoded: Vec<_> = segments.iter().map(|segment| encode(segment)).collect();
        Self(format!("/console/{}", encoded.join("/")))
    }

    /// The page one segment below this one, which must have no query.
    pub fn below(self, segment: &str) -> Self {
        Self(format!("{}/{}", self.0, encode(segment)))
    }

    /// The same page with one more query parameter.
    pub fn with(self, name: &str, value: &str) -> Self {
        let joint = if self.0.contains('?') { '&' } else { '?' };
        Self(format!("{}{joint}{}={}", self.0, encode(name), encode(value)))
    }

    /// An address that somebody else wrote; `None` unless it is absolute `http` or `https`.
    pub fn outside(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let named = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
        let clean = !text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\');
        (named && clean).then(|| Self(text.to_owned()))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn encode(text: &str) -> String {
    // A segment of dots alone would be resolved as "here" or "up".
    match text {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => utf8_percent_encode(text, ENCODED).to_string(),
    }
}

/// The text is neither a page of the console nor an `http(s)` address.
#[derive(Debug)]
pub struct NotAnAddress;

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address: expected /console/… or http(s)://…")
    }
}

impl TryFrom<String> for Href {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        let inside = text.starts_with("/console/") && text.is_ascii() && !text.contains('\\');
        if inside { Ok(Self(text)) } else { Self::outside(&text).ok_or(NotAnAddress) }
    }
}

impl From<Href> for String {
    fn from(href: Href) -> Self {
        href.0
    }
}

impl fmt::Display for Href {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_single_segments() {
        let path = Href::inside(&["pipelines", "a/../b?c", ".."]).with("log", "Build/test #1");
        assert_eq!(
            path.as_str(),
            "/console/pipelines/a%2F..%2Fb%3Fc/%2E%2E?log=Build%2Ftest%20%231"
        );
    }

    #[test]
    fn only_http_leads_outside() {
        for good in ["https://forge.example/a?b#c", "http://[::1]:80/", "http://127.0.0.1:3000/x"] {
            assert!(Href::outside(good).is_some(), "{good}");
        }
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil",
            "/x",
            "https:evil",
            "https://\\evil",
            "https:///x",
            " https://a",
            "https://a\nb",
            "HTTPS",
            "vbscript:x",
        ] {
            assert!(Href::outside(wrong).is_none(), "{wrong}");
        }
    }
}
