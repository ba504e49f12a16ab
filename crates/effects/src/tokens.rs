//! Has the forge replace a connection's tokens.

use anyhow::Context;
use domain::connection::Lost;
use domain::{AccountId, ConnectionArn, RegistrationId, Secret};
use forges::{Authorization, ClientRegistration, Error, Grant};
use store::{EffectRow, NewTokens, Place, RegistrationRow, TokenRow};

use crate::access::forge;
use crate::hosts::Watched;
use crate::perform::{Performed, Performer};
use crate::reached::by_endpoint;

/// What came of having a connection's tokens replaced.
pub struct Renewal {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// The tokens that were to be replaced.
    pub generation: i64,
    /// New ones, or why there are none.
    pub outcome: Result<NewTokens, Lost>,
}

/// Renews the tokens of a generation; nothing is left to do where there are others already.
///
/// # Errors
/// The forge does not answer, or does not know our client: the tokens are as they were, unless the
/// answer was lost on its way.
pub async fn renew(
    performer: &Performer,
    effect: &EffectRow,
    account: &AccountId,
    connection: &ConnectionArn,
    generation: i64,
) -> anyhow::Result<Performed> {
    let row = performer.store.get::<TokenRow>(TokenRow::at(account, connection)).await?;
    let row = row.filter(|row| row.generation == generation);
    let Some((row, sealed)) = row.and_then(|row| Some((row.clone(), row.sealed_refresh?))) else {
        return Ok(Performed::Done);
    };
    let done = |outcome| {
        let (account, connection) = (account.clone(), connection.clone());
        let renewal = Renewal { account, connection, generation, outcome };
        Ok(Performed::Renewed(Box::new(renewal)))
    };
    let place = Place::of_refresh_token(account, connection.id(), generation);
    let Ok(refresh) = performer.vault.unseal(&place, &sealed) else {
        return done(Err(Lost::Unreadable));
    };
    match ask(performer, &row, &refresh).await {
        Ok(grant) => done(Ok(seal(performer, &row, grant, &refresh)?)),
        Err(Trouble::GrantLost) => done(Err(lost(effect))),
        Err(Trouble::Passes(cause)) => Err(cause),
    }
}

/// A refresh token that was shown to the forge before, and whose answer nobody kept, may have been
/// replaced then; one that was not was revoked by a person or by the forge.
fn lost(effect: &EffectRow) -> Lost {
    if effect.tries > 0 { Lost::Interrupted } else { Lost::Revoked }
}

enum Trouble {
    GrantLost,
    Passes(anyhow::Error),
}

async fn ask(performer: &Performer, row: &TokenRow, refresh: &Secret) -> Result<Grant, Trouble> {
    let whose = (&row.account, &row.connection);
    let client = client(performer, whose, &row.registration).await;
    let (driver, client) = client.map_err(Trouble::Passes)?;
    driver.refresh(&client, refresh).await.map_err(|cause| match cause {
        Error::GrantLost { .. } => Trouble::GrantLost,
        cause => Trouble::Passes(cause.into()),
    })
}

/// The client that a connection's tokens were given to, and its forge, which may be left alone for a while.
///
/// # Errors
/// The store does not answer, or the client is not registered any more.
pub(crate) async fn client(
    performer: &Performer,
    (account, connection): (&AccountId, &ConnectionArn),
    registration: &RegistrationId,
) -> anyhow::Result<(Watched, ClientRegistration)> {
    let key = RegistrationRow::at(account, registration);
    let registration = performer.store.get::<RegistrationRow>(key).await?;
    let registration = registration.with_context(|| {
        format!("{connection} was authorised by an OAuth client that is not registered any more")
    })?;
    let place = Place::of_registration(account, &registration.id);
    let client_secret = performer.vault.unseal(&place, &registration.sealed_secret)?;
    let endpoint = (registration.provider, &*registration.endpoint);
    let (kept, http) = ((&performer.store, &*performer.vault), &performer.client);
    let http = by_endpoint(kept, http, account, endpoint).await?;
    let driver = forge(registration.provider, &registration.endpoint, &http);
    let driver = driver.context("the registration's forge is not spoken here")?;
    let driver = performer.watched((account, connection), driver);
    Ok((driver, ClientRegistration { client_id: registration.client_id, client_secret }))
}

fn seal(
    performer: &Performer,
    row: &TokenRow,
    grant: Grant,
    old: &Secret,
) -> anyhow::Result<NewTokens> {
    let (account, id, generation) = (&row.account, row.connection.id(), row.generation + 1);
    let refresh = grant.refresh_token.as_ref().unwrap_or(old);
    let (access_place, refresh_place) = (
        Place::of_access_token(account, id, generation),
        Place::of_refresh_token(account, id, generation),
    );
    Ok(NewTokens {
        generation,
        sealed_access: performer.vault.seal(&access_place, &grant.token)?,
        sealed_refresh: performer.vault.seal(&refresh_place, refresh)?,
        expires_in_seconds: grant.expires_in_seconds,
        scopes: if grant.scopes.is_empty() { row.scopes.clone() } else { grant.scopes },
    })
}
