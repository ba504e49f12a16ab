//! Hosts: forges that an organisation runs itself.

use domain::HostArn;
use domain::arn::is_same_resource;
use domain::host::HostStatus;
use std::collections::BTreeMap;
use store::{ConnectionRow, HostNetwork, HostRow, Place, RegistrationRow, View, Want};
use wire::codeconnections as shapes;
use wire::error::AwsError;
use wire::towpath;

use crate::accounts::FIRST_ACCOUNT;
use crate::allowed_address::check_allowed_address;
use crate::caller::Caller;
use crate::certificate::check_authorities;
use crate::connections::{host_key, kind, provider};
use crate::endpoint::{check_proxy, endpoint};
use crate::host_looks::{look, registrations, status};
use crate::limits::{HOSTS_MAX, HOSTS_QUOTA, LIST_MAX, NAMED_CONNECTIONS_MAX};
use crate::refusal::{Refused, undeclared_token};
use crate::table::operation;
use crate::{page, tags};

fn not_found(arn: &HostArn) -> Refused {
    let message = format!("There is no host {arn} in this account.");
    AwsError::refused("ResourceNotFoundException", message)
}

/// The host that was found under an ARN, if it is that ARN's.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn named<'a>(arn: &HostArn, row: Option<&'a HostRow>) -> Result<&'a HostRow, Refused> {
    row.filter(|row| is_same_resource(row.arn.as_str(), arn.as_str())).ok_or_else(|| not_found(arn))
}

fn seen<'a>(caller: &Caller, arn: &HostArn, view: &'a View) -> Result<&'a HostRow, Refused> {
    named(arn, view.row(host_key(caller, arn)))
}

operation! {
    /// `codeconnections:CreateHost`.
    Create: shapes::CreateHostInput => shapes::CreateHostOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, input, view, now, mut changes) {
        if view.list::<HostRow>(&of_account(caller)).len() >= HOSTS_QUOTA {
            let message = format!("The account has {HOSTS_QUOTA} hosts, the most there may be.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let kind = kind(input.provider_type);
        if !kind.needs_host() {
            let message = format!(
                "{kind} has no hosts: GitHubEnterpriseServer, GitLabSelfManaged and BitbucketServer have."
            );
            return Err(AwsError::validation(message));
        }
        let id = format!("{}-{}", slug(&input.name), &caller.word("host")[..8]);
        let arn = HostArn::new(caller.arn(caller.prefix, &format!("host/{id}")));
        let mut all = BTreeMap::new();
        tags::add_to_connection(&mut all, tags::of_connection(input.tags.as_ref()), arn.as_str())?;
        let row = HostRow {
            account: caller.account().clone(),
            id,
            arn: arn.clone(),
            name: input.name.clone(),
            provider: kind,
            endpoint: endpoint(kind, &input.provider_endpoint)?,
            tags: all,
            vpc_configuration: kept(input.vpc_configuration.as_ref())?,
            network: None,
            trouble: None,
            sealed_proxy_password: None,
        };
        look(&row, &caller.word("look"), now, &mut changes);
        changes.insert(row);
        Ok((changes, shapes::CreateHostOutput { host_arn: arn, tags: input.tags.clone() }))
    }
}

/// Networks are the operator's here: what a caller says of them is kept and given back. Its
/// certificate is believed, and must be one.
fn kept(told: Option<&shapes::VpcConfiguration>) -> Result<Option<serde_json::Value>, Refused> {
    let certificate = told.and_then(|told| told.tls_certificate.as_deref());
    certificate.map(check_authorities).transpose()?;
    Ok(told.and_then(|told| serde_json::to_value(told).ok()))
}

fn shown(row: &HostRow) -> Option<shapes::VpcConfiguration> {
    row.vpc_configuration.clone().and_then(|kept| serde_json::from_value(kept).ok())
}

/// A name as it may stand in an ARN.
fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().map(plain).collect()
}

operation! {
    /// `codeconnections:GetHost`.
    Get: shapes::GetHostInput => shapes::GetHostOutput;
    resource(_, input) { input.host_arn.to_string() }
    wants(caller, input, view) { wants_of_status(caller, &input.host_arn, view) }
    decide(caller, input, view, _, changes) {
        let status = known_status(caller, &input.host_arn, view);
        let (row, status) = status.ok_or_else(|| not_found(&input.host_arn))?;
        let output = shapes::GetHostOutput {
            name: row.name.clone(),
            status: status.as_str().to_owned(),
            provider_type: provider(row.provider),
            provider_endpoint: row.endpoint.clone(),
            vpc_configuration: shown(row),
        };
        Ok((changes, output))
    }
}

