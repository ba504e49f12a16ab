//! Brings a forge to a hook that is wanted: found by id or URL or made, never twice; and the heads of
//! its repository, from which what is told later follows.

use domain::reach::is_reachable;
use domain::{AccountId, HookId, RepositoryName};
use engine::{Heads, HookOutcome, RegisteredHook};
use forges::git;
use forges::{Error, Hook, HookTarget, RepositoryInfo};
use store::{HookRow, Place};

use super::{find, open, ours, replaced, withdraw};
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
        Err(trouble) => {
            withdraw(performer, &hook).await?;
            return Ok(failed(trouble));
        }
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

enum Trouble {
    Forge(Error),
    Git(anyhow::Error),
}

impl From<Error> for Trouble {
    fn from(cause: Error) -> Self {
        Self::Forge(cause)
    }
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
        match before.forge.delete_hook(before.to(name), id).await {
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
        let (forge, repository) = (&self.access.forge, self.access.to(name));
        let listed = forge.hooks(repository).await?;
        let found = ours(self.hook, &self.target.url, &listed);
        let written = match (found.first(), &self.hook.forge_hook_id) {
            (Some(known), _) => forge.update_hook(repository, &known.id, self.target).await?,
            // The list may be older than our hook.
            (None, Some(id)) => match forge.update_hook(repository, id, self.target).await {
                Err(Error::NotFound { .. }) => return self.made(name).await,
                updated => updated?,
            },
            (None, None) => return self.made(name).await,
        };
        if !written.active {
            // A forge that held a hook back after failures lets it go on once a try went well.
            forge.ping_hook(repository, &written.id).await?;
        }
        for surplus in found.iter().skip(1) {
            forge.delete_hook(repository, &surplus.id).await?;
        }
        for hook in &listed {
            if self.performer.is_stray(hook).await.unwrap_or(false) {
                forge.delete_hook(repository, &hook.id).await?;
            }
        }
        Ok(Brought { hook: written, made: false })
    }

    async fn made(&self, name: &RepositoryName) -> Result<Brought, Error> {
        Ok(Brought { hook: self.first_hook(name).await?, made: true })
    }

    /// Makes a hook. Of two servers that did so at once, both keep the one that is listed first.
    async fn first_hook(&self, name: &RepositoryName) -> Result<Hook, Error> {
        let (forge, repository) = (&self.access.forge, self.access.to(name));
        let made = forge.create_hook(repository, self.target).await?;
        let listed = forge.hooks(repository).await?;
        let of_url: Vec<_> =
            listed.into_iter().filter(|it| it.url == self.target.url.as_str()).collect();
        let first = of_url.first().cloned().unwrap_or(made);
        for surplus in of_url.iter().skip(1) {
            forge.delete_hook(repository, &surplus.id).await?;
        }
        Ok(first)
    }
}
