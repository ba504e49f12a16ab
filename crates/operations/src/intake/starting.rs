//! Which pipelines news starts, and for each other one the rule that holds it back; and what is kept
//! in step with a file of the branch: told by a delivery, or found by looking.

use std::collections::BTreeMap;

use domain::forge_event::{ChangedFiles, FilesUnknown, GitRef};
use domain::reason::{HeldBack, HoldRule, StartRule, StartedPipeline};
use domain::revision::{PullRequestTrigger, PushTrigger, Seen, Trigger};
use domain::{ActionName, CommitSha, ExecutionId, PipelineName, derived_uuid};
use engine::{Event, EventKind, Line, Match, News, Nonce, Refused, Start, What, match_news};
use store::{Changes, ExecutionRow, HookRow, PipelineRow, View, Want, WatchRow};

use super::{forks, watching};
use crate::line::{Which, advance};
use crate::sync;
use crate::turn::Now;

/// What happened in a repository, as pipelines see it.
pub(crate) struct Moved<'a> {
    /// The hook of the repository.
    pub(crate) hook: &'a HookRow,
    /// What it was.
    pub(crate) what: What<'a>,
    /// The branch or tag; of a pull request its source branch.
    pub(crate) git_ref: GitRef,
    /// The commit that it leads to.
    pub(crate) commit: CommitSha,
    /// The pull request, where it was one.
    pub(crate) pull_request: Option<PullRequestTrigger>,
    /// The ARN of CodePipeline's webhook that told of it, where one did.
    pub(crate) webhook: Option<String>,
    /// How we know of it.
    pub(crate) known_by: Seen,
    /// What makes it this move and no other: the ids of the executions follow from it, so that
    /// they are the same however often it is decided.
    pub(crate) name: [String; 3],
    /// Randomness for what must not be guessed.
    pub(crate) nonce: [u8; 16],
}

/// The decision that a start is part of. Several moves of one decision follow one another: each
/// goes on with the lines as the ones before it left them.
pub(crate) struct Decision<'a> {
    /// What it looks at.
    pub(crate) seen: &'a View,
    /// When it is made.
    pub(crate) now: &'a Now,
    /// The lines that it has moved on already.
    pub(crate) lines: &'a mut BTreeMap<PipelineName, Line>,
    /// What it writes.
    pub(crate) changes: &'a mut Changes,
}

/// What became of the pipelines that watch.
#[derive(Default)]
pub(crate) struct Woken {
    /// Those that started.
    pub(crate) started: Vec<StartedPipeline>,
    /// Those that did not.
    pub(crate) held_back: Vec<HeldBack>,
    /// The resources that are kept in step with a file of the branch.
    pub(crate) synced: Vec<String>,
}

