//! One filled-in value of each page: what the tests render, and what a person looks at
//! (`TOWPATH_GALLERY=<folder> cargo test -p console gallery`).

mod connections;
mod deliveries;
mod entry;
mod execution;
mod pipelines;

use super::connections::{Connection, ConnectionTest, Connections, RightLine, Rights};
use super::deliveries::{
    Body, Deliveries, Delivery, DeliveryLine, Disposition, Replayed, ReplayedChange, Verdict,
};
use super::entry::{Handoff, Problem, SignIn};
use super::execution::{Artifact, Execution};
use super::frame::{Frame, Place, Section};
use super::log::{Line, Log, OtherLog, Writer};
use super::picture::{Action, Approval, Event, Gate, Order, Passenger, Revision, Stage, Waiting};
use super::pipelines::{Dot, ExecutionLine, Executions, Pipeline, PipelineLine, Pipelines};
use super::syncs::{Link, Sync, Syncs};
use super::words::{Phrase, Status, Tone, Why};
use crate::href::Href;
use crate::moment::{Moment, Span};
use domain::Timestamp;

pub use connections::{connection_test, connections, syncs};
pub use deliveries::{deliveries, delivery, replayed};
pub use entry::{handoff, no_link, problem, sign_in};
pub use execution::execution;
pub use pipelines::{executions, pipeline, pipelines, stages};

const BEGIN: i64 = 1_795_395_600_123;

/// A frame as a signed-in person sees it.
pub fn frame(section: Section) -> Frame {
    let place = Place { account: "000000000000".into(), region: "us-east-1".into(), user: None };
    let events = Href::inside(&["events"]).with("page", "/console/");
    Frame { section, place: Some(place), form_token: "form-token".into(), events: Some(events) }
}

fn at(millis: i64) -> Moment {
    Moment(Timestamp(BEGIN + millis))
}

fn outside(text: &str) -> Option<Href> {
    Href::outside(text)
}

fn why(code: &str, sentence: &str, next: &str) -> Why {
    let words = |text: &str| match text {
        "" => Vec::new(),
        _ => text.split('`').enumerate().map(phrase).collect(),
    };
    Why { code: code.into(), sentence: words(sentence), next: words(next) }
}

/// Every second piece between back-ticks is code.
fn phrase((index, text): (usize, &str)) -> Phrase {
    if index % 2 == 1 { Phrase::code(text) } else { Phrase::plain(text) }
}

fn revision(id: &str, summary: &str, author: &str) -> Revision {
    Revision {
        action: "Fetch".into(),
        id: id.into(),
        summary: summary.into(),
        author: Some(author.into()),
        reference: Some("main".into()),
        repository: Some("canal/storefront".into()),
        href: outside(&format!("https://git.example/canal/storefront/commit/{id}")),
    }
}

fn retry() -> Revision {
    revision(
        "3d1f0a27c95e4b8d6f21a0c4e87b5d93f6a2c1e0",
        "Retry the payment call when the gateway answers 503",
        "Ada Byron",
    )
}

fn basket() -> Revision {
    revision(
        "a84c2e9107bd3f5566e0c1d29f7ab8341cde7702",
        "Keep the basket when a session ends",
        "Grace Brewster",
    )
}

fn passenger(id: &str, revision: Option<Revision>) -> Passenger {
    Passenger {
        id: id.into(),
        href: Href::inside(&["pipelines", "storefront", "executions", id]),
        revision,
    }
}

const FIRST: &str = "9c41d7e2-5b0f-4a83-8f16-2b7de0a4c951";

const SECOND: &str = "17e0b3aa-c4d2-4f6e-9b58-60f3a1d87c24";

fn status(tone: Tone, code: &str) -> Status {
    Status::new(tone, code)
}

fn action(name: &str, category: &str, provider: &str, status: Status) -> Action {
    let (name, category, provider) = (name.into(), category.into(), provider.into());
    Action { name, category, provider, status, ..Action::default() }
}

fn done(name: &str, category: &str, provider: &str, start: i64, took: i64) -> Action {
    let (started, took) = (Some(at(start)), Some(Span(took)));
    let base = action(name, category, provider, status(Tone::Succeeded, "Succeeded"));
    Action { attempt: 1, started, took, ..base }
}

fn order(run_order: u32, actions: Vec<Action>) -> Order {
    Order { run_order, actions }
}

fn approval() -> Approval {
    Approval {
        key: "approval-1".into(),
        submit: Href::inside(&["pipelines", "storefront", "executions", FIRST, "approval"]),
        stage: "Approval".into(),
        action: "Release".into(),
        token: "0f6c3f7a-token".into(),
        revision: Some(retry()),
        asks: Some("Has the payment team seen the new retry limits?".into()),
        review: outside("https://review.example/storefront/412"),
        until: Some(at(7 * 86_400_000)),
    }
}