/// What [`known_status`] looks at.
pub(crate) fn wants_of_status(caller: &Caller, arn: &HostArn, view: &View) -> Vec<Want> {
    let key = host_key(caller, arn);
    let registrations = view.known::<HostRow>(key.clone()).map(|row| registrations(row).into());
    [Want::from(key)].into_iter().chain(registrations).collect()
}

/// A host of the account, and how far it has come.
pub(crate) fn known_status<'a>(
    caller: &Caller,
    arn: &HostArn,
    view: &'a View,
) -> Option<(&'a HostRow, HostStatus<'a>)> {
    let row = seen(caller, arn, view).ok()?;
    let registered = view.list::<RegistrationRow>(&registrations(row));
    Some((row, status(row, &registered)))
}

const LIST: &str = "codeconnections:ListHosts";

fn of_account(caller: &Caller) -> store::Query {
    HostRow::of_account(caller.account(), "", HOSTS_MAX)
}

operation! {
    /// `codeconnections:ListHosts`, by id.
    List: shapes::ListHostsInput => shapes::ListHostsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) {
        vec![of_account(caller).into(), RegistrationRow::of_account(caller.account()).into()]
    }
    decide(caller, input, view, _, changes) {
        let registered = view.list::<RegistrationRow>(&RegistrationRow::of_account(caller.account()));
        let after = page::cursor(caller, LIST, "", input.next_token.as_ref());
        let after = after.map_err(undeclared_token)?.unwrap_or_default();
        let rows = view.list::<HostRow>(&of_account(caller));
        let rows = rows.into_iter().filter(|row| row.id > after).collect();
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.id.clone());
        let hosts = rows.into_iter().map(|row| shape(row, &registered)).collect();
        Ok((changes, shapes::ListHostsOutput { hosts, next_token }))
    }
}

fn shape(row: &HostRow, registered: &[&RegistrationRow]) -> shapes::Host {
    let status = status(row, registered);
    shapes::Host {
        name: row.name.clone(),
        host_arn: row.arn.clone(),
        provider_type: provider(row.provider),
        provider_endpoint: row.endpoint.clone(),
        status: status.as_str().to_owned(),
        vpc_configuration: shown(row),
        status_message: status.missing().map(|missing| missing.message(&row.arn)),
    }
}