impl Moved<'_> {
    /// The pipelines that watch; the lines of those that this may start, and the executions: seen
    /// absent, so that they can be written.
    pub(crate) fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![watching(self.hook).into()];
        wants.extend(sync::wants_of_push(self.hook, seen));
        for watch in seen.known_list::<WatchRow>(&watching(self.hook)) {
            let (account, pipeline) = (watch.account.clone(), watch.pipeline.clone());
            let row = PipelineRow::at(&account, &pipeline);
            wants.push(row.clone().into());
            let known = seen.known::<PipelineRow>(row);
            // Of a thousand that watch a repository a push starts a few.
            if known.is_none_or(|row| matches!(self.judge(row, None), Match::Not(_))) {
                continue;
            }
            wants.push(ExecutionRow::at(&account, &pipeline, &self.execution(&pipeline)).into());
            wants.extend(Which { account, pipeline }.wants(seen, &EventKind::Tick));
        }
        wants
    }

    /// Starts every pipeline that the news lets in; `None`, and nothing is started, where one of
    /// them has to know first which `files` changed.
    pub(crate) fn wake(
        &self,
        files: Option<&ChangedFiles>,
        decision: &mut Decision<'_>,
    ) -> Option<Woken> {
        let mut woken = self.wake_those(|_| true, files, decision)?;
        woken.synced = self.sync(decision);
        Some(woken)
    }

    /// The same for one of the pipelines that watch, as if nobody could tell which files changed.
    pub(crate) fn wake_one(&self, pipeline: &PipelineName, decision: &mut Decision<'_>) -> Woken {
        let why = "a replay starts without asking for them".to_owned();
        let files = ChangedFiles::Unknown(FilesUnknown::NotTold { why });
        let woken = self.wake_those(|watching| watching == pipeline, Some(&files), decision);
        woken.expect("nothing is asked where the files are said to be unknown")
    }

    /// Whether any pipeline might start.
    pub(crate) fn is_awaited(&self, seen: &View) -> bool {
        let mut rows = self.watchers(seen, |_| true);
        rows.any(|row| !matches!(self.judge(row, None), Match::Not(_)))
    }

    /// Those of the pipelines that watch which are meant.
    fn watchers<'v>(
        &self,
        seen: &'v View,
        are_meant: impl Fn(&PipelineName) -> bool,
    ) -> impl Iterator<Item = &'v PipelineRow> {
        let watching = seen.list::<WatchRow>(&watching(self.hook)).into_iter();
        let meant = watching.filter(move |watch| are_meant(&watch.pipeline));
        meant.filter_map(|watch| {
            seen.row::<PipelineRow>(PipelineRow::at(&watch.account, &watch.pipeline))
        })
    }

    fn wake_those(
        &self,
        are_meant: impl Fn(&PipelineName) -> bool,
        files: Option<&ChangedFiles>,
        decision: &mut Decision<'_>,
    ) -> Option<Woken> {
        let rows = self.watchers(decision.seen, are_meant);
        let judged: Vec<_> = rows.map(|row| (row, self.judge(row, files))).collect();
        if judged.iter().any(|(_, judged)| *judged == Match::NeedsFiles) {
            return None;
        }
        let mut woken = Woken::default();
        for (row, judged) in judged {
            let started = match judged {
                Match::Start { source_action, rule } => {
                    self.start(row, source_action, rule, decision)
                }
                Match::Not(rule) => Err(rule),
                Match::NeedsFiles => unreachable!("nothing starts before the files are known"),
            };
            match started {
                Ok(started) => woken.started.extend(started),
                Err(rule) => woken.held_back.push(HeldBack { pipeline: row.name.clone(), rule }),
            }
        }
        Some(woken)
    }

    /// A pull request changes no branch that something is kept in step with.
    fn sync(&self, decision: &mut Decision<'_>) -> Vec<String> {
        let What::Push(git_ref) = self.what else { return Vec::new() };
        let Decision { seen, now, changes, .. } = decision;
        sync::push(self.hook, git_ref, Some(&self.commit), &self.name, seen, now, changes)
    }

    fn judge(&self, row: &PipelineRow, files: Option<&ChangedFiles>) -> Match {
        let (connection, repository) = (&self.hook.connection, &self.hook.repository);
        match_news(&row.declaration, News { connection, repository, what: self.what, files })
    }

    /// `None` where the rows that were seen are not of one moment: what they rest on was loaded
    /// before somebody deleted the pipeline, or started this very execution, and its line after.
    /// The commit finds what changed, and the news is decided again.
    fn start(
        &self,
        row: &PipelineRow,
        action: ActionName,
        rule: StartRule,
        decision: &mut Decision<'_>,
    ) -> Result<Option<StartedPipeline>, HoldRule> {
        let (pipeline, execution) = (row.name.clone(), self.execution(&row.name));
        let trigger = self.trigger(row, action);
        let told = forks::told(row, &trigger, &execution, decision.now);
        let event = self.event(execution.clone(), trigger);
        let which = Which { account: row.account.clone(), pipeline: pipeline.clone() };
        let Decision { seen, now, lines, changes } = decision;
        let advanced = lines.get(&pipeline).cloned();
        let line = advanced.unwrap_or_else(|| which.load(seen, &event.kind, now));
        match advance(line, &event, seen, now, changes) {
            Ok(decided) => drop(lines.insert(pipeline.clone(), decided.line)),
            Err(Refused::VariableMissing { variable }) => {
                return Err(HoldRule::VariableWithoutDefault { variable });
            }
            Err(Refused::PipelineUnknown | Refused::AlreadyStarted { .. }) => return Ok(None),
            Err(refused) => unreachable!("a push of a declared pipeline was refused: {refused}"),
        }
        told.into_iter().for_each(|entry| changes.record(entry));
        Ok(Some(StartedPipeline { pipeline, execution, rule }))
    }

    fn execution(&self, pipeline: &PipelineName) -> ExecutionId {
        let ([kind, first, second], account) = (&self.name, self.hook.account.as_str());
        ExecutionId::new(derived_uuid(&[kind, account, pipeline.as_str(), first, second]))
    }

    fn trigger(&self, row: &PipelineRow, source_action: ActionName) -> Trigger {
        let request = self.pull_request.clone();
        let pull_request = request.map(|request| forks::ruled(request, row, &source_action));
        Trigger::WebhookV2(PushTrigger {
            source_action,
            connection: self.hook.connection.clone(),
            repository: self.hook.repository.clone(),
            git_ref: self.git_ref.clone(),
            commit: self.commit.clone(),
            pull_request,
            webhook: self.webhook.clone(),
            seen: self.known_by.clone(),
        })
    }

    fn event(&self, execution: ExecutionId, trigger: Trigger) -> Event {
        let (variables, revisions) = (BTreeMap::new(), Vec::new());
        let start = Start { execution, trigger, variables, revisions };
        Event { nonce: Nonce(self.nonce), kind: EventKind::Start(start) }
    }
}
