//! Connections: create, get, list, delete. One set under both prefixes; an ARN keeps the prefix of
//! the caller who made it, and every call takes both.

use domain::arn::is_same_resource;
use domain::connection::{ConnectionStatus, Missing, ProviderType};
use domain::reach::is_reachable;
use domain::{ConnectionArn, HostArn};
use identity::Ask;
use std::collections::BTreeMap;
use store::{
    ConnectionRow, HookRow, HostRow, Key, RegistrationRow, RepositoryLinkRow, ResourcePolicyRow,
    TokenRow, View, Want,
};
use wire::codeconnections as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::limits::{CONNECTIONS_MAX, CONNECTIONS_QUOTA, LIST_MAX};
use crate::refusal::{Refused, undeclared_token};
use crate::table::operation;
use crate::watches::connection_key;
use crate::{departures, hosts, keys, page, shares, tags};

/// The host's id, behind `host/` in its ARN.
pub fn host_key(caller: &Caller, arn: &HostArn) -> Key {
    HostRow::at(caller.account(), &arn.id().to_owned())
}

/// The wire's word for a provider.
pub fn provider(kind: ProviderType) -> shapes::ProviderType {
    match kind {
        ProviderType::Bitbucket => shapes::ProviderType::Bitbucket,
        ProviderType::GitHub => shapes::ProviderType::GitHub,
        ProviderType::GitHubEnterpriseServer => shapes::ProviderType::GitHubEnterpriseServer,
        ProviderType::GitLab => shapes::ProviderType::GitLab,
        ProviderType::GitLabSelfManaged => shapes::ProviderType::GitLabSelfManaged,
        ProviderType::BitbucketServer => shapes::ProviderType::BitbucketServer,
        ProviderType::AzureDevOps => shapes::ProviderType::AzureDevOps,
    }
}

/// Our word for the wire's provider.
pub fn kind(provider: shapes::ProviderType) -> ProviderType {
    ProviderType::parse(provider.as_str()).expect("the same values on both sides")
}

fn not_found(arn: impl std::fmt::Display) -> Refused {
    let message = format!("There is no connection {arn} in this account.");
    AwsError::refused("ResourceNotFoundException", message)
}

/// The connection that an ARN names, under either prefix.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn seen<'a>(
    caller: &Caller,
    arn: &ConnectionArn,
    view: &'a View,
) -> Result<&'a ConnectionRow, Refused> {
    let row = seen_or_source_action(caller, arn, view)?;
    if row.arn.is_source_action() { Err(not_found(arn)) } else { Ok(row) }
}

/// The same, or what stands in a connection's place for a source action.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn seen_or_source_action<'a>(
    caller: &Caller,
    arn: &ConnectionArn,
    view: &'a View,
) -> Result<&'a ConnectionRow, Refused> {
    let row = view.row::<ConnectionRow>(connection_key(caller.account(), arn));
    // Whether the caller may was judged for this ARN, so it must be this connection's.
    row.filter(|row| is_same_resource(row.arn.as_str(), arn.as_str())).ok_or_else(|| not_found(arn))
}

/// What is asked, about the connection: with its tags.
pub(crate) fn about(caller: &Caller, arn: &ConnectionArn, view: &View, ask: Ask) -> Ask {
    let row = view.known::<ConnectionRow>(connection_key(caller.account(), arn));
    let mut all = ask.keys.clone();
    if let Some(row) = row {
        all.extend(&keys::of_resource_tags(&row.tags));
    }
    ask.with(all)
}

