//! Pages of lists: `page` and `per_page` (or Bitbucket Cloud's `pagelen`).

use axum::http::{HeaderMap, header};
use serde::Deserialize;

/// Entries on a page at most.
const SIZE_MAX: usize = 100;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct Page {
    page: Option<usize>,
    #[serde(alias = "pagelen")]
    per_page: Option<usize>,
}

/// A part of a list, and whether there is more.
#[derive(Clone, Debug)]
pub(crate) struct Part<T> {
    pub(crate) shown: Vec<T>,
    pub(crate) number: usize,
    pub(crate) size: usize,
    pub(crate) total: usize,
    pub(crate) next: Option<usize>,
}

impl Page {
    /// The part of a list that was asked for; `size` is the forge's own page size.
    pub(crate) fn of<T>(self, all: Vec<T>, size: usize) -> Part<T> {
        let size = self.per_page.unwrap_or(size).clamp(1, SIZE_MAX);
        let number = self.page.unwrap_or(1).max(1);
        let (begin, total) = ((number - 1).saturating_mul(size), all.len());
        let next = (total > begin.saturating_add(size)).then_some(number + 1);
        let shown = all.into_iter().skip(begin).take(size).collect();
        Part { shown, number, size, total, next }
    }
}

impl<T> Part<T> {
    /// `Link: <URL>; rel="next"` (RFC 8288); `url` has no query yet.
    pub(crate) fn link(&self, url: &str) -> HeaderMap {
        let next =
            |next: usize| format!(r#"<{url}?per_page={}&page={next}>; rel="next""#, self.size);
        let value = self.next.and_then(|number| next(number).parse().ok());
        value.into_iter().map(|link| (header::LINK, link)).collect()
    }
}
