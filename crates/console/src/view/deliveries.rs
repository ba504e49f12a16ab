//! Webhooks as they came in, and what became of each change in them.

use super::Frame;
use super::words::{Status, Why};
use crate::href::Href;
use crate::moment::Moment;
use askama::Template;
use serde::Serialize;

/// The newest deliveries first.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "deliveries.html", blocks = ["live"])]
pub struct Deliveries {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// This page's part of them.
    pub deliveries: Vec<DeliveryLine>,
    /// The next page, with older ones.
    pub older: Option<Href>,
}

/// One delivery in the list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct DeliveryLine {
    /// Our id of it.
    pub id: String,
    /// Its page.
    pub href: Href,
    /// When it was received.
    pub at: Moment,
    /// `GitHub Enterprise Server`.
    pub forge: String,
    /// The forge's name of the event, `push`.
    pub event: String,
    /// `owner/name`, if it could be read.
    pub repository: Option<String>,
    /// What became of it, in a word.
    pub status: Status,
    /// What became of each change in it.
    pub dispositions: Vec<Disposition>,
}

/// What became of one change.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Disposition {
    /// `refs/heads/main`; empty where no change could be read.
    pub change: String,
    /// `Started`, `Duplicate`, `Filtered`, `Stale`, `Unusable`, or that it waits.
    pub status: Status,
    /// Why.
    pub why: Why,
    /// The executions that it started.
    pub started: Vec<super::picture::Passenger>,
}

/// One delivery.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "delivery.html", blocks = ["live"])]
pub struct Delivery {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// What the list shows of it.
    pub line: DeliveryLine,
    /// Where "replay" goes.
    pub replay: Href,
    /// The forge's own id of it.
    pub forge_id: Option<String>,
    /// Whether the signature holds, and how that was found.
    pub signature: Verdict,
    /// Its headers, as received.
    pub headers: Vec<(String, String)>,
    /// Its body; `None` where retention has taken it away.
    pub body: Option<Body>,
}

/// A signature's verdict.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Verdict {
    /// `Verified`, `Refused`.
    pub status: Status,
    /// With which method, and what differed.
    pub how: String,
}

/// A body, indented where it is JSON.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Body {
    /// Its size as received, in bytes.
    pub size: u64,
    /// Its text, cut at a limit.
    pub text: String,
    /// Whether it was cut.
    pub cut: bool,
}

/// What a replay came to, or would.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "replayed.html")]
pub struct Replayed {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// The delivery's page.
    pub delivery: Href,
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Each change in it.
    pub changes: Vec<ReplayedChange>,
    /// What would have to be asked first.
    pub questions: Vec<String>,
}

/// What one change came to, or would.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct ReplayedChange {
    /// `started`, `filtered`.
    pub outcome: String,
    /// `refs/heads/main`.
    pub change: String,
    /// Why.
    pub sentence: String,
    /// Pipelines that a rule held back, each with the rule.
    pub held_back: Vec<String>,
}
