//! A delivery looked at once more: what it would come to now, and its start again for one pipeline.

use std::collections::BTreeSet;

use domain::forge_event::{Happening, Subject};
use domain::reason::Disposition;
use domain::{EffectId, PipelineName};
use engine::Effect;
use store::{HookRow, View, Want};

use super::change::{self, Deciding};
use super::starting::{Decision, Moved};
use super::{Intake, Step};
use crate::turn::Now;

/// What a change of a delivery would come to.
pub(crate) enum Previewed {
    /// This.
    Settled(Disposition),
    /// Something would have to be asked first.
    Asks {
        /// Which change.
        index: u32,
        /// What, in words.
        what: String,
        /// The question, and what asks it.
        question: EffectId,
        effect: Box<Effect>,
    },
}

impl Intake {
    /// What it would come to if it were decided now; nothing of it is written.
    pub(crate) fn preview(&self, hook: &HookRow, seen: &View, now: &Now) -> Vec<Previewed> {
        let (steps, _) = Deciding::new(self, hook, seen, now).steps(&BTreeSet::new());
        let previewed = |(index, step)| match step {
            Step::Done(doc) => Previewed::Settled(doc),
            Step::Ask { question, effect } => {
                let what = match &*effect {
                    Effect::AskHead { ref_name, .. } => format!("where {ref_name} is now"),
                    _ => "which files changed".to_owned(),
                };
                Previewed::Asks { index, what, question, effect }
            }
        };
        steps.into_iter().map(previewed).collect()
    }

    /// Each change for one pipeline that is named, under a new word: it starts where its own rules
    /// let the news in, whether or not it is news.
    pub(crate) fn replay(
        &self,
        word: &str,
        pipeline: &PipelineName,
        hook: &HookRow,
        decision: &mut Decision<'_>,
    ) -> Vec<Disposition> {
        let mut became = Vec::new();
        for change in self.told.iter().flatten() {
            if let Some((subject, moved)) = self.replayed(word, hook, change) {
                let commit = moved.commit.clone();
                let woken = moved.wake_one(pipeline, decision);
                became.push(change::disposition(hook, subject, commit, woken));
            }
        }
        became
    }

    /// What starting it again looks at.
    pub(crate) fn wants_of_replay(&self, word: &str, hook: &HookRow, seen: &View) -> Vec<Want> {
        let changes = self.told.iter().flatten();
        let moved = changes.filter_map(|change| self.replayed(word, hook, change));
        moved.flat_map(|(_, moved)| moved.wants(seen)).collect()
    }

    /// A change as pipelines see it when somebody has it start again; `None` for one that starts
    /// nothing.
    fn replayed<'a>(
        &self,
        word: &str,
        hook: &'a HookRow,
        change: &'a webhooks::Change,
    ) -> Option<(Subject, Moved<'a>)> {
        let name = ["replay".to_owned(), word.to_owned(), change.index.to_string()];
        match &change.event.happening {
            Happening::Ref(moved) if !moved.after.is_zero() => {
                // An annotated tag leads to its commit for git, too.
                let commit = moved.head.clone().unwrap_or_else(|| moved.after.clone());
                let subject = moved.git_ref.clone().into();
                Some((subject, Moved { name, ..self.moved(hook, change.index, moved, commit) }))
            }
            // What names no commit can start nothing.
            Happening::PullRequest(request) if !request.sides.head.as_str().is_empty() => {
                let (subject, commit) =
                    (Subject::PullRequest(request.sides.number), request.sides.head.clone());
                Some((
                    subject,
                    Moved { name, ..self.requested(hook, change.index, request, commit) },
                ))
            }
            _ => None,
        }
    }
}
