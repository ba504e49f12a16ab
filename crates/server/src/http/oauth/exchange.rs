//! What the forge gives for a code: tokens, and whose they are.

use domain::connection::Missing;
use domain::{Secret, Timestamp};
use egress::Url;
use forges::{ClientRegistration, Exchange, Forge, Grant};
use operations::handshake::{Granted, NotGranted};
use store::{HandshakeRow, Place};

use super::pages::{failed, no_answer, too_few};
use super::refused::without_token;
use super::{registration, way};
use crate::http::plain::Page;
use crate::shared::Shared;

/// The driver and our client of the handshake's registration.
pub(super) async fn forge(
    shared: &Shared,
    row: &HandshakeRow,
) -> Result<(Box<dyn Forge>, ClientRegistration), Page> {
    let registration = registration(shared, row).await?;
    let place = Place::of_registration(&row.account, &registration.id);
    let client_secret = shared.vault.unseal(&place, &registration.sealed_secret).map_err(failed)?;
    let endpoint = (registration.provider, &*registration.endpoint);
    let client = way(shared, &row.account, endpoint).await?;
    let forge = effects::forge(registration.provider, &registration.endpoint, &client);
    let forge = forge.ok_or_else(|| failed("the registration's forge is not spoken here"))?;
    Ok((forge, ClientRegistration { client_id: registration.client_id, client_secret }))
}

/// What the forge gave for a code, and to whom.
pub(super) struct Shown {
    pub(super) login: String,
    pub(super) grant: Grant,
    at: Timestamp,
}

pub(super) async fn exchange(
    shared: &Shared,
    row: &HandshakeRow,
    code: &Secret,
) -> Result<Shown, Page> {
    let (forge, client) = forge(shared, row).await?;
    let place = Place::of_verifier(&row.account, &row.state);
    let verifier = shared.vault.unseal(&place, &row.sealed_verifier).map_err(failed)?;
    let redirect_uri = Url::parse(&row.redirect_uri).map_err(failed)?;
    let exchange = Exchange { code, verifier: &verifier, redirect_uri: &redirect_uri };
    let at = shared.now();
    let said = |cause: forges::Error| no_answer("the forge gave no token", &cause);
    let grant = match forge.exchange_code(&client, exchange).await {
        Ok(grant) => grant,
        Err(cause) => return Err(without_token(shared, row, &cause).await),
    };
    let missing = forge.missing_scopes(&grant.scopes);
    if !missing.is_empty() {
        let (account, connection) = (row.account.clone(), row.connection.clone());
        let few = NotGranted { account, connection, missing: Missing::Scopes };
        shared.desk.take(&few, shared.now()).await.map_err(failed)?;
        return Err(too_few(&missing));
    }
    let identity = forge.identity(&grant.token).await.map_err(said)?;
    Ok(Shown { login: identity.login, grant, at })
}

pub(super) fn granted(shared: &Shared, row: &HandshakeRow, shown: Shown) -> Result<Granted, Page> {
    let Shown { login, grant, at } = shown;
    // No token before it has the same: authorising takes a person longer than a millisecond.
    let (account, id, generation) = (&row.account, row.connection.id(), at.0);
    let place = Place::of_access_token(account, id, generation);
    let sealed = shared.vault.seal(&place, &grant.token);
    let place = Place::of_refresh_token(account, id, generation);
    let refresh = grant.refresh_token.as_ref().map(|it| shared.vault.seal(&place, it));
    Ok(Granted {
        account: row.account.clone(),
        connection: row.connection.clone(),
        login,
        sealed_access: sealed.map_err(failed)?,
        sealed_refresh: refresh.transpose().map_err(failed)?,
        expires: grant.expires_in_seconds.map(|seconds| at.plus_seconds(seconds as i64)),
        scopes: grant.scopes,
        generation,
        registration: row.registration.clone(),
    })
}
