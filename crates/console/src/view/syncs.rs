//! Linked repositories, and what is kept in step with files of them.

use super::Frame;
use super::words::{Status, Why};
use crate::moment::Moment;
use askama::Template;
use serde::Serialize;

/// All repository links of the account, each with what rests on it.
#[derive(Clone, Debug, Serialize, Template)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[template(path = "syncs.html", blocks = ["live"])]
pub struct Syncs {
    /// Around the page.
    #[serde(skip)]
    pub frame: Frame,
    /// By repository.
    pub links: Vec<Link>,
}

/// One repository by a connection.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Link {
    /// Its id.
    pub id: String,
    /// `owner/name`.
    pub repository: String,
    /// The connection's name, or its ARN where it is gone.
    pub connection: String,
    /// What is kept in step with files of it.
    pub syncs: Vec<Sync>,
}

/// What is kept in step with one file.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Sync {
    /// `CODEPIPELINE_SYNC`.
    pub kind: String,
    /// The pipeline's or the stack's name.
    pub resource: String,
    /// The file's path.
    pub file: String,
    /// The branch that it is read from.
    pub branch: String,
    /// How the last sync went; never synced is a status too.
    pub status: Status,
    /// The commit that it was of, shortened.
    pub commit: Option<String>,
    /// When it began.
    pub at: Option<Moment>,
    /// What happened in it, in order.
    pub events: Vec<String>,
    /// What stands in the way now, the newest first.
    pub blockers: Vec<Why>,
}
