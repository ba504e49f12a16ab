//! The few files a page loads, compiled in, each under a name that carries its content's hash.
//!
//! A name never changes its content, so a browser may keep it for ever; a new release has new
//! names. htmx and its event-stream extension are vendored from npm (`htmx.org` 4.0.1, 0BSD).

use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// One file, with the path under which it is served.
#[derive(Debug)]
pub struct Asset {
    /// `/console/assets/console.0123456789ab.css`.
    pub path: String,
    /// Its `Content-Type`.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// All files that pages load.
#[derive(Debug)]
pub struct Assets {
    /// The style of every page.
    pub style: Asset,
    /// Swaps parts of a page.
    pub htmx: Asset,
    /// Feeds htmx from an event stream.
    pub events: Asset,
    /// The browser tab's picture.
    pub icon: Asset,
}

/// The files, hashed once.
pub static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: asset(
        "console",
        "css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/console.css"),
    ),
    htmx: asset("htmx", "js", SCRIPT, include_bytes!("../assets/htmx-4.0.1.min.js")),
    events: asset("hx-sse", "js", SCRIPT, include_bytes!("../assets/hx-sse-4.0.1.min.js")),
    icon: asset("icon", "svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
});

const SCRIPT: &str = "text/javascript; charset=utf-8";

impl Assets {
    /// The file at this path of the origin, if there is one.
    pub fn find(&self, path: &str) -> Option<&Asset> {
        [&self.style, &self.htmx, &self.events, &self.icon].into_iter().find(|a| a.path == path)
    }
}

fn asset(stem: &str, extension: &str, kind: &'static str, bytes: &'static [u8]) -> Asset {
    let hash = hex::encode(&Sha256::digest(bytes)[..6]);
    Asset { path: format!("/console/assets/{stem}.{hash}.{extension}"), kind, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_under_its_hashed_name_only() {
        let style = &ASSETS.style;
        assert_eq!(
            ASSETS.find(&style.path).map(|asset| asset.kind),
            Some("text/css; charset=utf-8")
        );
        assert!(style.path.starts_with("/console/assets/console.") && style.path.ends_with(".css"));
        assert!(ASSETS.find("/console/assets/console.css").is_none());
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let text = std::str::from_utf8(ASSETS.style.bytes).unwrap();
        assert!(!text.contains("url(") && !text.contains("@import"));
    }
}
