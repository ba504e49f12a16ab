//! Tokens that nobody uses any more are revoked at the forge that gave them, where it can.

use domain::{AccountId, ConnectionArn};
use forges::{Asked, Authorization, Error};
use store::{Place, RevocationRow, TokenRow};

use crate::perform::{Performed, Performer};
use crate::tokens;

/// A token is revoked, or stays what it is.
pub struct Revoked {
    /// The connection that it was given to.
    pub connection: ConnectionArn,
    /// Which of its tokens.
    pub generation: i64,
    /// Why the forge takes it still, in words.
    pub left: Option<String>,
}

/// Revokes a token that nobody uses any more.
///
/// # Errors
/// The store or the forge does not answer.
pub async fn revoke_spent(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionArn,
    generation: i64,
) -> anyhow::Result<Performed> {
    let key = RevocationRow::at(account, connection, &generation);
    let Some(row) = performer.store.get::<RevocationRow>(key).await? else {
        return Ok(Performed::Done);
    };
    let left = match is_used(performer, &row).await? {
        true => None,
        false => match revoke(performer, &row).await? {
            Err(cause) if cause.passes() => return Err(cause.into()),
            done => done.err().map(|cause| format!("a token of it: {cause}")),
        },
    };
    Ok(Performed::Revoked(Revoked { connection: connection.clone(), generation, left }))
}

/// Whether the connection has the very same token still: a forge may give it twice.
async fn is_used(performer: &Performer, spent: &RevocationRow) -> Result<bool, store::Error> {
    let key = TokenRow::at(&spent.account, &spent.connection);
    let Some(present) = performer.store.get::<TokenRow>(key).await? else { return Ok(false) };
    let opened = |generation, sealed| {
        let place = Place::of_access_token(&spent.account, spent.connection.id(), generation);
        performer.vault.unseal(&place, sealed).ok()
    };
    let spent = opened(spent.generation, &spent.sealed_access);
    let present = opened(present.generation, &present.sealed_access);
    Ok(spent.zip(present).is_some_and(|(spent, present)| spent.expose() == present.expose()))
}

/// Has the forge revoke a token. Whoever has the refresh token has the next access token, so that one
/// goes first; with some forges both go with either.
///
/// # Errors
/// The store does not answer, the client is not registered any more, or the token cannot be opened.
pub(crate) async fn revoke(
    performer: &Performer,
    row: &RevocationRow,
) -> anyhow::Result<Result<(), Error>> {
    let (forge, client) =
        tokens::client(performer, (&row.account, &row.connection), &row.registration).await?;
    let id = row.connection.id();
    let refresh = Place::of_refresh_token(&row.account, id, row.generation);
    let access = Place::of_access_token(&row.account, id, row.generation);
    let sealed = row.sealed_refresh.iter().map(|it| (refresh, it));
    for (place, sealed) in sealed.chain([(access, &row.sealed_access)]) {
        let token = performer.vault.unseal(&place, sealed)?;
        match forge.revoke(&client, &token).await {
            Ok(Asked::Taken) => {}
            Ok(Asked::NotOffered) => {
                let connection = &row.connection;
                tracing::info!(%connection, "the forge lets no client revoke a token");
                return Ok(Ok(()));
            }
            Err(cause) => return Ok(Err(cause)),
        }
    }
    tracing::info!(connection = %row.connection, "a token of it is revoked");
    Ok(Ok(()))
}
