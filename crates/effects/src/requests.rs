//! Which pull requests are elsewhere than where they are known to be.

use std::collections::BTreeMap;

use domain::forge_event::{GitRef, RequestState, Subject};
use domain::{CommitSha, RepositoryName, Timestamp};
use forges::git;
use forges::github::Purpose;
use forges::{Error, RequestInfo};
use store::{HeadRow, HookRow};

use crate::access::Access;
use crate::limits::{REQUESTS_ASKED_MAX, REQUESTS_MAX};
use crate::perform::Performer;

/// A pull request that no delivery has told of as it is now.
#[derive(Clone, Debug)]
pub enum MovedRequest {
    /// As the forge shows it, with its commit's whole hash.
    To(RequestInfo),
    /// The forge has it no more, or not its commit.
    Gone {
        /// Its number.
        number: u64,
    },
}

impl MovedRequest {
    /// When it became what it is, where the forge says so, and its number.
    fn place(&self) -> (Option<Timestamp>, u64) {
        match self {
            Self::To(request) => (request.updated, request.sides.number),
            Self::Gone { number } => (None, *number),
        }
    }
}

impl Performer {
    /// The pull requests of a hook's repository that no delivery has told of as they are now: those
    /// that are open, those that were known to be and are not, and those that came and ended since a
    /// moment while nobody heard; whose last change is oldest first.
    ///
    /// # Errors
    /// The connection cannot be used, or the forge does not answer.
    pub async fn moved_requests(
        &self,
        hook: &HookRow,
        since: Timestamp,
    ) -> anyhow::Result<Vec<MovedRequest>> {
        let access =
            self.open(&hook.account, &hook.connection, &hook.repository, Purpose::Read).await?;
        let name = hook.present_name();
        let listed = access.forge.open_requests(access.to(name)).await?;
        let (mut known, mut moved) = (self.known_requests(hook).await?, Vec::new());
        for request in listed {
            let known = known.remove(&request.sides.number);
            if !known.is_some_and(|known| begins(&known, &request.sides.head)) {
                moved.extend(self.whole(request, name, &access).await?.map(MovedRequest::To));
            }
        }
        for (number, known) in known.into_iter().take(REQUESTS_ASKED_MAX) {
            match ended(number, known, name, &access).await {
                Ok(end) => moved.extend(end),
                // What was found already is kept, so that the next look has less to ask.
                Err(cause) => {
                    tracing::warn!(repository = %name, number, %cause, "what became of a pull request is not known");
                    break;
                }
            }
        }
        moved.extend(self.unheard(hook, since, &access).await?);
        // Forges list the newest first; what starts last supersedes what started before.
        moved.sort_by_key(MovedRequest::place);
        Ok(moved)
    }

    /// Those that ended since a moment and were never known, or not as they ended.
    async fn unheard(
        &self,
        hook: &HookRow,
        since: Timestamp,
        access: &Access,
    ) -> anyhow::Result<Vec<MovedRequest>> {
        let (mut unheard, name) = (Vec::new(), hook.present_name());
        for request in access.forge.ended_requests(access.to(name), since).await? {
            let number = request.sides.number;
            let is_merged = request.state == RequestState::Merged;
            if self.is_known(hook, number, is_merged).await? {
                continue;
            }
            let request = match request.sides.head.is_valid() || request.sides.fork {
                true => request,
                // Each by itself is told with its commit's whole hash.
                false => access.forge.request(access.to(name), number).await?,
            };
            let is_told = request.sides.head.is_valid() || request.sides.fork;
            unheard.extend(is_told.then_some(MovedRequest::To(request)));
        }
        Ok(unheard)
    }

    /// Whether nothing is new of one that ended. One that is known as closed and is merged now was opened
    /// again in between.
    async fn is_known(
        &self,
        hook: &HookRow,
        number: u64,
        is_merged: bool,
    ) -> Result<bool, store::Error> {
        let name = Subject::PullRequest(number).full();
        let key = HeadRow::at(&hook.account, &hook.connection, &hook.repository, &name);
        let row = self.store.get::<HeadRow>(key).await?;
        Ok(row.is_some_and(|row| !is_merged || row.merged != Some(false)))
    }

    /// Where those are that are known to be open.
    async fn known_requests(
        &self,
        hook: &HookRow,
    ) -> Result<BTreeMap<u64, CommitSha>, store::Error> {
        let HookRow { account, connection, repository, .. } = hook;
        let open = HeadRow::open_requests(account, connection, repository, REQUESTS_MAX);
        let rows = self.store.list::<HeadRow>(open).await?.into_iter();
        Ok(rows.filter_map(|row| Subject::request_number(&row.ref_name).zip(row.sha)).collect())
    }

    /// With its commit's whole hash: bitbucket.org tells twelve digits. What comes from elsewhere is
    /// not asked for, it starts nothing; nor does a branch by a name that git would not take.
    async fn whole(
        &self,
        mut request: RequestInfo,
        name: &RepositoryName,
        access: &Access,
    ) -> anyhow::Result<Option<RequestInfo>> {
        if request.sides.head.is_valid() || request.sides.fork {
            return Ok(Some(request));
        }
        let source = &GitRef::branch(request.sides.source.as_str());
        if source.check().is_err() {
            return Ok(Some(request));
        }
        let resolve = |remote| async move { git::resolve(&remote, source).await };
        let head = access.by_git(name, resolve).await?.map(|head| head.commit);
        let Some(commit) = head.filter(|commit| begins(commit, &request.sides.head)) else {
            return Ok(None);
        };
        request.sides.head = commit;
        Ok(Some(request))
    }
}

/// What became of one that is listed no more; `None` where it is open all the same, opened again
/// meanwhile or about to be merged.
async fn ended(
    number: u64,
    known: CommitSha,
    name: &RepositoryName,
    access: &Access,
) -> Result<Option<MovedRequest>, Error> {
    let mut request = match access.forge.request(access.to(name), number).await {
        Ok(request) if request.state == RequestState::Open => return Ok(None),
        Ok(request) => request,
        Err(Error::NotFound { .. }) => return Ok(Some(MovedRequest::Gone { number })),
        Err(cause) => return Err(cause),
    };
    if begins(&known, &request.sides.head) {
        request.sides.head = known;
    }
    let is_told = request.sides.head.is_valid() || request.sides.fork;
    Ok(Some(if is_told { MovedRequest::To(request) } else { MovedRequest::Gone { number } }))
}

/// Whether these are the first digits of a commit's hash; none are those of any.
fn begins(whole: &CommitSha, digits: &CommitSha) -> bool {
    whole.as_str().starts_with(digits.as_str())
}
