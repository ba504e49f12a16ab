//! The list of pipelines, one pipeline, and a list of executions.

use super::Frame;
use super::picture::{Approval, Passenger, Revision, Stage};
use super::words::{Status, Tone, Why};
use crate::href::Href;
use crate::moment::{Moment, Span};
use askama::Template;
use serde::Serialize;

/// All pipelines of the account.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "pipelines.html", blocks = ["live"])]
pub struct Pipelines {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// By name.
    pub pipelines: Vec<PipelineLine>,
    /// The next page.
    pub more: Option<Href>,
}

/// One pipeline in the list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct PipelineLine {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: Href,
    /// How its newest execution stands.
    pub status: Status,
    /// Its stages in small.
    pub stages: Vec<Dot>,
    /// Its newest execution.
    pub latest: Option<Passenger>,
    /// When that one started.
    pub started: Option<Moment>,
    /// How long it took, if it has ended.
    pub took: Option<Span>,
}

/// A stage in small.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Dot {
    /// The stage's name.
    pub name: String,
    /// Its look.
    pub tone: Tone,
    /// Its status for people.
    pub word: String,
}

/// One pipeline, as it stands now.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "pipeline.html", blocks = ["live"])]
pub struct Pipeline {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// Its declaration's version.
    pub version: u32,
    /// `V2`.
    pub kind: String,
    /// `SUPERSEDED`.
    pub mode: String,
    /// The picture.
    pub stages: Vec<Stage>,
    /// Approvals that wait for an answer.
    pub approvals: Vec<Approval>,
    /// Its newest executions, newest first.
    pub executions: Vec<ExecutionLine>,
    /// All of them.
    pub all: Href,
}

/// One execution in a list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct ExecutionLine {
    /// Which, and what it carries.
    pub who: Passenger,
    /// How it stands.
    pub status: Status,
    /// What started it.
    pub trigger: Option<Why>,
    /// When.
    pub started: Moment,
    /// How long it took, if it has ended.
    pub took: Option<Span>,
}

/// The executions of one pipeline, newest first.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "executions.html", blocks = ["live"])]
pub struct Executions {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// The pipeline.
    pub pipeline: String,
    /// Its page.
    pub href: Href,
    /// This page's part of them.
    pub executions: Vec<ExecutionLine>,
    /// The next page, with older ones.
    pub older: Option<Href>,
}

impl PipelineLine {
    /// What its newest execution carries.
    pub fn revision(&self) -> Option<&Revision> {
        self.latest.as_ref()?.revision.as_ref()
    }
}
