//! Hosts: forges that an organisation runs itself.

use domain::HostArn;
use std::collections::BTreeMap;
use store::{ConnectionRow, HostRow, View, Want};
use wire::codeconnections as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::connections::{host_key, kind, provider};
use crate::limits::{HOSTS_MAX, LIST_MAX};
use crate::refusal::Refused;
use crate::table::operation;
use crate::{page, tags};

fn not_found(arn: &HostArn) -> Refused {
    let message = format!("There is no host {arn} in this account.");
    AwsError { status: 404, ..AwsError::refused("ResourceNotFoundException", message) }
}

fn seen<'a>(caller: &Caller, arn: &HostArn, view: &'a View) -> Result<&'a HostRow, Refused> {
    view.row(host_key(caller, arn)).ok_or_else(|| not_found(arn))
}

/// Scheme, host and port of an endpoint, as requests are made of it.
fn endpoint(text: &str) -> Result<String, Refused> {
    let trimmed = text.trim_end_matches('/');
    let rest = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    let plain = |rest: &str| !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ', '\\']);
    match rest.is_some_and(plain) {
        true => Ok(trimmed.to_owned()),
        false => Err(AwsError::validation(format!(
            "1 validation error detected: Value '{text}' at 'providerEndpoint' failed to satisfy \
             constraint: Member must be scheme and host without a path, such as \
             https://git.example.com"
        ))),
    }
}

operation! {
    /// `codeconnections:CreateHost`.
    Create: shapes::CreateHostInput => shapes::CreateHostOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, input, view, _, mut changes) {
        if view.list::<HostRow>(&of_account(caller)).len() >= HOSTS_MAX as usize {
            let message = format!("The account has {HOSTS_MAX} hosts, the most there may be.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let kind = kind(input.provider_type);
        if kind != domain::connection::ProviderType::GitHubEnterpriseServer {
            let message = "Hosts can be made for GitHubEnterpriseServer; the other self-managed forges are not spoken yet.";
            return Err(AwsError::validation(message));
        }
        let id = format!("{}-{}", slug(&input.name), &caller.word("host")[..8]);
        let arn = HostArn::new(caller.arn(caller.prefix, &format!("host/{id}")));
        let mut all = BTreeMap::new();
        tags::add(&mut all, tags::of_connection(input.tags.as_ref()), arn.as_str())?;
        changes.insert(HostRow {
            account: caller.account().clone(),
            id,
            arn: arn.clone(),
            name: input.name.clone(),
            provider: kind,
            endpoint: endpoint(&input.provider_endpoint)?,
            status: "AVAILABLE".to_owned(),
            tags: all,
        });
        Ok((changes, shapes::CreateHostOutput { host_arn: arn, tags: input.tags.clone() }))
    }
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
    wants(caller, input, _) { vec![host_key(caller, &input.host_arn).into()] }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, &input.host_arn, view)?;
        let output = shapes::GetHostOutput {
            name: row.name.clone(),
            status: row.status.clone(),
            provider_type: provider(row.provider),
            provider_endpoint: row.endpoint.clone(),
            vpc_configuration: None,
        };
        Ok((changes, output))
    }
}

const LIST: &str = "codeconnections:ListHosts";

fn of_account(caller: &Caller) -> store::Query {
    HostRow::of_account(caller.account(), "", HOSTS_MAX)
}

operation! {
    /// `codeconnections:ListHosts`, by id.
    List: shapes::ListHostsInput => shapes::ListHostsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, input, view, _, changes) {
        let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?.unwrap_or_default();
        let rows = view.list::<HostRow>(&of_account(caller));
        let rows = rows.into_iter().filter(|row| row.id > after).collect();
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.id.clone());
        let hosts = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListHostsOutput { hosts, next_token }))
    }
}

fn shape(row: &HostRow) -> shapes::Host {
    shapes::Host {
        name: row.name.clone(),
        host_arn: row.arn.clone(),
        provider_type: provider(row.provider),
        provider_endpoint: row.endpoint.clone(),
        status: row.status.clone(),
        vpc_configuration: None,
        status_message: None,
    }
}

operation! {
    /// `codeconnections:UpdateHost`: another endpoint, while no connection rests on this one.
    Update: shapes::UpdateHostInput => shapes::Nothing;
    resource(_, input) { input.host_arn.to_string() }
    wants(caller, input, view) { wants_with_connections(caller, &input.host_arn, view) }
    decide(caller, input, view, _, mut changes) {
        let row = seen(caller, &input.host_arn, view)?;
        let endpoint = input.provider_endpoint.as_deref().map(endpoint).transpose()?;
        let endpoint = endpoint.unwrap_or_else(|| row.endpoint.clone());
        if endpoint != row.endpoint && !attached(row, view).is_empty() {
            let message = "Connections were authorised at the present endpoint: delete them first, or create another host.";
            return Err(AwsError { status: 409, ..AwsError::refused("ConflictException", message) });
        }
        changes.put(view, HostRow { endpoint, ..row.clone() });
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codeconnections:DeleteHost`, while no connection rests on it.
    Delete: shapes::DeleteHostInput => shapes::Nothing;
    resource(_, input) { input.host_arn.to_string() }
    wants(caller, input, view) { wants_with_connections(caller, &input.host_arn, view) }
    decide(caller, input, view, _, mut changes) {
        let row = seen(caller, &input.host_arn, view)?;
        if !attached(row, view).is_empty() {
            let message = format!("The host {} has connections: delete them first.", row.arn);
            return Err(AwsError::refused("ResourceUnavailableException", message));
        }
        changes.delete::<HostRow>(view, host_key(caller, &input.host_arn));
        Ok((changes, shapes::Nothing::default()))
    }
}

fn wants_with_connections(caller: &Caller, arn: &HostArn, view: &View) -> Vec<Want> {
    let key = host_key(caller, arn);
    let row = view.known::<HostRow>(key.clone());
    let attached = row.map(|row| ConnectionRow::of_host(&row.account, &row.arn, 1).into());
    [Want::from(key)].into_iter().chain(attached).collect()
}

fn attached<'a>(row: &HostRow, view: &'a View) -> Vec<&'a ConnectionRow> {
    view.list(&ConnectionRow::of_host(&row.account, &row.arn, 1))
}