operation! {
    /// `codeconnections:CreateConnection`: PENDING, and it says what is missing. Policies name the
    /// account's connections or `*` as its resource; both mean it.
    Create: shapes::CreateConnectionInput => shapes::CreateConnectionOutput;
    resource(caller, _) { caller.arn(caller.prefix, "connection/*") }
    ask(_, input, _, ask) {
        let mut all = keys::of_request_tags(tags::of_connection(input.tags.as_ref()));
        if let Some(provider) = input.provider_type {
            all.extend(&keys::of("codeconnections:ProviderType", provider.as_str()));
        }
        ask.with(all)
    }
    wants(caller, input, view) {
        let mut wants: Vec<Want> = vec![of_account(caller).into()];
        if let Some(arn) = &input.host_arn {
            wants.push(host_key(caller, arn).into());
        }
        if let Ok(Target { provider, endpoint, .. }) = target(caller, input, view) {
            let query = RegistrationRow::by_endpoint(caller.account(), provider, &endpoint);
            wants.push(query.into());
        }
        wants
    }
    decide(caller, input, view, now, mut changes) {
        if view.list::<ConnectionRow>(&of_account(caller)).len() >= CONNECTIONS_QUOTA {
            let message = format!("The account has {CONNECTIONS_QUOTA} connections, the most there may be.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let Target { provider, endpoint, host } = target(caller, input, view)?;
        let id = caller.uuid("connection");
        let arn = ConnectionArn::new(caller.arn(caller.prefix, &format!("connection/{id}")));
        let mut all = BTreeMap::new();
        tags::add_to_connection(&mut all, tags::of_connection(input.tags.as_ref()), arn.as_str())?;
        let registered = RegistrationRow::by_endpoint(caller.account(), provider, &endpoint);
        let registered = !view.list::<RegistrationRow>(&registered).is_empty();
        let reachable = is_reachable(&caller.public_url, &endpoint);
        let trouble = host.and_then(|host| host.trouble.as_ref());
        let missing = Missing::first(trouble, registered, reachable);
        if let Some(host) = host {
            // Whoever looks at the host just now tells this connection, too.
            changes.put(view, host.clone());
        }
        changes.insert(ConnectionRow {
            account: caller.account().clone(),
            id,
            arn: arn.clone(),
            name: input.connection_name.clone(),
            provider,
            host_arn: host.map(|host| host.arn.clone()),
            created: now.at,
            status: ConnectionStatus::Pending(missing),
            login: None,
            tags: all,
            throttled: None,
            installation: None,
            installed_in: None,
            installation_seen: None,
            left: None,
        });
        Ok((changes, shapes::CreateConnectionOutput { connection_arn: arn, tags: input.tags.clone() }))
    }
}

/// What a new connection is to: a host, or the provider's own address.
struct Target<'a> {
    provider: ProviderType,
    endpoint: String,
    /// What rests on a host is found by the ARN that it was made with, whichever the caller wrote.
    host: Option<&'a HostRow>,
}

fn target<'a>(
    caller: &Caller,
    input: &shapes::CreateConnectionInput,
    view: &'a View,
) -> Result<Target<'a>, Refused> {
    let invalid = |message: &str| Err(AwsError::validation(message.to_owned()));
    match (&input.host_arn, input.provider_type) {
        (Some(_), Some(_)) => {
            invalid("Give ProviderType or HostArn, not both: a host has its provider.")
        }
        (None, None) => invalid("Give ProviderType, or HostArn for a forge that you run yourself."),
        (Some(arn), None) => {
            let host = view.known::<HostRow>(host_key(caller, arn));
            let host = hosts::named(arn, host)?;
            let (provider, endpoint) = (host.provider, host.endpoint.clone());
            Ok(Target { provider, endpoint, host: Some(host) })
        }
        (None, Some(provider)) => {
            let kind = kind(provider);
            match caller.endpoints.of(kind) {
                Some(endpoint) => {
                    Ok(Target { provider: kind, endpoint: endpoint.to_owned(), host: None })
                }
                None if kind.needs_host() => invalid(
                    "This provider runs on a host of its own: create one with CreateHost and give its HostArn.",
                ),
                None => invalid(
                    "Connections to this provider cannot be made here: Bitbucket, GitHub and GitLab can, and GitHubEnterpriseServer, GitLabSelfManaged and BitbucketServer by a host.",
                ),
            }
        }
    }
}

operation! {
    /// `codeconnections:GetConnection`.
    Get: shapes::GetConnectionInput => shapes::GetConnectionOutput;
    resource(_, input) { input.connection_arn.to_string() }
    ask(caller, input, view, ask) {
        let policy = shares::policy(&caller.principal, &input.connection_arn, view);
        about(caller, &input.connection_arn, view, ask).under(policy)
    }
    wants(caller, input, _) {
        let policy = shares::key(&input.connection_arn).map(Want::from);
        let key = connection_key(caller.account(), &input.connection_arn);
        [key.into()].into_iter().chain(policy).collect()
    }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, &input.connection_arn, view)?;
        Ok((changes, shapes::GetConnectionOutput { connection: shape(row) }))
    }
}

