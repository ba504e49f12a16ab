//! Brings a forge to the hooks that are wanted: found by id or URL or made, never twice.

use domain::reach::is_reachable;
use domain::{AccountId, HookId, RepositoryName};
use egress::Url;
use engine::{Heads, HookOutcome, RegisteredHook};
use forges::git;
use forges::github::Purpose;
use forges::{Error, Hook, HookTarget, RepositoryInfo};
use store::{DepartureRow, HookRow, Place};

use crate::access::{Access, NoAccess};
use crate::limits::HEADS_MAX;
use crate::perform::{Performed, Performer};

/// Registers a hook, or mends the one that is there.
///
/// # Errors
/// The forge does not answer.
pub async fn register(
    performer: &Performer,
    account: &AccountId,
    id: &HookId,
) -> anyhow::Result<Performed> {
    let Some(hook) = performer.store.get::<HookRow>(HookRow::at(id)).await? else {
        return Ok(Performed::Hook(id.clone(), HookOutcome::Removed));
    };
    let secret = performer.vault.unseal(&Place::of_hook(account, id), &hook.sealed_secret)?;
    let target = HookTarget { url: performer.hook_url(id)?, secret };
    let done = |outcome| Performed::Hook(id.clone(), outcome);
    let failed = |trouble| done(HookOutcome::Failed { trouble, heads: Heads::new() });
    let access = match open(performer, account, &hook).await? {
        Ok(access) => access,
        Err(trouble) => return Ok(failed(trouble)),
    };
    match (Bringing { performer, access: &access, hook: &hook, target: &target }).bring().await {
        Ok(outcome) => Ok(done(outcome)),
        Err(Trouble::Forge(Error::Unauthorised)) => Ok(access.lost(failed(access.lost_sentence()))),
        Err(Trouble::Forge(cause @ Error::NotFound { .. })) => {
            if let Err(NoAccess::Credentials(said)) = access.sees().await {
                return Ok(failed(said));
            }
            let cause = access.refusal(&hook.repository).await.unwrap_or(cause);
            Ok(failed(cause.to_string()))
        }
        Err(Trouble::Forge(cause)) if cause.passes() => Err(cause.into()),
        Err(Trouble::Forge(cause)) => Ok(failed(cause.to_string())),
        Err(Trouble::Git(cause)) => Ok(failed(format!("{cause:#}"))),
    }
}

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

enum Trouble {
    Forge(Error),
    Git(anyhow::Error),
}

