//! A connection that was deleted leaves its forge: its hooks are removed there, and its token is
//! revoked where the forge can.

use domain::{AccountId, ConnectionArn};
use forges::Error;
use store::limits::DEPARTING_HOOKS_MAX;
use store::{DepartureRow, HookRow, RevocationRow};

use crate::access::{Access, NoAccess};
use crate::hooks::take_away;
use crate::perform::{Performed, Performer};
use crate::reached::by_host;
use crate::revocation::revoke;

/// A connection that is done with its forge.
pub struct Departed {
    /// Which.
    pub connection: ConnectionArn,
    /// What the forge still has of it, and why, in words.
    pub left: Vec<String>,
}

/// Removes what the forge has of a connection. The token goes last: the hooks are removed with it.
///
/// # Errors
/// The store or the forge does not answer.
pub async fn depart(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionArn,
) -> anyhow::Result<Performed> {
    let gone = |left| Ok(Performed::Departed(Departed { connection: connection.clone(), left }));
    let row = performer.store.get::<DepartureRow>(DepartureRow::at(account, connection)).await?;
    let hooks = HookRow::by_connection(connection, DEPARTING_HOOKS_MAX);
    let hooks = performer.store.list::<HookRow>(hooks).await?;
    let Some(row) = row else { return gone(unreached(&hooks, "the connection did not work")) };
    let access = match open(performer, &row).await {
        Ok(access) => access,
        Err(NoAccess::Credentials(why)) => return gone(unreached(&hooks, &why)),
        Err(NoAccess::Store(cause)) => return Err(cause.into()),
        Err(NoAccess::Forge(cause)) => return Err(cause.into()),
    };
    let mut left = Vec::new();
    for hook in &hooks {
        note(&mut left, named(hook), take_away(&access, hook).await)?;
    }
    if (hooks.len() as i64) < DEPARTING_HOOKS_MAX {
        note(
            &mut left,
            "its token".to_owned(),
            revoke(performer, &RevocationRow::of(&row.token())).await?,
        )?;
    }
    gone(left)
}

/// The hooks that the forge has, where it cannot be asked to remove them.
fn unreached(hooks: &[HookRow], why: &str) -> Vec<String> {
    let at_forge = hooks.iter().filter(|hook| hook.forge_hook_id.is_some());
    at_forge.map(|hook| format!("{}: {why}", named(hook))).collect()
}

fn named(hook: &HookRow) -> String {
    format!("the hook of {}", hook.repository)
}

async fn open(performer: &Performer, row: &DepartureRow) -> Result<Access, NoAccess> {
    let host = row.host_arn.as_ref();
    let kept = (&performer.store, &*performer.vault);
    let client = by_host(kept, &performer.client, &row.account, host).await;
    let client = client.map_err(|cause| NoAccess::Credentials(format!("{cause:#}")))?;
    performer.open_with(row.connection(), row.token(), client).await
}

/// What does not pass stays where it is.
fn note(left: &mut Vec<String>, what: String, done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(cause) if cause.passes() => return Err(cause),
        Err(cause) => left.push(format!("{what}: {cause}")),
        Ok(()) => {}
    }
    Ok(())
}
