//! The changes of a delivery as pipelines see them, and what has to be seen to decide them.

use domain::CommitSha;
use domain::connection::ProviderType;
use domain::forge_event::{
    GitRef, Happening, PullRequest, PullRequestAction, PullRequestSides, RefChange, Subject,
};
use domain::fork::{Code, ForkRule};
use domain::revision::{PullRequestTrigger, Seen};
use engine::{PullRequestNews, What, request_ref};
use store::{HeadRow, HookRow, View, Want};

use super::question::Asker;
use super::starting::Moved;
use super::{Intake, pull_request, ref_change};
use crate::heads::head_key;

/// A pull request as pipelines see it: the news, the ref by which its code is had, and what an
/// execution remembers of it. What a fork's may have is put in once a pipeline is to start.
pub(crate) fn requested<'a>(
    provider: ProviderType,
    (title, sides): (&str, &'a PullRequestSides),
    action: PullRequestAction,
) -> (What<'a>, GitRef, Option<PullRequestTrigger>) {
    let news = PullRequestNews::of(provider, sides, action);
    let branch = sides.source.clone();
    let code = match sides.fork {
        true => Code::Fork { rule: ForkRule::WithoutIdentity, branch },
        false => Code::Own,
    };
    let trigger = news.event.map(|event| PullRequestTrigger {
        number: sides.number,
        title: title.to_owned(),
        target: sides.target.clone(),
        event,
        code,
    });
    let git_ref = request_ref(provider, sides);
    // Where the forge shows it nowhere, nothing starts.
    let git_ref = git_ref.unwrap_or_else(|| GitRef::branch(sides.source.as_str()));
    (What::PullRequest(news), git_ref, trigger)
}

impl Intake {
    /// A change of this delivery as pipelines see it, once the commit is known.
    pub(super) fn moved<'a>(
        &self,
        hook: &'a HookRow,
        index: u32,
        change: &'a RefChange,
        commit: CommitSha,
    ) -> Moved<'a> {
        Moved {
            hook,
            what: What::Push(&change.git_ref),
            git_ref: change.git_ref.clone(),
            commit,
            pull_request: None,
            webhook: None,
            known_by: Seen::Delivery(self.delivery.id.clone()),
            name: self.name_of(index),
            nonce: self.nonce,
        }
    }

    /// An event of a pull request as pipelines see it, with its source's commit.
    pub(super) fn requested<'a>(
        &self,
        hook: &'a HookRow,
        index: u32,
        request: &'a PullRequest,
        commit: CommitSha,
    ) -> Moved<'a> {
        let (what, git_ref, pull_request) =
            requested(hook.provider, (&request.title, &request.sides), request.action);
        Moved {
            hook,
            what,
            git_ref,
            commit,
            pull_request,
            webhook: None,
            known_by: Seen::Delivery(self.delivery.id.clone()),
            name: self.name_of(index),
            nonce: self.nonce,
        }
    }

    pub(super) fn name_of(&self, index: u32) -> [String; 3] {
        ["push".to_owned(), self.delivery.id.to_string(), index.to_string()]
    }

    /// The heads known of what moved, the questions about them, and who watches.
    pub(super) fn wants_of_moves(
        &self,
        hook: &HookRow,
        told: &[webhooks::Change],
        seen: &View,
    ) -> Vec<Want> {
        let mut wants = Vec::new();
        for change in told {
            let at = |subject: &Subject| seen.known::<HeadRow>(head_key(hook, subject));
            let (subject, moved, is_known) = match &change.event.happening {
                Happening::Ref(moved) => {
                    let commit = moved.head.clone().unwrap_or_default();
                    let subject = moved.git_ref.clone().into();
                    let is_known = ref_change::is_known(at(&subject), moved);
                    (subject, self.moved(hook, change.index, moved, commit), is_known)
                }
                Happening::PullRequest(request) => {
                    let commit = request.sides.head.clone();
                    let moved = self.requested(hook, change.index, request, commit);
                    let subject = Subject::PullRequest(request.sides.number);
                    let is_known = pull_request::is_known(at(&subject), request);
                    (subject, moved, is_known)
                }
                _ => continue,
            };
            let key = head_key(hook, &subject);
            wants.push(key.clone().into());
            // What is known already wakes nobody, and nothing is asked about it.
            if is_known {
                continue;
            }
            if seen.has(&key.clone().into()) {
                let (delivery, index, known) =
                    (&self.delivery.id, change.index, seen.known::<HeadRow>(key));
                let asker = Asker { delivery, index, hook, known };
                let questions = [asker.of_head(), asker.of_files()];
                wants.extend(questions.map(|question| self.question_key(&question).into()));
            }
            wants.extend(moved.wants(seen));
        }
        wants
    }
}