/// A connection as the API shows it, under the ARN it was made with.
pub fn shape(row: &ConnectionRow) -> shapes::Connection {
    let connection_status = match row.status {
        ConnectionStatus::Pending(_) => shapes::ConnectionStatus::Pending,
        ConnectionStatus::Available => shapes::ConnectionStatus::Available,
        ConnectionStatus::Error(_) => shapes::ConnectionStatus::Error,
    };
    shapes::Connection {
        connection_name: row.name.clone(),
        connection_arn: row.arn.clone(),
        provider_type: provider(row.provider),
        owner_account_id: row.account.clone(),
        connection_status,
        host_arn: row.host_arn.clone(),
        status_message: row.status.missing().map(|missing| missing.sentence().to_owned()),
    }
}

const LIST: &str = "codeconnections:ListConnections";

fn of_account(caller: &Caller) -> store::Query {
    ConnectionRow::of_account(caller.account(), "", CONNECTIONS_MAX)
}

operation! {
    /// `codeconnections:ListConnections`, by id, narrowed by provider and host.
    List: shapes::ListConnectionsInput => shapes::ListConnectionsOutput;
    resource(caller, _) { caller.arn(caller.prefix, "connection/*") }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, input, view, _, changes) {
        let filter = format!("{:?} {:?}", input.provider_type_filter, input.host_arn_filter);
        let after = page::cursor(caller, LIST, &filter, input.next_token.as_ref());
        let after = after.map_err(undeclared_token)?.unwrap_or_default();
        let fits = |row: &&ConnectionRow| {
            let by_provider = input.provider_type_filter.is_none_or(|it| kind(it) == row.provider);
            let to = |host: &HostArn| row.host_arn.as_ref().is_some_and(|it| is_same_resource(it.as_str(), host.as_str()));
            let by_host = input.host_arn_filter.as_ref().is_none_or(to);
            by_provider && by_host && row.id > after
        };
        let rows = view.list::<ConnectionRow>(&of_account(caller)).into_iter().filter(fits).collect();
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, &filter, rows, size, |row| row.id.clone());
        let connections = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListConnectionsOutput { connections, next_token }))
    }
}

operation! {
    /// `codeconnections:DeleteConnection`; its token goes with it, and then what it has at its forge.
    /// Pipelines that name it fail with `Could not determine connection credentials` from then on. One that a repository link rests
    /// on stays: `ConflictException`, a class of the service's that the operation does not declare.
    Delete: shapes::DeleteConnectionInput => shapes::Nothing;
    resource(_, input) { input.connection_arn.to_string() }
    ask(caller, input, view, ask) { about(caller, &input.connection_arn, view, ask) }
    wants(caller, input, view) {
        let key = connection_key(caller.account(), &input.connection_arn);
        let row = view.known::<ConnectionRow>(key.clone());
        let of_row = row.into_iter().flat_map(|row| -> [Want; 3] {
            let token = TokenRow::at(caller.account(), &row.arn);
            [token.into(), links_by(row).into(), hooks_by(row).into()]
        });
        let policy = shares::key(&input.connection_arn).map(Want::from);
        [Want::from(key)].into_iter().chain(of_row).chain(policy).collect()
    }
    decide(caller, input, view, now, mut changes) {
        let row = seen(caller, &input.connection_arn, view)?;
        if let Some(link) = view.list::<RepositoryLinkRow>(&links_by(row)).first() {
            let message = format!(
                "The connection {} has a link to {}: delete repository link {} first.",
                row.arn, link.repository, link.id
            );
            return Err(AwsError::refused("ConflictException", message));
        }
        let token = view.row::<TokenRow>(TokenRow::at(caller.account(), &row.arn));
        if token.is_some() || !view.list::<HookRow>(&hooks_by(row)).is_empty() {
            departures::begin(row, token, now, &mut changes);
        }
        changes.delete::<ConnectionRow>(view, connection_key(caller.account(), &input.connection_arn));
        changes.delete::<TokenRow>(view, TokenRow::at(caller.account(), &row.arn));
        if let Some(key) = shares::key(&row.arn) {
            changes.delete::<ResourcePolicyRow>(view, key);
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

fn links_by(row: &ConnectionRow) -> store::Query {
    RepositoryLinkRow::of_connection(&row.account, &row.arn, 1)
}

fn hooks_by(row: &ConnectionRow) -> store::Query {
    HookRow::by_connection(&row.arn, 1)
}
