//! One match over the effects, one call an arm.

use std::sync::Arc;

use domain::forge_event::ChangedFiles;
use domain::{AccountId, ActionExecutionId, AttemptRef};
use domain::{CommitSha, ConnectionArn, DeliveryId, Entropy, HookId, Secret};
use egress::Client;
use engine::{
    AttemptResult, Effect, HookOutcome, ReadSyncFile, StartAction, StoredArtifact, SyncFile,
    Unread, action_execution_id,
};
use forges::Mirrors;
use recipes::bitbucket::variables::Scope;
use runners::{Job, Limits, Network};
use store::{EffectRow, Store, Vault};

use crate::apps::Apps;
use crate::bearer::Bearer;
use crate::departure::{self, Departed};
use crate::head::Head;
use crate::host_look::{self, HostLook};
use crate::hosts::Hosts;
use crate::issuer_keys::{self, IssuerKeys};
use crate::leave::AskLeave;
use crate::permissions::Permissions;
use crate::revocation::{self, Revoked};
use crate::status::Reported;
use crate::trouble::Trouble;
use crate::{changed_files, deploy, head, hooks, permissions, source, status, steps, sync, tokens};

/// What a process needs to perform effects.
#[derive(Clone)]
pub struct Performer {
    /// What is remembered: read here, never written.
    pub store: Store,
    /// Opens the tokens that go out.
    pub vault: Arc<Vault>,
    /// The one HTTP client, with the guard that git asks too.
    pub client: Client,
    /// A mirror a repository.
    pub mirrors: Mirrors,
    /// Artifacts, logs, buckets.
    pub blobs: Arc<blobs::Blobs>,
    /// Names for objects.
    pub entropy: Arc<dyn Entropy>,
    /// Scheme, host and port that forges are told.
    pub public_url: String,
    /// Where steps must end.
    pub limits: Limits,
    /// Which network steps see.
    pub network: Network,
    /// Which forges are left alone for a while.
    pub hosts: Arc<Hosts>,
    /// Which commit statuses were told.
    pub told: Arc<status::Told>,
    /// The tokens of Apps' installations.
    pub apps: Arc<Apps>,
    /// Whether an action may fetch what it does not name itself.
    pub leave: AskLeave,
}

/// An attempt as a job, with what a worker must not know before it needs to.
pub struct Prepared {
    /// The attempt.
    pub start: StartAction,
    /// What a worker runs.
    pub job: Job,
    /// What is masked in everything that it says.
    pub secrets: Vec<Secret>,
    /// For each of its steps that asked for one, who it is: in the order of the plan.
    pub bearers: Vec<Option<Bearer>>,
    /// Whose variables each of its steps has, the weakest first: in the order of the plan.
    pub scopes: Vec<Vec<Scope>>,
}

/// What came of an effect.
pub enum Performed {
    /// An attempt is over.
    Ended(Box<(AttemptRef, AttemptResult, Vec<StoredArtifact>)>),
    /// An attempt is a job: a worker runs it, and its outcome ends the attempt.
    Job(Box<Prepared>),
    /// An attempt's processes are to be ended.
    Abandon(ActionExecutionId),
    /// The forge has a hook now, has none any more, or refused.
    Hook(HookId, HookOutcome),
    /// Where a ref is that a delivery told of.
    Head {
        /// The account.
        account: AccountId,
        /// The delivery that waits for it.
        delivery: DeliveryId,
        /// Which change of it.
        change_index: u32,
        /// What was found.
        head: Head,
    },
    /// A file that a resource is kept in step with was read, or cannot be.
    FileRead(Box<(ReadSyncFile, Result<SyncFile, Unread>)>),
    /// Which files a change touched, for the delivery that waits for it.
    Files {
        /// The account.
        account: AccountId,
        /// The delivery.
        delivery: DeliveryId,
        /// Which change of it.
        change_index: u32,
        /// The commit that the change led to.
        commit: CommitSha,
        /// What was found.
        files: ChangedFiles,
    },
    /// The forge no longer takes a connection's token; and what came of the effect.
    TokenLost {
        /// The account.
        account: AccountId,
        /// The connection.
        connection: ConnectionArn,
        /// Which of its tokens.
        generation: i64,
        /// What came of the effect, unless a newer token changes that.
        then: Box<Performed>,
    },
    /// Whether the way to a host is free.
    HostLooked(Box<HostLook>),
    /// A connection that was deleted is gone from its forge, as far as the forge lets it.
    Departed(Departed),
    /// A commit status was taken, or refused for good.
    Reported(Box<Reported>),
    /// A token that nobody uses any more is revoked, as far as the forge lets it be.
    Revoked(Revoked),
    /// What came of having a connection's token replaced.
    Renewed(Box<tokens::Renewal>),
    /// What a connection may do in a repository, for the one who asked and waits.
    Permissions(Box<Permissions>),
    /// What was found of an issuer's keys, for the call that waits.
    Keys(Box<IssuerKeys>),
    /// Done; nobody waits.
    Done,
}

