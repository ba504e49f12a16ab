//! A request as plain parts: the codecs see these and no HTTP server's types.

use percent_encoding::percent_decode_str;

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
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_ascii_lowercase();
        let named = move |entry: &&(&str, &str)| entry.0.eq_ignore_ascii_case(&name);
        self.headers.iter().filter(named).map(|entry| entry.1)
    }

    /// The query's parameters, names and texts decoded. Whoever reads a query reads it here: a
    /// signature is over the decoded form, so a name that is spelt otherwise must not mean otherwise.
    pub fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| {
            let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(text))
        })
    }
}

/// A plus stands for a space, as in a form.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