impl From<Error> for Trouble {
    fn from(cause: Error) -> Self {
        Self::Forge(cause)
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
    match access.forge.repository(&access.token, hook.present_name()).await {
        Err(Error::NotFound { .. }) if hook.known_as.is_some() => {
            access.forge.repository(&access.token, &hook.repository).await
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

/// A hook that the forge has now, and whether it had none until now.
struct Brought {
    hook: Hook,
    made: bool,
}

struct Bringing<'a> {
    performer: &'a Performer,
    access: &'a Access,
    hook: &'a HookRow,
    target: &'a HookTarget,
}

impl Bringing<'_> {
    async fn bring(&self) -> Result<HookOutcome, Trouble> {
        let found = find(self.access, self.hook).await?;
        if let Some(trouble) = replaced(self.hook, &found) {
            return Ok(HookOutcome::Failed { trouble, heads: Heads::new() });
        }
        // The heads first: a push between the two is then told by the new hook and follows from them.
        let heads = self.heads(&found.name).await.map_err(Trouble::Git)?;
        if let Some(trouble) = self.unreachable(&found.name)? {
            return Ok(HookOutcome::Failed { trouble, heads });
        }
        let registered = |forge_hook_id, (signs, made), found: RepositoryInfo, heads| {
            HookOutcome::Registered(RegisteredHook {
                forge_hook_id,
                repository_id: found.id,
                known_as: Some(found.name).filter(|name| *name != self.hook.repository),
                signs,
                made,
                heads,
            })
        };
        if self.access.is_installed() {
            self.let_own_hook_go(&found.name).await?;
            return Ok(registered(None, (true, false), found, heads));
        }
        match self.one_hook(&found.name).await {
            Ok(Brought { hook, made }) => {
                Ok(registered(Some(hook.id), (hook.signs, made), found, heads))
            }
            Err(cause) if cause.passes() || matches!(cause, Error::Unauthorised) => {
                Err(cause.into())
            }
            Err(cause) => Ok(HookOutcome::Failed { trouble: cause.to_string(), heads }),
        }
    }

    /// An App's one hook tells of the repository by now: the one of its own goes, by the token that a
    /// person authorised before. What that may not remove stays, and tells what is known.
    async fn let_own_hook_go(&self, name: &RepositoryName) -> Result<(), Trouble> {
        let Access { connection, client, .. } = self.access;
        let Some(id) = &self.hook.forge_hook_id else { return Ok(()) };
        let before = match self.performer.open_authorised(connection.clone(), client.clone()).await
        {
            Ok(before) => before,
            Err(NoAccess::Store(cause)) => return Err(Trouble::Git(cause.into())),
            Err(_) => return Ok(()),
        };
        match before.forge.delete_hook(&before.token, name, id).await {
            Err(cause) if cause.passes() => Err(cause.into()),
            Err(cause) => {
                tracing::warn!(repository = %name, %cause, "a hook stays beside the App's");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn heads(&self, name: &RepositoryName) -> anyhow::Result<Heads> {
        let heads = |remote| async move { git::heads(&remote, HEADS_MAX).await };
        let heads = self.access.by_git(name, heads).await?;
        Ok(heads.into_iter().map(|(name, head)| (name, head.after)).collect())
    }

    fn unreachable(&self, name: &RepositoryName) -> Result<Option<String>, Error> {
        let (forge, ours) = (self.access.forge.clone_url(name)?, &self.performer.public_url);
        Ok((!is_reachable(ours, forge.as_str())).then(|| {
            format!(
                "{} cannot reach this server at {ours}: start it with --public-url and the address \
                 by which the forge reaches it; until then pushes are found by looking, once a \
                 reconcile period",
                forge.host_str().unwrap_or_default(),
            )
        }))
    }

    /// Updates the hook or makes it, and removes what is one too many.
    async fn one_hook(&self, name: &RepositoryName) -> Result<Brought, Error> {
        let (forge, token) = (&self.access.forge, &self.access.token);
        let listed = forge.hooks(token, name).await?;
        let found = ours(self.hook, &self.target.url, &listed);
        let written = match (found.first(), &self.hook.forge_hook_id) {
            (Some(known), _) => forge.update_hook(token, name, &known.id, self.target).await?,
            // The list may be older than our hook.
            (None, Some(id)) => match forge.update_hook(token, name, id, self.target).await {
                Err(Error::NotFound { .. }) => return self.made(name).await,
                updated => updated?,
            },
            (None, None) => return self.made(name).await,
        };
        if !written.active {
            // A forge that held a hook back after failures lets it go on once a try went well.
            forge.ping_hook(token, name, &written.id).await?;
        }
        for surplus in found.iter().skip(1) {
            forge.delete_hook(token, name, &surplus.id).await?;
        }
        for hook in &listed {
            if self.performer.is_stray(hook).await.unwrap_or(false) {
                forge.delete_hook(token, name, &hook.id).await?;
            }
        }
        Ok(Brought { hook: written, made: false })
    }

    async fn made(&self, name: &RepositoryName) -> Result<Brought, Error> {
        Ok(Brought { hook: self.first_hook(name).await?, made: true })
    }

    /// Makes a hook. Of two servers that did so at once, both keep the one that is listed first.
    async fn first_hook(&self, name: &RepositoryName) -> Result<Hook, Error> {
        let (forge, token) = (&self.access.forge, &self.access.token);
        let made = forge.create_hook(token, name, self.target).await?;
        let listed = forge.hooks(token, name).await?;
        let of_url: Vec<_> =
            listed.into_iter().filter(|it| it.url == self.target.url.as_str()).collect();
        let first = of_url.first().cloned().unwrap_or(made);
        for surplus in of_url.iter().skip(1) {
            forge.delete_hook(token, name, &surplus.id).await?;
        }
        Ok(first)
    }
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
    let departure = DepartureRow::at(account, &hook.connection);
    if performer.store.get::<DepartureRow>(departure).await?.is_some() {
        // Its connection takes it along.
        return Ok(Performed::Done);
    }
    let Ok(access) = open(performer, account, &hook).await? else { return Ok(removed) };
    match take_away(&access, &hook).await {
        Err(cause) if cause.passes() => Err(cause.into()),
        _ => Ok(removed),
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
    access.forge.delete_hook(&access.token, &name, forge_id).await
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
    let asked = access.forge.ping_hook(&access.token, hook.present_name(), forge_id).await;
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
    let asked = access.forge.redeliver(&access.token, name, forge_id, delivery).await;
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
