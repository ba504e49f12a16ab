//! OAuth clients of forges: one an account and endpoint, never shared.

use domain::connection::{ConnectionStatus, Missing, ProviderType};
use domain::reach::is_reachable;
use domain::{HostArn, RegistrationId, derived_uuid};
use store::{ConnectionRow, HostRow, Place, RegistrationRow, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::connections::{host_key, kind, provider};
use crate::limits::{CONNECTIONS_MAX, LIST_MAX};
use crate::page;
use crate::refusal::Refused;
use crate::table::operation;

/// The one path on which a registration's handshakes end.
pub fn redirect_uri(public_url: &str, id: &RegistrationId) -> String {
    format!("{public_url}/oauth/callback/{id}")
}

/// Provider and base URL that `host` names: a host's ARN, or the provider's one place.
fn target(
    caller: &Caller,
    input: &shapes::RegisterForgeInput,
    view: &View,
) -> Result<(ProviderType, String), Refused> {
    let kind = kind(input.kind);
    let one_place = caller.endpoints.of(kind).filter(|_| !input.host.starts_with("arn:"));
    if let Some(endpoint) = one_place {
        return Ok((kind, endpoint.to_owned()));
    }
    let host = view.known::<HostRow>(host_key(caller, &HostArn::new(&input.host)));
    let host = host.filter(|host| host.provider == kind).ok_or_else(|| {
        let message = format!(
            "'{}' is not the ARN of a {kind} host of this account: create one with \
             `aws codeconnections create-host`.",
            input.host
        );
        AwsError::refused("ResourceNotFoundException", message)
    })?;
    Ok((host.provider, host.endpoint.clone()))
}

operation! {
    /// `towpath:RegisterForge`; again replaces the client's id and secret.
    Register: shapes::RegisterForgeInput => shapes::RegisterForgeOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) {
        let host = host_key(caller, &HostArn::new(&input.host)).into();
        let mut wants: Vec<Want> = vec![host, of_account(caller).into()];
        if let Ok((provider, endpoint)) = target(caller, input, view) {
            wants.push(RegistrationRow::at(caller.account(), &id(caller, provider, &endpoint)).into());
        }
        let known = view.known_list::<ConnectionRow>(&of_account(caller));
        for row in known {
            wants.push(ConnectionRow::at(&row.account, &row.id).into());
            wants.extend(row.host_arn.as_ref().map(|arn| host_key(caller, arn).into()));
        }
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let (provider, endpoint) = target(caller, input, view)?;
        let id = id(caller, provider, &endpoint);
        let place = Place::of_registration(caller.account(), &id);
        let sealed = caller.sealer.seal(&place, &input.client_secret);
        changes.put(view, RegistrationRow {
            account: caller.account().clone(),
            id: id.clone(),
            provider,
            endpoint: endpoint.clone(),
            client_id: input.client_id.clone(),
            sealed_secret: sealed.map_err(|_| AwsError::internal())?,
            created: now.at,
            hook: None,
            sealed_key: None,
            sealed_hook_secret: None,
            app: None,
        });
        let next = match is_reachable(&caller.public_url, &endpoint) {
            true => Missing::Authorisation,
            false => Missing::PublicUrl,
        };
        for row in waiting(caller, provider, &endpoint, view) {
            changes.put(view, ConnectionRow { status: ConnectionStatus::Pending(next), ..row.clone() });
        }
        let redirect_uri = redirect_uri(&caller.public_url, &id);
        Ok((changes, shapes::RegisterForgeOutput { registration_id: id, redirect_uri }))
    }
}

/// One registration an account and endpoint: its id follows from the two.
fn id(caller: &Caller, provider: ProviderType, endpoint: &str) -> RegistrationId {
    let parts = ["registration", caller.account().as_str(), provider.as_str(), endpoint];
    RegistrationId::new(format!("reg-{}", derived_uuid(&parts)))
}

fn of_account(caller: &Caller) -> store::Query {
    ConnectionRow::of_account(caller.account(), "", CONNECTIONS_MAX)
}

/// The connections that miss nothing but this registration.
fn waiting<'a>(
    caller: &'a Caller,
    provider: ProviderType,
    endpoint: &'a str,
    view: &'a View,
) -> impl Iterator<Item = &'a ConnectionRow> {
    let to_endpoint = move |row: &&ConnectionRow| match &row.host_arn {
        Some(arn) => {
            view.known::<HostRow>(host_key(caller, arn)).is_some_and(|it| it.endpoint == endpoint)
        }
        None => caller.endpoints.of(row.provider) == Some(endpoint),
    };
    let rows = view.list::<ConnectionRow>(&of_account(caller)).into_iter();
    let rows =
        rows.filter_map(|row| view.row::<ConnectionRow>(ConnectionRow::at(&row.account, &row.id)));
    rows.filter(move |row| row.provider == provider)
        .filter(|row| row.status == ConnectionStatus::Pending(Missing::ClientRegistration))
        .filter(to_endpoint)
}

const LIST: &str = "towpath:ListRegistrations";

operation! {
    /// `towpath:ListRegistrations`, by id.
    List: shapes::ListRegistrationsInput => shapes::ListRegistrationsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![RegistrationRow::of_account(caller.account()).into()] }
    decide(caller, input, view, _, changes) {
        let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?.unwrap_or_default();
        let rows = view.list::<RegistrationRow>(&RegistrationRow::of_account(caller.account()));
        let mut rows: Vec<_> = rows.into_iter().filter(|row| row.id.as_str() > after.as_str()).collect();
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.id.to_string());
        let shape = |row: &RegistrationRow| shapes::Registration {
            registration_id: row.id.clone(),
            kind: provider(row.provider),
            host: row.endpoint.clone(),
            client_id: row.client_id.clone(),
            redirect_uri: redirect_uri(&caller.public_url, &row.id),
            created_at: row.created.into(),
        };
        let registrations = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListRegistrationsOutput { registrations, next_token }))
    }
}