operation! {
    /// `codeconnections:UpdateHost`: another endpoint, while no connection rests on this one.
    Update: shapes::UpdateHostInput => shapes::Nothing;
    resource(_, input) { input.host_arn.to_string() }
    wants(caller, input, view) { wants_with_connections(caller, &input.host_arn, view) }
    decide(caller, input, view, now, mut changes) {
        let row = seen(caller, &input.host_arn, view)?;
        let endpoint = input.provider_endpoint.as_deref().map(|text| endpoint(row.provider, text)).transpose()?;
        let endpoint = endpoint.unwrap_or_else(|| row.endpoint.clone());
        if endpoint != row.endpoint && !attached(row, view).is_empty() {
            let message = format!(
                "{}, made for {}: delete them first, or create another host.",
                named_attached(row, view), row.endpoint
            );
            return Err(AwsError::refused("ConflictException", message));
        }
        let vpc_configuration = kept(input.vpc_configuration.as_ref())?;
        let vpc_configuration = vpc_configuration.or_else(|| row.vpc_configuration.clone());
        // What the operator said of networks was said of the present endpoint.
        let stays = endpoint == row.endpoint;
        let network = row.network.clone().filter(|_| stays);
        let sealed_proxy_password = row.sealed_proxy_password.clone().filter(|_| stays);
        let row = row.clone();
        let trouble = row.trouble.clone().filter(|_| stays);
        let row = HostRow { endpoint, vpc_configuration, network, trouble, sealed_proxy_password, ..row };
        look(&row, &caller.word("look"), now, &mut changes);
        changes.put(view, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `towpath:ConfigureHostNetwork`: its authorities, a proxy with whom that knows this server as, and
    /// addresses that are not public. What is left out is taken back. Only for the server's operator: whoever may say this reaches into its network.
    Network: towpath::ConfigureHostNetworkInput => towpath::ConfigureHostNetworkOutput;
    resource(_, input) { input.host_arn.to_string() }
    wants(caller, input, _) { vec![host_key(caller, &input.host_arn).into()] }
    decide(caller, input, view, now, mut changes) {
        if caller.account().as_str() != FIRST_ACCOUNT {
            let message = format!("How hosts are reached is the operator's to say, in account {FIRST_ACCOUNT}.");
            return Err(AwsError::refused("AccessDeniedException", message));
        }
        let row = seen(caller, &input.host_arn, view)?;
        let (proxy, allowed_addresses) = (input.proxy.clone(), input.allowed_addresses.clone().unwrap_or_default());
        proxy.as_deref().map(check_proxy).transpose()?;
        allowed_addresses.iter().try_for_each(|it| check_allowed_address(it))?;
        let sealed_proxy_password = sealed_password(caller, row, input)?;
        let (tls_certificate, proxy_user) = (input.tls_certificate.clone(), input.proxy_user.clone());
        tls_certificate.as_deref().map(check_authorities).transpose()?;
        let network = HostNetwork { proxy, proxy_user, allowed_addresses, tls_certificate };
        let network = Some(network).filter(|it| *it != HostNetwork::default());
        let row = HostRow { network, sealed_proxy_password, ..row.clone() };
        look(&row, &caller.word("look"), now, &mut changes);
        changes.put(view, row.clone());
        Ok((changes, towpath::ConfigureHostNetworkOutput { host_arn: row.arn.clone() }))
    }
}

/// The password of the proxy, sealed; none where nobody is named.
fn sealed_password(
    caller: &Caller,
    row: &HostRow,
    input: &towpath::ConfigureHostNetworkInput,
) -> Result<Option<Vec<u8>>, Refused> {
    let (user, password) = match (&input.proxy, &input.proxy_user, &input.proxy_password) {
        (_, None, None) => return Ok(None),
        (Some(_), Some(user), Some(password)) => (user, password),
        _ => {
            let message = "proxyUser and proxyPassword go together, and with a proxy.";
            return Err(AwsError::validation(message));
        }
    };
    // The two are told to the proxy as one text (RFC 7617).
    if user.contains(':') || password.expose().contains(|c: char| c.is_control()) {
        let message = "proxyUser must have no colon in it, and proxyPassword no control character.";
        return Err(AwsError::validation(message));
    }
    let place = Place::of_proxy_password(&row.account, &row.id);
    let sealed = caller.sealer.seal(&place, password).map_err(|_| AwsError::internal())?;
    Ok(Some(sealed))
}

operation! {
    /// `codeconnections:DeleteHost`, while no connection rests on it.
    Delete: shapes::DeleteHostInput => shapes::Nothing;
    resource(_, input) { input.host_arn.to_string() }
    wants(caller, input, view) { wants_with_connections(caller, &input.host_arn, view) }
    decide(caller, input, view, _, mut changes) {
        let row = seen(caller, &input.host_arn, view)?;
        if !attached(row, view).is_empty() {
            let message = format!("{}: delete them first.", named_attached(row, view));
            return Err(AwsError::refused("ResourceUnavailableException", message));
        }
        changes.delete::<HostRow>(view, host_key(caller, &input.host_arn));
        Ok((changes, shapes::Nothing::default()))
    }
}

fn wants_with_connections(caller: &Caller, arn: &HostArn, view: &View) -> Vec<Want> {
    let key = host_key(caller, arn);
    let row = view.known::<HostRow>(key.clone());
    let attached = row.map(|row| of_host(row).into());
    [Want::from(key)].into_iter().chain(attached).collect()
}

fn of_host(row: &HostRow) -> store::Query {
    ConnectionRow::of_host(&row.account, &row.arn, NAMED_CONNECTIONS_MAX)
}

fn attached<'a>(row: &HostRow, view: &'a View) -> Vec<&'a ConnectionRow> {
    view.list(&of_host(row))
}

/// The connections that rest on a host, with who authorised them.
fn named_attached(row: &HostRow, view: &View) -> String {
    let attached = attached(row, view);
    let named = |it: &&ConnectionRow| match &it.login {
        Some(login) => format!("{} (authorised by {login})", it.arn),
        None => it.arn.to_string(),
    };
    let more =
        if attached.len() as i64 == NAMED_CONNECTIONS_MAX { " and perhaps more" } else { "" };
    let named: Vec<_> = attached.iter().map(named).collect();
    format!("The host {} has the connections {}{more}", row.arn, named.join(", "))
}
