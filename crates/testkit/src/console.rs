//! What a page of the console says, without its tags.

use egress::{HeaderValue, Method, Request, header};
use serde_json::json;
use wire::Service;

use crate::browser::Browser;
use crate::world::World;

impl World {
    /// The text of a page, read by somebody who signed in for it.
    pub async fn page(&self, path: &str) -> String {
        let mut browser = Browser::default();
        let made = self.must(Service::Towpath, "CreateConsoleLink", &json!({})).await;
        let link = made["url"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let origin = self.caller.at("/").origin().ascii_serialization();
        let origin = HeaderValue::from_str(&origin).expect("an origin");
        let form = Request::new(Method::POST, self.caller.at("/console/sign-in"));
        let form = form.header(header::ORIGIN, origin);
        let form = form.content("application/x-www-form-urlencoded", format!("link={link}"));
        browser.send(form).await;
        let page = browser.open(&self.caller.at(path)).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        text(&String::from_utf8_lossy(&page.body))
    }
}

/// What a reader sees: no tags, one blank where there are several.
fn text(page: &str) -> String {
    let mut pieces = page.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    let visible = pieces.map(|piece| {
        let (tag, text) = piece.split_once('>').unwrap_or(("", ""));
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        let gap = if ["a", "b", "code", "em", "span", "time"].contains(&name) { "" } else { " " };
        format!("{gap}{text}")
    });
    let whole: String = [first].into_iter().chain(visible).collect();
    let plain = whole.replace("&#39;", "'").replace("&#34;", "\"").replace("&quot;", "\"");
    let plain = plain.replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
