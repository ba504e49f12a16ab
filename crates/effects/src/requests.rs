//! Which open pull requests are elsewhere than where they are known to be.

use domain::forge_event::{GitRef, Subject};
use domain::{CommitSha, RepositoryName};
use forges::OpenRequest;
use forges::github::Purpose;
use store::{HeadRow, HookRow};

use crate::access::Access;
use crate::perform::Performer;

impl Performer {
    /// The open pull requests of a hook's repository that no delivery has told of as they are now.
    ///
    /// # Errors
    /// The connection cannot be used, or the forge does not answer.
    pub async fn moved_requests(&self, hook: &HookRow) -> anyhow::Result<Vec<OpenRequest>> {
        let access =
            self.open(&hook.account, &hook.connection, &hook.repository, Purpose::Read).await?;
        let name = hook.present_name();
        let mut moved = Vec::new();
        for request in access.forge.open_requests(&access.token, name).await? {
            let subject = Subject::PullRequest(request.sides.number);
            let (account, connection) = (&hook.account, &hook.connection);
            let key = HeadRow::at(account, connection, &hook.repository, &subject.full());
            let known = self.store.get::<HeadRow>(key).await?.and_then(|row| row.sha);
            let told = request.sides.head.as_str();
            if known.is_some_and(|known| known.as_str().starts_with(told)) {
                continue;
            }
            moved.extend(self.whole(request, name, &access).await?);
        }
        Ok(moved)
    }

    /// With its commit's whole hash: bitbucket.org tells twelve digits. What comes from elsewhere is
    /// not asked for, it starts nothing; nor does a branch by a name that git would not take.
    async fn whole(
        &self,
        mut request: OpenRequest,
        name: &RepositoryName,
        access: &Access,
    ) -> anyhow::Result<Option<OpenRequest>> {
        if request.sides.head.is_valid() || request.sides.fork {
            return Ok(Some(request));
        }
        let source = GitRef::branch(request.sides.source.as_str());
        if source.check().is_err() {
            return Ok(Some(request));
        }
        let remote = access.remote(name).await?;
        let head = forges::git::resolve(&remote, &source).await?.map(|head| head.commit);
        let begins = |commit: &CommitSha| commit.as_str().starts_with(request.sides.head.as_str());
        let Some(commit) = head.filter(begins) else { return Ok(None) };
        request.sides.head = commit;
        Ok(Some(request))
    }
}
