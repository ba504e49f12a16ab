//! A request as plain parts: the codecs see these and no HTTP server's types.

use crate::form::{split, unescape};
use crate::limits::QUERY_PAIRS_MAX;

/// The parts of one HTTP request, as they came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path as sent, percent-encoding kept, without the query.
    pub path: &'a str,
    /// The query as sent, without its `?`; empty where there is none.
    pub query: &'a str,
    /// Names in any case, in the order received; a repeated header is repeated here.
    pub headers: &'a [(&'a str, &'a str)],
    /// The whole body.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The first value of a header, its name in any case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// Every value of a header, in order.
    pub fn headers(&self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
        let name = name.to_ascii_lowercase();
        let named = move |entry: &&(&str, &str)| entry.0.eq_ignore_ascii_case(&name);
        self.headers.iter().filter(named).map(|entry| entry.1)
    }

    /// Whether the query has more parameters than [`QUERY_PAIRS_MAX`]: reading one looks at all.
    pub fn is_overlong(&self) -> bool {
        split(self.query).nth(QUERY_PAIRS_MAX).is_some()
    }

    /// The parameters of the query, decoded and in the order in which they are signed. Whatever is
    /// read from a query is read from these: what the signature is over, which operation is meant
    /// and what it is asked for could otherwise be told apart by how a name is escaped.
    pub fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        let mut pairs: Vec<_> =
            split(self.query).map(|(name, text)| (decoded(name), decoded(text))).collect();
        pairs.sort();
        pairs.into_iter()
    }

    /// A parameter's text; the first, in that order, where it stands more than once.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let named = |pair: &(&str, &str)| decoded(pair.0) == name;
        split(self.query).filter(named).map(|(_, text)| decoded(text)).min()
    }
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&unescape(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_what_its_escapes_stand_for() {
        let query = "upload%49d=a+b&&partNumbe%72=%2B&uploads&x=2&x=1";
        let request = Request { method: "GET", path: "/", query, headers: &[], body: b"" };
        let text = |name| request.parameter(name);
        assert_eq!(text("uploadId").as_deref(), Some("a b"));
        assert_eq!(text("partNumber").as_deref(), Some("+"));
        assert_eq!((text("uploads").as_deref(), text("x").as_deref()), (Some(""), Some("1")));
        assert_eq!((text("upload%49d"), text("")), (None, None));
    }

    #[test]
    fn a_query_has_so_many_parameters_and_no_more() {
        let overlong = |count| {
            let query = "x&".repeat(count);
            Request { method: "GET", path: "/", query: &query, headers: &[], body: b"" }
                .is_overlong()
        };
        assert_eq!((overlong(QUERY_PAIRS_MAX), overlong(QUERY_PAIRS_MAX + 1)), (false, true));
    }
}
