//! A change as one row: what `deliveries normalise` prints, and what tables of known payloads are
//! compared with. What is absent is null.

use crate::Change;
use domain::forge_event::{Change as RefFate, Happening, PullRequestSides, RefChange, Repository};
use serde::Serialize;

/// The columns, in the order they are printed.
#[allow(missing_docs, reason = "a table; its words are those of domain::forge_event")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Columns {
    pub change_index: u32,
    pub kind: String,
    pub action: Option<String>,
    pub repo: Option<String>,
    pub ref_type: Option<String>,
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    pub before: Option<String>,
    pub head: Option<String>,
    pub pr: Option<u64>,
    pub pr_source: Option<String>,
    pub pr_target: Option<String>,
    pub pr_source_repo: Option<String>,
    pub fork: Option<bool>,
    pub deleted: Option<bool>,
    pub forced: Option<bool>,
    pub reason: Option<String>,
}

impl Columns {
    /// The row of one change.
    pub fn of(change: &Change) -> Self {
        let event = &change.event;
        let mut row = Self {
            change_index: change.index,
            kind: event.kind().to_owned(),
            repo: event.repository.as_ref().map(name),
            ..Self::default()
        };
        match &event.happening {
            Happening::Ref(change) => row.put_ref(change),
            Happening::PullRequest(request) => {
                row.action = Some(request.action.as_str().to_owned());
                row.before = request.before.as_ref().map(ToString::to_string);
                row.put_sides(&request.sides);
            }
            Happening::MergeGroup(group) => {
                row.action = Some(group.action.clone());
                row.head = Some(group.head.to_string());
                row.pr_source = Some(group.source.clone());
                row.pr_target = Some(group.target.clone());
            }
            Happening::Ping => {}
            Happening::RepositoryLifecycle { action } | Happening::AppLifecycle { action } => {
                row.action = Some(action.clone());
            }
            Happening::Ignored { action, because, pull_request } => {
                row.action = Some(action.clone());
                row.reason = Some(because.to_string());
                pull_request.iter().for_each(|sides| row.put_sides(sides));
            }
            Happening::Unusable { at, problem } => row.reason = Some(format!("{at}: {problem}")),
        }
        row
    }

    fn put_ref(&mut self, change: &RefChange) {
        self.action = Some(change.change.as_str().to_owned());
        self.ref_type = Some(change.git_ref.kind.as_str().to_owned());
        self.ref_name = Some(change.git_ref.name.clone());
        self.before = change.before.as_ref().map(ToString::to_string);
        let deleted = change.change == RefFate::Deleted;
        // Of a tag whose commit is not told, the object stands for it.
        let head = change.head.as_ref().or((!deleted).then_some(&change.after));
        self.head = head.map(ToString::to_string);
        self.deleted = Some(deleted);
        self.forced = change.forced;
    }

    fn put_sides(&mut self, sides: &PullRequestSides) {
        self.head = Some(sides.head.to_string()).filter(|head| !head.is_empty());
        self.pr = Some(sides.number);
        self.pr_source = Some(sides.source.clone());
        self.pr_target = Some(sides.target.clone());
        self.pr_source_repo = sides.source_repository.as_ref().map(name);
        self.fork = Some(sides.fork);
    }
}

fn name(repository: &Repository) -> String {
    repository.name.to_string()
}
