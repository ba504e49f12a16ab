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
    /// Whether the answer to its form leads on to a forge.
    pub leads_on: bool,
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
        let policy = policy(&self.origin, self.leads_on);
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The console's policy. Browsers hold every host that a form's answer leads over against
/// `form-action`, and a forge sends whoever is not signed in on to its sign-on, wherever that is:
/// bitbucket.org to id.atlassian.com, others to a company's own. So where a form leads on to a forge
/// no list can be complete; the page has that one form and no foreign markup.
fn policy(origin: &str, leads_on: bool) -> String {
    let policy = content_security_policy(origin);
    match leads_on {
        true => policy.replace("form-action 'self'", "form-action 'self' http: https:"),
        false => policy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_form_that_leads_on_to_a_forge_leads_anywhere() {
        let own = policy("https://ci.example.com", false);
        assert!(own.contains("form-action 'self';"), "{own}");
        let leading = policy("https://ci.example.com", true);
        assert!(leading.contains("form-action 'self' http: https:;"), "{leading}");
    }
}
