//! Brings a forge to the hooks that are wanted: found by its URL or made, never twice.

use domain::reach::is_reachable;
use domain::{AccountId, CommitSha, HookId};
use egress::Url;
use forges::{Error, HookTarget};
use store::{HookRow, Place};

use crate::access::{Access, NoAccess};
use crate::limits::HEADS_MAX;
use crate::perform::{Performed, Performer};

/// What the forge has now.
pub enum Outcome {
    /// The hook; and where the repository's refs are.
    Registered {
        /// The forge's id of the hook.
        forge_hook_id: String,
        /// The forge's id of the repository.
        repository_id: String,
        /// Whether the forge signs its deliveries.
        signs: bool,
        /// Full ref and what it points at.
        heads: Vec<(String, CommitSha)>,
    },
    /// Nothing.
    Removed,
    /// Not what was wanted, and why.
    Failed(String),
}

/// Registers a hook, or mends the one that has its URL.
///
/// # Errors
/// The forge does not answer.
pub async fn register(
    performer: &Performer,
    account: &AccountId,
    id: &HookId,
) -> anyhow::Result<Performed> {
    let Some(hook) = performer.store.get::<HookRow>(HookRow::at(id)).await? else {
        return Ok(Performed::Hook(id.clone(), Outcome::Removed));
    };
    let secret = performer.vault.unseal(&Place::of_hook(account, id), &hook.sealed_secret)?;
    let url = Url::parse(&format!("{}/hooks/{id}", performer.public_url))?;
    let target = HookTarget { url, secret };
    let done = |outcome| Performed::Hook(id.clone(), outcome);
    let access = match open(performer, account, &hook).await? {
        Ok(access) => access,
        Err(trouble) => return Ok(done(Outcome::Failed(trouble))),
    };
    match bring(performer, &access, &hook, &target).await {
        Err(Trouble::Forge(Error::Unauthorised)) => {
            Ok(access.lost(done(Outcome::Failed(access.lost_sentence()))))
        }
        Err(Trouble::Forge(cause @ Error::NotFound { .. })) => {
            let cause = access.refusal(&hook.repository).await.unwrap_or(cause);
            Ok(done(settle(Err(Trouble::Forge(cause)))?))
        }
        brought => Ok(done(settle(brought)?)),
    }
}

async fn open(
    performer: &Performer,
    account: &AccountId,
    hook: &HookRow,
) -> anyhow::Result<Result<Access, String>> {
    let (store, vault, client) = (&performer.store, &performer.vault, &performer.client);
    match Access::open(account, &hook.connection, store, vault, client).await {
        Ok(access) => Ok(Ok(access)),
        Err(NoAccess::Store(cause)) => Err(cause.into()),
        Err(cause) => Ok(Err(cause.to_string())),
    }
}

/// A forge that may answer later is asked again; what it refuses is the outcome.
fn settle(outcome: Result<Outcome, Trouble>) -> anyhow::Result<Outcome> {
    match outcome {
        Ok(outcome) => Ok(outcome),
        Err(Trouble::Forge(cause @ (Error::RateLimited { .. } | Error::Unavailable { .. }))) => {
            Err(cause.into())
        }
        Err(Trouble::Forge(cause)) => Ok(Outcome::Failed(cause.to_string())),
        Err(Trouble::Git(cause)) => Ok(Outcome::Failed(format!("{cause:#}"))),
    }
}

enum Trouble {
    Forge(Error),
    Git(anyhow::Error),
}

impl From<Error> for Trouble {
    fn from(cause: Error) -> Self {
        Self::Forge(cause)
    }
}

async fn bring(
    performer: &Performer,
    access: &Access,
    hook: &HookRow,
    target: &HookTarget,
) -> Result<Outcome, Trouble> {
    let (forge, token) = (&access.forge, &access.token);
    let endpoint = forge.clone_url(&hook.repository)?;
    if !is_reachable(&performer.public_url, endpoint.as_str()) {
        return Ok(Outcome::Failed(format!(
            "{} cannot reach this server at {}: start it with --public-url and the address by which \
             the forge reaches it",
            endpoint.host_str().unwrap_or_default(),
            performer.public_url
        )));
    }
    let repository = forge.repository(token, &hook.repository).await?;
    // The heads first: a push between the two is then told by the new hook and follows from them.
    let name = &repository.name;
    let remote = access.remote(name, &performer.client).await.map_err(Trouble::Git)?;
    let heads = forges::git::heads(&remote, HEADS_MAX).await;
    let heads = heads.map_err(|cause| Trouble::Git(cause.into()))?;
    let heads = heads.into_iter().map(|(name, head)| (name, head.after)).collect();
    let known = forge.hooks(token, name).await?;
    let known = known.into_iter().find(|known| known.url == target.url.as_str());
    let registered = match known {
        Some(known) => forge.update_hook(token, name, &known.id, target).await?,
        None => forge.create_hook(token, name, target).await?,
    };
    if !registered.active {
        // A forge that held a hook back after failures lets it go on once a try went well.
        forge.ping_hook(token, name, &registered.id).await?;
    }
    let (forge_hook_id, signs) = (registered.id, registered.signs);
    Ok(Outcome::Registered { forge_hook_id, repository_id: repository.id, signs, heads })
}

impl Performer {
    /// Whether the forge still has a registered hook, and delivers to it.
    ///
    /// # Errors
    /// The connection cannot be used, or the forge does not answer.
    pub async fn hook_stands(&self, hook: &HookRow) -> anyhow::Result<bool> {
        let (store, vault, client) = (&self.store, &self.vault, &self.client);
        let access = Access::open(&hook.account, &hook.connection, store, vault, client).await?;
        let known = access.forge.hooks(&access.token, &hook.repository).await?;
        let own = known.into_iter().find(|it| Some(&it.id) == hook.forge_hook_id.as_ref());
        Ok(own.is_some_and(|it| it.active))
    }
}

/// Removes a hook. A forge that does not let us any more keeps it; its deliveries find no hook here.
///
/// # Errors
/// The forge does not answer.
pub async fn remove(
    performer: &Performer,
    account: &AccountId,
    id: &HookId,
) -> anyhow::Result<Performed> {
    let Some(hook) = performer.store.get::<HookRow>(HookRow::at(id)).await? else {
        return Ok(Performed::Hook(id.clone(), Outcome::Removed));
    };
    if let (Some(forge_id), Ok(access)) =
        (&hook.forge_hook_id, open(performer, account, &hook).await?)
    {
        let removed = access.forge.delete_hook(&access.token, &hook.repository, forge_id).await;
        if let Err(cause @ (Error::RateLimited { .. } | Error::Unavailable { .. })) = removed {
            return Err(cause.into());
        }
    }
    Ok(Performed::Hook(id.clone(), Outcome::Removed))
}
