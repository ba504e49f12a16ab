//! A pipeline as a picture: its stages in order, the gates between them, and in each stage the
//! actions, those of one `runOrder` side by side.

use super::words::{Phrase, Status, Why};
use crate::href::Href;
use crate::moment::{Moment, Span};
use serde::Serialize;

/// One stage of the picture.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: Status,
    /// The way in from the stage before; `None` for the first stage.
    pub gate: Option<Gate>,
    /// Who is in the stage, or was last.
    pub occupant: Option<Passenger>,
    /// Who waits at its door, and why.
    pub at_the_door: Option<Waiting>,
    /// Its actions, grouped by `runOrder`.
    pub orders: Vec<Order>,
}

impl Stage {
    /// Whether somebody closed the way into it.
    pub fn is_closed(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| !gate.open)
    }
}

/// The transition into a stage.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Gate {
    /// Whether executions may pass.
    pub open: bool,
    /// Why somebody closed it.
    pub reason: Option<String>,
    /// Who closed it.
    pub by: Option<String>,
    /// When.
    pub at: Option<Moment>,
}

/// An execution as the picture shows it: a link and what it carries.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Passenger {
    /// The execution's id.
    pub id: String,
    /// Its page.
    pub href: Href,
    /// What it carries, if its source has run.
    pub revision: Option<Revision>,
}

impl Passenger {
    /// The id's first eight characters, for people.
    pub fn short(&self) -> String {
        self.id.chars().take(8).collect()
    }
}

/// An execution that waits to enter a stage.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Waiting {
    /// Who.
    pub who: Passenger,
    /// For what.
    pub why: Why,
}

/// A commit, or another version of a source.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Revision {
    /// The source action that fetched it.
    pub action: String,
    /// The full hash or version.
    pub id: String,
    /// The first line of its message.
    pub summary: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// `main`, `v1.2.0`.
    pub reference: Option<String>,
    /// `owner/name`.
    pub repository: Option<String>,
    /// Its page at the forge.
    pub href: Option<Href>,
}

impl Revision {
    /// The first eight characters of the hash, for people.
    pub fn short(&self) -> String {
        self.id.chars().take(8).collect()
    }
}

/// The actions of one `runOrder`; they run side by side.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Order {
    /// The number.
    pub run_order: u32,
    /// The actions.
    pub actions: Vec<Action>,
}

/// One action of the picture.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Action {
    /// Its name, unique in its stage.
    pub name: String,
    /// `Build`.
    pub category: String,
    /// `Commands`.
    pub provider: String,
    /// How it stands.
    pub status: Status,
    /// Which attempt this is, from 1; 0 where none was made.
    pub attempt: u32,
    /// When it started.
    pub started: Option<Moment>,
    /// How long it took.
    pub took: Option<Span>,
    /// What its provider said of it.
    pub summary: Option<String>,
    /// Why it waits, or why it ended as it did.
    pub why: Option<Why>,
    /// Its log.
    pub log: Option<Href>,
    /// Its page in another system.
    pub elsewhere: Option<Href>,
    /// The question, where this is an approval that waits for an answer.
    pub approval: Option<Approval>,
}

/// An approval that waits: everything that its form needs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Approval {
    /// Unique on the page.
    pub key: String,
    /// Where the form goes.
    pub submit: Href,
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The approval's token: it binds the answer to this very question.
    pub token: String,
    /// What would be let through.
    pub revision: Option<Revision>,
    /// What the pipeline's author asks the person to look at.
    pub asks: Option<String>,
    /// What to review.
    pub review: Option<Href>,
    /// When the question is withdrawn.
    pub until: Option<Moment>,
}

/// One thing that happened, in the order of the log.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Event {
    /// Its number on the pipeline's line.
    pub id: u64,
    /// The number of the fact that it follows from.
    pub because: Option<u64>,
    /// When.
    pub at: Moment,
    /// Since the execution's start.
    pub after: Span,
    /// The look of its mark.
    pub tone: super::Tone,
    /// The fact's own name, `StageEntered`.
    pub fact: String,
    /// What happened.
    pub what: Vec<Phrase>,
    /// Why.
    pub why: Option<Why>,
}
