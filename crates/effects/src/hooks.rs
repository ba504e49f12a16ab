//! Hooks at forges: registered or mended ([`register`]), tried out, asked to deliver again, removed.

mod bringing;

pub use bringing::register;

use domain::{AccountId, HookId};
use egress::Url;
use engine::HookOutcome;
use forges::github::Purpose;
use forges::{Error, Hook, RepositoryInfo};
use store::{DepartureRow, HookRow};

use crate::access::{Access, NoAccess, owner};
use crate::perform::{Performed, Performer};
use crate::shared::is_shared;

async fn open(
    performer: &Performer,
    account: &AccountId,
    hook: &HookRow,
) -> anyhow::Result<Result<Access, String>> {
    match performer.open(account, &hook.connection, &hook.repository, Purpose::Read).await {
        Ok(access) => Ok(Ok(access)),
        Err(NoAccess::Store(cause)) => Err(cause.into()),
        Err(NoAccess::Forge(cause)) => Err(cause.into()),
        Err(cause) => Ok(Err(cause.to_string())),
    }
}

impl Performer {
    /// Where the forge delivers to a hook.
    pub(crate) fn hook_url(&self, id: &HookId) -> anyhow::Result<Url> {
        Ok(Url::parse(&format!("{}/hooks/{id}", self.public_url))?)
    }

    /// Whether a hook at a forge has this server's URL and an id that nothing here has: what was
    /// removed while the forge did not answer.
    pub(crate) async fn is_stray(&self, hook: &Hook) -> Result<bool, store::Error> {
        let ours = format!("{}/hooks/", self.public_url);
        let Some(id) = hook.url.strip_prefix(&ours) else { return Ok(false) };
        Ok(self.store.get::<HookRow>(HookRow::at(&HookId::new(id))).await?.is_none())
    }
}

/// The repository of a hook, by the name it had last, or else by the one that pipelines know.
pub(crate) async fn find(access: &Access, hook: &HookRow) -> Result<RepositoryInfo, Error> {
    match access.forge.repository(access.to(hook.present_name())).await {
        Err(Error::NotFound { .. }) if hook.known_as.is_some() => {
            access.forge.repository(access.to(&hook.repository)).await
        }
        found => found,
    }
}

/// Of the hooks that a repository has, those that are this one of ours: by its id or by its URL.
/// The one to keep comes first; a forge lists the oldest first, so that two servers keep the same.
pub(crate) fn ours<'a>(hook: &HookRow, url: &Url, listed: &'a [Hook]) -> Vec<&'a Hook> {
    let is_known = |it: &Hook| hook.forge_hook_id.as_ref() == Some(&it.id);
    let is_ours = |it: &&Hook| is_known(it) || it.url == url.as_str();
    let mut found: Vec<_> = listed.iter().filter(is_ours).collect();
    found.sort_by_key(|it| !is_known(it));
    found
}

/// Another repository has taken the name.
pub(crate) fn replaced(hook: &HookRow, found: &RepositoryInfo) -> Option<String> {
    let known = hook.repository_id.as_ref().filter(|known| **known != found.id)?;
    Some(format!(
        "{} is another repository now ({}) than the one that was watched ({known}): name the one \
         that is meant in the pipelines, or delete and create them again to watch the new one",
        found.name, found.id
    ))
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
    let removed = Performed::Hook(id.clone(), HookOutcome::Removed);
    let Some(hook) = performer.store.get::<HookRow>(HookRow::at(id)).await? else {
        return Ok(removed);
    };
    // Its owner takes it away, whether or not the connection is still shared.
    let owner = &owner(account, &hook.connection);
    let departure = DepartureRow::at(owner, &hook.connection);
    if performer.store.get::<DepartureRow>(departure).await?.is_some() {
        // Its connection takes it along.
        return Ok(Performed::Done);
    }
    let Ok(access) = open(performer, owner, &hook).await? else { return Ok(removed) };
    match take_away(&access, &hook).await {
        Err(cause) if cause.passes() => Err(cause.into()),
        _ => Ok(removed),
    }
}

/// Has the forge remove the hook of an account that the connection is not shared with any more. The
/// account still wants it: it is there again once the connection is shared again.
///
/// # Errors
/// The forge does not answer.
async fn withdraw(performer: &Performer, hook: &HookRow) -> anyhow::Result<()> {
    let HookRow { account, connection, repository, .. } = hook;
    if is_shared(&performer.store, account, connection, repository).await? {
        return Ok(());
    }
    let Ok(access) = open(performer, &owner(account, connection), hook).await? else {
        return Ok(());
    };
    match take_away(&access, hook).await {
        Err(cause) if cause.passes() => Err(cause.into()),
        _ => Ok(()),
    }
}

/// Has the forge remove a hook that it has.
///
/// # Errors
/// It does not.
pub(crate) async fn take_away(access: &Access, hook: &HookRow) -> Result<(), Error> {
    let Some(forge_id) = &hook.forge_hook_id else { return Ok(()) };
    // What is asked under an old name may be refused where it is led on only for reading, and a name
    // may be another repository's by now: its hooks are none of ours.
    let name = match find(access, hook).await {
        Ok(found) if replaced(hook, &found).is_some() => return Ok(()),
        Ok(found) => found.name,
        Err(cause) if cause.passes() => return Err(cause),
        Err(_) => hook.present_name().clone(),
    };
    access.forge.delete_hook(access.to(&name), forge_id).await
}

/// Has a hook tried out.
///
/// # Errors
/// The forge does not answer.
pub async fn ping(
    performer: &Performer,
    account: &AccountId,
    id: &HookId,
) -> anyhow::Result<Performed> {
    let Some((hook, access)) = registered(performer, account, id).await? else {
        return Ok(Performed::Done);
    };
    let forge_id = hook.forge_hook_id.as_deref().unwrap_or_default();
    let asked = access.forge.ping_hook(access.to(hook.present_name()), forge_id).await;
    settle(&hook, &access, asked.map(drop))
}

/// Has a delivery sent again.
///
/// # Errors
/// The forge does not answer.
pub async fn redeliver(
    performer: &Performer,
    account: &AccountId,
    id: &HookId,
    delivery: &str,
) -> anyhow::Result<Performed> {
    let Some((hook, access)) = registered(performer, account, id).await? else {
        return Ok(Performed::Done);
    };
    let (name, forge_id) = (hook.present_name(), hook.forge_hook_id.as_deref().unwrap_or_default());
    let asked = access.forge.redeliver(access.to(name), forge_id, delivery).await;
    settle(&hook, &access, asked.map(drop))
}

/// The hook, if the forge has it and can be asked.
async fn registered(
    performer: &Performer,
    account: &AccountId,
    id: &HookId,
) -> anyhow::Result<Option<(HookRow, Access)>> {
    let hook = performer.store.get::<HookRow>(HookRow::at(id)).await?;
    let Some(hook) = hook.filter(|hook| hook.forge_hook_id.is_some()) else { return Ok(None) };
    Ok(open(performer, account, &hook).await?.ok().map(|access| (hook, access)))
}

/// What was only asked for may be refused: the next look shows what is still missing.
fn settle(hook: &HookRow, access: &Access, asked: Result<(), Error>) -> anyhow::Result<Performed> {
    match asked {
        Ok(()) => Ok(Performed::Done),
        Err(Error::Unauthorised) => Ok(access.lost(Performed::Done)),
        Err(cause) if cause.passes() => Err(cause.into()),
        Err(cause) => {
            tracing::warn!(repository = %hook.repository, %cause, "the forge did not do it");
            Ok(Performed::Done)
        }
    }
}