impl Performer {
    /// Performs an effect.
    ///
    /// # Errors
    /// The world did not answer: the same effect may be performed again.
    pub async fn perform(&self, row: &EffectRow) -> anyhow::Result<Performed> {
        match &row.effect {
            Effect::StartAction(start) => self.start(start, row).await,
            Effect::AbandonAction { attempt } => {
                Ok(Performed::Abandon(action_execution_id(attempt)))
            }
            Effect::ReportStatus(report) => status::report(self, report).await,
            Effect::RegisterHook { account, hook } => hooks::register(self, account, hook).await,
            Effect::RemoveHook { account, hook } => hooks::remove(self, account, hook).await,
            Effect::PingHook { account, hook } => hooks::ping(self, account, hook).await,
            Effect::Redeliver { account, hook, delivery } => {
                hooks::redeliver(self, account, hook, delivery).await
            }
            Effect::TestConnection { account, connection, repository } => {
                permissions::ask(self, account, connection, repository).await
            }
            Effect::LookAtHost { account, host } => host_look::look(self, account, host).await,
            Effect::Depart { account, connection } => {
                departure::depart(self, account, connection).await
            }
            Effect::RevokeToken { account, connection, generation } => {
                revocation::revoke_spent(self, account, connection, *generation).await
            }
            Effect::RenewToken { account, connection, generation } => {
                tokens::renew(self, row, account, connection, *generation).await
            }
            Effect::FetchKeys { issuer, .. } => Ok(issuer_keys::fetch(self, issuer).await),
            Effect::ReadSyncFile(asked) => sync::read(self, asked).await,
            Effect::AskHead {
                account,
                delivery,
                change_index,
                connection,
                repository,
                ref_name,
            } => {
                let told = |head| {
                    let (account, delivery) = (account.clone(), delivery.clone());
                    Performed::Head { account, delivery, change_index: *change_index, head }
                };
                head::ask(self, account, connection, repository, ref_name, told).await
            }
            Effect::ChangedFiles(ask) => changed_files::ask(self, ask).await,
        }
    }

    /// Works on artifacts: reading and syncing whole ones would hold up everything else on this thread.
    pub(crate) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&blobs::Blobs) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let blobs = self.blobs.clone();
        let done = tokio::task::spawn_blocking(move || work(&blobs)).await;
        done.map_err(|cause| Trouble::Passes(cause.into()))
    }

    /// Where the artifacts that a job made are shown.
    pub fn stored(&self, start: &StartAction, outcome: &runners::Outcome) -> Vec<StoredArtifact> {
        steps::stored(self, start, outcome.outputs.iter().map(|made| (&made.name, &made.artifact)))
    }

    async fn start(&self, start: &StartAction, row: &EffectRow) -> anyhow::Result<Performed> {
        if start.work.action_type.is_older_github() {
            return source::fetch(self, start).await;
        }
        match start.work.action_type.provider.as_str() {
            "CodeStarSourceConnection" => source::fetch(self, start).await,
            "S3" => deploy::to_bucket(self, start, row.created).await,
            "Commands" => steps::commands(self, start, row.epoch).await,
            "BitbucketPipelines" => steps::bitbucket_pipelines(self, start, row.epoch).await,
            other => unreachable!("the engine hands out no {other} action"),
        }
    }
}
