//! The OAuth handshake: begun by a signed call or in the console, bound to one browser, finished
//! once.
//!
//! The state names the handshake; the connection, the registration and the browser stand in its
//! row and are compared at the end (threats T05-T07). Talking to the forge is the server's.

use domain::connection::{ConnectionStatus, Missing};
use domain::reach::is_reachable;
use domain::{HandshakeId, Secret};
use store::{ConnectionRow, HandshakeRow, HostRow, Place, RegistrationRow, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::connections::{host_key, seen};
use crate::limits::HANDSHAKE_SECONDS;
use crate::refusal::Refused;
use crate::registrations::redirect_uri;
use crate::table::operation;
use crate::watches::connection_key;

mod browser;
mod grant;
mod open;
#[cfg(test)]
mod samples;

pub use browser::{Agree, Bind, Consume, other_identity};
pub use grant::{Granted, NotGranted};
pub use open::{Broken, is_issuer, open};

operation! {
    /// `towpath:StartConnectionHandshake`. The link leads to a page of this server that names the
    /// connection; its button binds the handshake to that browser and leads on to the forge.
    Start: shapes::StartConnectionHandshakeInput => shapes::StartConnectionHandshakeOutput;
    resource(_, input) { input.connection_arn.to_string() }
    wants(caller, input, view) {
        let key = connection_key(caller.account(), &input.connection_arn);
        let mut wants: Vec<Want> = vec![key.clone().into()];
        let Some(row) = view.known::<ConnectionRow>(key) else { return wants };
        wants.extend(row.host_arn.as_ref().map(|arn| host_key(caller, arn).into()));
        if let Some(endpoint) = endpoint(caller, row, view) {
            wants.push(RegistrationRow::by_endpoint(caller.account(), row.provider, &endpoint).into());
        }
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let connection = seen(caller, &input.connection_arn, view)?;
        let registration = registration(caller, connection, view)?;
        let state = HandshakeId::new(format!("{}{}", caller.word("state one"), caller.word("state two")));
        let verifier = Secret::new(format!("{}{}", caller.word("pkce one"), caller.word("pkce two")));
        let sealed = caller.sealer.seal(&Place::of_verifier(caller.account(), &state), &verifier);
        let expires = now.at.plus_seconds(HANDSHAKE_SECONDS);
        changes.insert(HandshakeRow {
            state: state.clone(),
            account: caller.account().clone(),
            connection: connection.arn.clone(),
            registration: registration.id.clone(),
            session: String::new(),
            sealed_verifier: sealed.map_err(|_| AwsError::internal())?,
            expires,
            used: false,
            redirect_uri: redirect_uri(&caller.public_url, &registration.id),
            agreed: None,
            draft: None,
            offer: None,
            requester: Some(caller.principal.arn.to_string()),
        });
        let authorization_url = format!("{}/oauth/begin/{state}", caller.public_url);
        if let ConnectionStatus::Pending(Missing::Refused(_)) = connection.status {
            let status = ConnectionStatus::Pending(Missing::Authorisation);
            changes.put(view, ConnectionRow { status, ..connection.clone() });
        }
        Ok((changes, shapes::StartConnectionHandshakeOutput { authorization_url, expires_at: expires.into() }))
    }
}

fn endpoint(caller: &Caller, row: &ConnectionRow, view: &View) -> Option<String> {
    match &row.host_arn {
        Some(arn) => view.known::<HostRow>(host_key(caller, arn)).map(|host| host.endpoint.clone()),
        None => caller.endpoints.of(row.provider).map(str::to_owned),
    }
}

/// The client with which the handshake is made, where the forge can send the browser back to us.
fn registration<'a>(
    caller: &Caller,
    row: &ConnectionRow,
    view: &'a View,
) -> Result<&'a RegistrationRow, Refused> {
    let refuse = |message: String| AwsError::refused("ResourceUnavailableException", message);
    let endpoint = endpoint(caller, row, view)
        .ok_or_else(|| refuse(format!("The host of {} is gone.", row.arn)))?;
    if !is_reachable(&caller.public_url, &endpoint) {
        return Err(refuse(format!(
            "{endpoint} cannot reach this server at {}: start it with --public-url and the address \
             by which the forge reaches it.",
            caller.public_url
        )));
    }
    let query = RegistrationRow::by_endpoint(caller.account(), row.provider, &endpoint);
    let registration = view.list::<RegistrationRow>(&query).into_iter().next();
    registration.ok_or_else(|| {
        refuse(format!(
            "No OAuth client is registered for {endpoint}: run `towpath forges register` with the id \
             and secret of one."
        ))
    })
}
