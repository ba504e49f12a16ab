//! What the world is asked before a change can be decided, and what it answered.
//!
//! A question's id names the head that was known when it was asked: once that has moved on, the
//! answer is too old to be believed.

use domain::forge_event::{ChangedFiles, RefTarget, Since};
use domain::{AccountId, CommitSha, DeliveryId, EffectId};
use engine::{AskFiles, Effect};
use store::{EffectRow, HeadRow, HookRow, Query};

use crate::limits::QUESTIONS_SHOWN_MAX;

const HEAD: &str = "ask";
const FILES: &str = "files";

/// How the ids of a delivery's questions begin.
fn of_delivery(what: &str, delivery: &DeliveryId) -> String {
    format!("eff-{what}-{delivery}-")
}

/// The questions of a delivery that are open.
pub(crate) fn open(account: &AccountId, delivery: &DeliveryId) -> [Query; 2] {
    [HEAD, FILES].map(|what| {
        let from = of_delivery(what, delivery);
        // The sign after the one that ends the beginning.
        let to = format!("{}.", from.trim_end_matches('-'));
        EffectRow::between(account, &EffectId::new(from), &EffectId::new(to), QUESTIONS_SHOWN_MAX)
    })
}

/// What was answered to a question about one change.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The effect that asked.
    pub question: EffectId,
    /// What was said.
    pub said: Said,
}

/// What can be said.
#[derive(Clone, Debug)]
pub enum Said {
    /// Where a ref leads; `None` where it is not there; and where nobody could say, the reason.
    Head(Result<Option<RefTarget>, String>),
    /// Which files the change up to this commit touched.
    Files {
        /// The commit.
        commit: CommitSha,
        /// The files.
        files: ChangedFiles,
    },
}

impl Said {
    /// The commit whose files these are.
    pub(super) fn commit(&self) -> Option<&CommitSha> {
        match self {
            Self::Files { commit, .. } => Some(commit),
            Self::Head(_) => None,
        }
    }
}

/// One change of a delivery.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) delivery: &'a DeliveryId,
    pub(super) index: u32,
    pub(super) hook: &'a HookRow,
    pub(super) known: Option<&'a HeadRow>,
}

impl Asker<'_> {
    /// The question where the ref is.
    pub(super) fn of_head(&self) -> EffectId {
        self.id(HEAD)
    }

    /// The question which files changed. It is put only once the change was found to be the next.
    pub(super) fn of_files(&self) -> EffectId {
        self.id(FILES)
    }

    fn id(&self, what: &'static str) -> EffectId {
        let known = self.known.map(|head| {
            let sha = head.sha.as_ref().map_or("gone", CommitSha::short);
            format!("{sha}-{}", head.updated.0)
        });
        let (index, known) = (self.index, known.as_deref().unwrap_or("unknown"));
        EffectId::new(format!("{}{index}-{known}", of_delivery(what, self.delivery)))
    }

    /// What asks where a ref is.
    pub(super) fn ask_head(&self, ref_name: String) -> Effect {
        Effect::AskHead {
            account: self.hook.account.clone(),
            delivery: self.delivery.clone(),
            change_index: self.index,
            connection: self.hook.connection.clone(),
            repository: self.hook.repository.clone(),
            ref_name,
        }
    }

    /// What asks which files changed.
    pub(super) fn ask_files(&self, commit: CommitSha, since: Since) -> Effect {
        Effect::ChangedFiles(Box::new(AskFiles {
            account: self.hook.account.clone(),
            delivery: self.delivery.clone(),
            change_index: self.index,
            connection: self.hook.connection.clone(),
            repository: self.hook.repository.clone(),
            commit,
            since,
        }))
    }
}
