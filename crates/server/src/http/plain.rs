//! A page with a title and a few sentences, in the console's style: the OAuth handshake's.

use askama::filters::Escaper;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use console::assets::ASSETS;
use console::escape::Marked;
use console::policy::content_security_policy;

/// A page for the person in the browser. `body` is HTML whose foreign texts were escaped.
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Its title and heading.
    pub title: &'static str,
    /// What it says.
    pub body: String,
    /// Scheme and host that it is served from.
    pub origin: String,
}

/// A foreign text as HTML.
pub fn escaped(text: &str) -> String {
    let mut html = String::new();
    Marked.write_escaped_str(&mut html, text).expect("a String takes every text");
    html
}

/// A sentence as a paragraph.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escaped(text))
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let (title, style) = (self.title, &ASSETS.style.path);
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <link rel=\"stylesheet\" href=\"{style}\"></head>\
             <body class=\"plain\"><main><h1>{title}</h1>{}</main></body></html>",
            self.body
        );
        let mut response = (self.status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        // The forge must be reachable from the form by its redirect.
        let policy =
            content_security_policy(&self.origin).replace("form-action 'self'", "form-action *");
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
