//! OAuth clients and Apps of forges: one of each an account and endpoint, never shared.

use domain::connection::{ConnectionStatus, Missing, ProviderType};
use domain::reach::is_reachable;
use domain::{HookId, HostArn, RegistrationId, derived_uuid};
use store::{AppName, Changes, ConnectionRow, HostRow, Place, RegistrationRow, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::apps::{AppSecrets, wants_of_waiting};
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

/// The URL of an App's one hook.
pub fn hook_url(public_url: &str, hook: &HookId) -> String {
    format!("{public_url}/hooks/{hook}")
}

/// What [`target`] looks at.
pub(crate) fn wants_of_target(caller: &Caller, host: &str) -> Want {
    host_key(caller, &HostArn::new(host)).into()
}

/// Provider and base URL that `host` names: a host's ARN, or the provider's one place.
pub(crate) fn target(
    caller: &Caller,
    named: wire::codeconnections::ProviderType,
    host: &str,
    view: &View,
) -> Result<(ProviderType, String), Refused> {
    let kind = kind(named);
    let one_place = caller.endpoints.of(kind).filter(|_| !host.starts_with("arn:"));
    if let Some(endpoint) = one_place {
        return Ok((kind, endpoint.to_owned()));
    }
    let found = view.known::<HostRow>(host_key(caller, &HostArn::new(host)));
    let found = found.filter(|host| host.provider == kind).ok_or_else(|| {
        let message = format!(
            "'{host}' is not the ARN of a {kind} host of this account: create one with \
             `aws codeconnections create-host`."
        );
        AwsError::refused("ResourceNotFoundException", message)
    })?;
    Ok((found.provider, found.endpoint.clone()))
}

/// The registration that an input describes: an OAuth client's, or an App's.
fn id_of(
    caller: &Caller,
    input: &shapes::RegisterForgeInput,
    (provider, endpoint): (ProviderType, &str),
) -> RegistrationId {
    match &input.app {
        Some(_) => app_id(caller, provider, endpoint),
        None => id(caller, provider, endpoint),
    }
}

operation! {
    /// `towpath:RegisterForge`; again replaces the client's id and secret, or the App's.
    Register: shapes::RegisterForgeInput => shapes::RegisterForgeOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) {
        let mut wants = vec![wants_of_target(caller, &input.host)];
        if let Ok((provider, endpoint)) = target(caller, input.kind, &input.host, view) {
            let id = id_of(caller, input, (provider, &endpoint));
            wants.push(RegistrationRow::at(caller.account(), &id).into());
        }
        wants.extend(wants_of_waiting(caller, view));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let (provider, endpoint) = target(caller, input.kind, &input.host, view)?;
        let id = id_of(caller, input, (provider, &endpoint));
        let row = RegistrationRow {
            account: caller.account().clone(),
            id: id.clone(),
            provider,
            endpoint: endpoint.clone(),
            client_id: input.client_id.clone(),
            sealed_secret: Vec::new(),
            created: now.at,
            hook: None,
            sealed_key: None,
            sealed_hook_secret: None,
            app: None,
        };
        let row = match &input.app {
            None => {
                let place = Place::of_registration(caller.account(), &id);
                let sealed = caller.sealer.seal(&place, &input.client_secret);
                RegistrationRow { sealed_secret: sealed.map_err(|_| AwsError::internal())?, ..row }
            }
            Some(app) => with_app(caller, input, app, row, view)?,
        };
        let hook_url = row.hook.as_ref().map(|hook| hook_url(&caller.public_url, hook));
        changes.put(view, row);
        wake_waiting(caller, (provider, &endpoint), view, &mut changes);
        let redirect_uri = redirect_uri(&caller.public_url, &id);
        Ok((changes, shapes::RegisterForgeOutput { registration_id: id, redirect_uri, hook_url }))
    }
}

/// An App that was registered at the forge by hand. Its hook keeps its URL, whatever else changes.
fn with_app(
    caller: &Caller,
    input: &shapes::RegisterForgeInput,
    app: &shapes::AppInput,
    row: RegistrationRow,
    view: &View,
) -> Result<RegistrationRow, Refused> {
    if !matches!(row.provider, ProviderType::GitHub | ProviderType::GitHubEnterpriseServer) {
        let message = format!("{} has no Apps: leave `app` out.", row.provider);
        return Err(AwsError::validation(message));
    }
    let secrets = AppSecrets {
        client: &input.client_secret,
        key: &app.private_key,
        hook: &app.webhook_secret,
    };
    let before = view.row::<RegistrationRow>(RegistrationRow::at(&row.account, &row.id));
    let hook = before.and_then(|it| it.hook.clone());
    let hook = Some(hook.unwrap_or_else(|| HookId::new(caller.word("hook"))));
    let app = Some(AppName { number: u64::from(app.app_id), slug: app.slug.clone() });
    secrets.sealed_into(caller, RegistrationRow { hook, app, ..row })
}

/// Those that miss nothing but this registration miss the next step now.
pub(crate) fn wake_waiting(
    caller: &Caller,
    (provider, endpoint): (ProviderType, &str),
    view: &View,
    changes: &mut Changes,
) {
    let reachable = is_reachable(&caller.public_url, endpoint);
    for row in waiting(caller, provider, endpoint, view) {
        let host =
            row.host_arn.as_ref().and_then(|arn| view.known::<HostRow>(host_key(caller, arn)));
        let trouble = host.and_then(|host| host.trouble.as_ref());
        let status = ConnectionStatus::Pending(Missing::first(trouble, true, reachable));
        changes.put(view, ConnectionRow { status, ..row.clone() });
    }
}

/// One App an account and endpoint, beside its OAuth client: the newer of the two is handed out.
pub(crate) fn app_id(caller: &Caller, provider: ProviderType, endpoint: &str) -> RegistrationId {
    let parts = ["app", caller.account().as_str(), provider.as_str(), endpoint];
    RegistrationId::new(format!("reg-{}", derived_uuid(&parts)))
}

/// One registration an account and endpoint: its id follows from the two.
fn id(caller: &Caller, provider: ProviderType, endpoint: &str) -> RegistrationId {
    let parts = ["registration", caller.account().as_str(), provider.as_str(), endpoint];
    RegistrationId::new(format!("reg-{}", derived_uuid(&parts)))
}

pub(crate) fn of_account(caller: &Caller) -> store::Query {
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
            app_id: row.app.as_ref().map(|app| app.number as i64),
            app_slug: row.app.as_ref().map(|app| app.slug.clone()),
            hook_url: row.hook.as_ref().map(|hook| hook_url(&caller.public_url, hook)),
        };
        let registrations = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListRegistrationsOutput { registrations, next_token }))
    }
}
