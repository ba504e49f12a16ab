//! What the forge gives for a code: tokens, and whose they are.

use domain::connection::Missing;
use domain::{Secret, Timestamp};
use egress::Url;
use forges::{ClientRegistration, Exchange, Forge, Grant};
use operations::handshake::NotGranted;
use operations::revocations::NotKept;
use store::{HandshakeRow, Place, TokenRow};

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
    pub(super) token: Secret,
    /// The same as it would be kept.
    pub(super) sealed: TokenRow,
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
    let grant = match forge.exchange_code(&client, exchange).await {
        Ok(grant) => grant,
        Err(cause) => return Err(without_token(shared, row, &cause).await),
    };
    let sealed = sealed(shared, row, &grant, at)?;
    let missing = forge.missing_scopes(&grant.scopes);
    if !missing.is_empty() {
        let (account, connection) = (row.account.clone(), row.connection.clone());
        let given = Some(sealed);
        let few = NotGranted { account, connection, missing: Missing::Scopes, given };
        shared.desk.take(&few, shared.now()).await.map_err(failed)?;
        return Err(too_few(&missing));
    }
    match forge.identity(&grant.token).await {
        Ok(identity) => Ok(Shown { login: identity.login, token: grant.token, sealed }),
        Err(cause) => {
            not_kept(shared, sealed).await?;
            Err(no_answer("the forge does not say whose token it gave", &cause))
        }
    }
}

/// A token that the forge gave is to be revoked there.
pub(super) async fn not_kept(shared: &Shared, token: TokenRow) -> Result<(), Page> {
    shared.desk.take(&NotKept { token }, shared.now()).await.map_err(failed)
}

fn sealed(
    shared: &Shared,
    row: &HandshakeRow,
    grant: &Grant,
    at: Timestamp,
) -> Result<TokenRow, Page> {
    // No token before it has the same: authorising takes a person longer than a millisecond.
    let (account, id, generation) = (&row.account, row.connection.id(), at.0);
    let place = Place::of_access_token(account, id, generation);
    let access = shared.vault.seal(&place, &grant.token);
    let place = Place::of_refresh_token(account, id, generation);
    let refresh = grant.refresh_token.as_ref().map(|it| shared.vault.seal(&place, it));
    Ok(TokenRow {
        account: row.account.clone(),
        connection: row.connection.clone(),
        sealed_access: access.map_err(failed)?,
        sealed_refresh: refresh.transpose().map_err(failed)?,
        expires: grant.expires_in_seconds.map(|seconds| at.plus_seconds(seconds as i64)),
        scopes: grant.scopes.clone(),
        generation,
        granted: at,
        registration: row.registration.clone(),
        endpoint: None,
    })
}
