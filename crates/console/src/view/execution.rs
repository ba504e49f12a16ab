//! One execution: how it stands, what happened and why, and the log of its commands.

use super::Frame;
use super::log::Log;
use super::picture::{Approval, Event, Revision, Stage};
use super::words::{Status, Why};
use crate::href::Href;
use crate::moment::{Moment, Span};
use askama::Template;
use serde::Serialize;

/// One execution.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "execution.html", blocks = ["live"])]
pub struct Execution {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// The pipeline.
    pub pipeline: String,
    /// Its page.
    pub pipeline_href: Href,
    /// The execution's id.
    pub id: String,
    /// How it stands.
    pub status: Status,
    /// Why it stands so.
    pub why: Option<Why>,
    /// What started it.
    pub trigger: Option<Why>,
    /// The declaration's version that it runs.
    pub version: u32,
    /// When it started.
    pub started: Moment,
    /// When it ended.
    pub ended: Option<Moment>,
    /// How long it took, if it has ended.
    pub took: Option<Span>,
    /// What it carries, one for each source.
    pub revisions: Vec<Revision>,
    /// The picture, as far as this execution has come.
    pub stages: Vec<Stage>,
    /// Approvals that wait for an answer.
    pub approvals: Vec<Approval>,
    /// What happened, oldest first.
    pub timeline: Vec<Event>,
    /// What it made.
    pub artifacts: Vec<Artifact>,
    /// The log that is open; `None` where no action writes one.
    pub log: Option<Log>,
}

/// An artifact, with a link that downloads it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Artifact {
    /// Its name in the pipeline.
    pub name: String,
    /// The action that made it.
    pub made_by: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hex.
    pub digest: String,
    /// Downloads it; `None` where retention has taken it away.
    pub href: Option<Href>,
}

impl Artifact {
    /// `512 bytes`, `3.4 KiB`.
    pub fn weight(&self) -> String {
        const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
        let mut size = self.size as f64;
        let mut unit = "bytes";
        for next in UNITS {
            if size < 1024.0 {
                break;
            }
            (size, unit) = (size / 1024.0, next);
        }
        if unit == "bytes" { format!("{} bytes", self.size) } else { format!("{size:.1} {unit}") }
    }

    /// The digest's first twelve digits, for people.
    pub fn short_digest(&self) -> String {
        self.digest.chars().take(12).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_in_its_unit() {
        fn check(size: u64, expect: &str) {
            let (name, made_by, digest) = <(String, String, String)>::default();
            assert_eq!(Artifact { name, made_by, size, digest, href: None }.weight(), expect);
        }
        check(0, "0 bytes");
        check(1023, "1023 bytes");
        check(1536, "1.5 KiB");
        check(5 << 30, "5.0 GiB");
    }
}
