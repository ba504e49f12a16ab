//! Source by connection: the commit is brought into the repository's mirror and becomes an artifact.

mod export;
mod named;
mod protection;
mod variables;

use std::collections::BTreeMap;

use domain::forge_event::{CommitInfo, GitRef};
use domain::reason::FailureCode::PermissionError as Permission;
use domain::revision::{SourceRevision, Trigger};
use engine::{AttemptResult, Produced, StartAction, StoredArtifact};
use forges::github::Purpose;
use forges::mirror::Export;

use crate::access::Access;
use crate::branches;
use crate::perform::{Performed, Performer};
use crate::steps::stored;
use crate::trouble::Trouble;
use named::{Named, Wanted};

/// Fetches the source of an attempt.
///
/// # Errors
/// The store or the disk did not answer.
pub async fn fetch(performer: &Performer, start: &StartAction) -> anyhow::Result<Performed> {
    let mut known = None;
    match produce(performer, start, &mut known).await {
        Ok((produced, artifacts)) => {
            let result = AttemptResult::Succeeded(Box::new(produced));
            Ok(Performed::Ended(Box::new((start.attempt.clone(), result, artifacts))))
        }
        Err(trouble) => trouble.end_of(start, known),
    }
}

/// `known` says of which commit, as soon as that is known.
async fn produce(
    performer: &Performer,
    start: &StartAction,
    known: &mut Option<SourceRevision>,
) -> Result<(Produced, Vec<StoredArtifact>), Trouble> {
    let named = Named::of(start);
    let (account, repository) = (&start.attempt.account, &named.repository);
    let access = match &named.connection {
        Some(connection) => performer.open(account, connection, repository, Purpose::Read).await?,
        None => performer.open_source_action(&start.attempt, repository).await?,
    };
    let fetching = Fetching { performer, start, access: &access };
    let made = match fetching.produce(&named, known).await {
        Err(Trouble::Fails(Permission, _) | Trouble::Unseen(Permission, _))
            if access.is_lost().await =>
        {
            return Err(Trouble::TokenLost(Box::new(access)));
        }
        Err(Trouble::Unseen(code, said)) => {
            access.sees().await?;
            Err(match access.refusal(repository).await {
                Some(cause) => Trouble::Fails(Permission, format!("{repository}: {cause}")),
                None => {
                    Trouble::Fails(code, format!("{said}. {}", access.who_must_see(repository)))
                }
            })
        }
        made => made,
    };
    made.map_err(|trouble| trouble.by(&access))
}

/// The source of one attempt, while it is fetched by an opened connection.
struct Fetching<'a> {
    performer: &'a Performer,
    start: &'a StartAction,
    access: &'a Access,
}

impl Fetching<'_> {
    async fn produce(
        &self,
        named: &Named,
        known: &mut Option<SourceRevision>,
    ) -> Result<(Produced, Vec<StoredArtifact>), Trouble> {
        let wanted = self.find(named).await?;
        *known = Some(self.revision(&wanted, CommitInfo::default()));
        let shown = self.access.show(&wanted.repository, wanted.git_ref.as_ref()).await;
        shown.map_err(|cause| Trouble::Passes(cause.into()))?;
        let (export, said) = tokio::join!(self.artifact(&wanted), self.early_protection(&wanted));
        let export = export?;
        let protected = match said {
            Some(said) => said,
            None => self.late_protection(&wanted, &export.artifact).await?,
        };
        Ok(self.produced(Wanted { protected, ..wanted }, export))
    }

    /// Which commit is to be had: that of the execution, or the one where the branch is now.
    async fn find(&self, named: &Named) -> Result<Wanted, Trouble> {
        let connection = named.connection.as_ref().unwrap_or(&self.access.connection.arn).clone();
        let repository = named.repository.clone();
        let Some(revision) = &self.start.work.revision else {
            let git_ref = GitRef::branch(&*named.branch);
            let commit = branches::head(self.access, &repository, &git_ref).await?;
            return Ok(Wanted {
                connection,
                repository,
                commit,
                git_ref: Some(git_ref),
                protected: None,
            });
        };
        let (commit, git_ref) = (revision.commit.clone(), revision.git_ref.clone());
        let wanted = Wanted { connection, repository, commit, git_ref, protected: None };
        match self.is_pushed() {
            true => Ok(wanted),
            false => self.on_branch(self.of_commit(wanted).await?, &named.branch).await,
        }
    }

    /// Whether the revision is that of the push that started the execution: the forge told the commit.
    fn is_pushed(&self) -> bool {
        matches!(
            &self.start.trigger,
            Trigger::WebhookV2(push) if push.source_action == self.start.attempt.action
        )
    }

    /// What somebody named may be an annotated tag's own object: then its commit is meant.
    async fn of_commit(&self, wanted: Wanted) -> Result<Wanted, Trouble> {
        let mirror = self.mirror(&wanted);
        if mirror.exported(&wanted.commit).is_some() {
            return Ok(wanted);
        }
        self.bring(&mirror, &wanted).await?;
        let commit = mirror.commit_of(&wanted.commit).await;
        Ok(Wanted { commit: commit.map_err(Trouble::of_git(wanted.named()))?, ..wanted })
    }

    /// A commit that somebody named for an action whose BranchName is a pattern is on the branch of it
    /// whose head it is, if there is one.
    async fn on_branch(&self, wanted: Wanted, pattern: &str) -> Result<Wanted, Trouble> {
        if wanted.git_ref.is_some() || self.start.work.tracked_branch().is_some() {
            return Ok(wanted);
        }
        let git_ref =
            branches::at(self.access, &wanted.repository, &wanted.commit, pattern).await?;
        Ok(Wanted { git_ref, ..wanted })
    }

    fn produced(
        &self,
        wanted: Wanted,
        Export { artifact, info }: Export,
    ) -> (Produced, Vec<StoredArtifact>) {
        let named = self.start.work.outputs.iter().map(|output| output.name.clone());
        let outputs: BTreeMap<_, _> = named.map(|name| (name, artifact.clone())).collect();
        let artifacts = stored(self.performer, self.start, outputs.iter());
        let revision = self.revision(&wanted, info);
        let produced = Produced {
            outputs,
            variables: self.variables(&revision),
            summary: Some(revision.summary()).filter(|text| !text.is_empty()),
            external_id: Some(revision.commit.to_string()),
            external_url: revision.url.clone(),
            revision: Some(revision),
        };
        (produced, artifacts)
    }

    fn revision(&self, wanted: &Wanted, info: CommitInfo) -> SourceRevision {
        let url = self.access.forge.commit_page(&wanted.repository, &wanted.commit);
        SourceRevision {
            action: self.start.attempt.action.clone(),
            connection: wanted.connection.clone(),
            repository: wanted.repository.clone(),
            git_ref: wanted.git_ref.clone(),
            commit: wanted.commit.clone(),
            info,
            url: url.ok().map(String::from),
            protected: wanted.protected,
        }
    }
}
