//! Repository links: create, get, update, delete, list. A link is a repository by a connection,
//! and has a hook like a repository that a pipeline watches.

use std::collections::BTreeMap;

use domain::{ConnectionArn, RepositoryName};
use store::{ConnectionRow, Key, Query, RepositoryLinkRow, SyncConfigurationRow, View, Want};
use wire::codeconnections as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::connections::provider;
use crate::limits::{LIST_MAX, REPOSITORY_LINKS_MAX};
use crate::refusal::{Refused, invalid_input};
use crate::table::operation;
use crate::watches::{self, connection_key};
use crate::{connections, page, tags};

/// The key of a link; its id's case does not count.
pub fn key(caller: &Caller, id: &str) -> Key {
    RepositoryLinkRow::at(caller.account(), &id.to_ascii_lowercase())
}

/// The ARN by which policies name a link of the caller's account.
pub fn arn(caller: &Caller, id: &str) -> String {
    caller.arn(caller.prefix, &format!("repository-link/{}", id.to_ascii_lowercase()))
}

/// The link as it was seen.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn seen<'a>(
    caller: &Caller,
    id: &str,
    view: &'a View,
) -> Result<&'a RepositoryLinkRow, Refused> {
    view.row(key(caller, id)).ok_or_else(|| {
        let message = format!("There is no repository link {} in this account.", arn(caller, id));
        AwsError::refused("ResourceNotFoundException", message)
    })
}

/// A link as the API shows it, under the ARN it was made with.
pub fn shape(row: &RepositoryLinkRow) -> shapes::RepositoryLinkInfo {
    shapes::RepositoryLinkInfo {
        connection_arn: row.connection.clone(),
        owner_id: row.owner.clone(),
        provider_type: provider(row.provider),
        repository_link_arn: row.arn.clone(),
        repository_link_id: row.id.clone(),
        repository_name: row.name.clone(),
        encryption_key_arn: row.encryption_key.clone(),
    }
}

fn of_account(caller: &Caller) -> Query {
    RepositoryLinkRow::of_account(caller.account(), "", REPOSITORY_LINKS_MAX)
}

/// What a new place of a link needs: the connection, the links that are there, and the hooks.
fn wants_of_place(
    caller: &Caller,
    connection: &ConnectionArn,
    repository: &RepositoryName,
    view: &View,
) -> Vec<Want> {
    let key = connection_key(caller.account(), connection);
    let mut wants: Vec<Want> = vec![key.clone().into()];
    if let Some(row) = view.known::<ConnectionRow>(key) {
        wants.extend(watches::wants_of_link(caller.account(), &row.arn, repository, view));
    }
    wants
}

fn repository(owner: &str, name: &str) -> RepositoryName {
    RepositoryName::new(format!("{owner}/{name}"))
}

operation! {
    /// `codeconnections:CreateRepositoryLink`: one a repository and connection.
    Create: shapes::CreateRepositoryLinkInput => shapes::CreateRepositoryLinkOutput;
    resource(_, input) { input.connection_arn.to_string() }
    wants(caller, input, view) {
        let repository = repository(&input.owner_id, &input.repository_name);
        let mut wants = wants_of_place(caller, &input.connection_arn, &repository, view);
        wants.push(of_account(caller).into());
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let repository = repository(&input.owner_id, &input.repository_name);
        let connection = connections::seen(caller, &input.connection_arn, view)
            .map_err(|refused| invalid_input(refused.message))?;
        repository.check_at(connection.provider).map_err(|why| {
            invalid_input(format!("{repository} is no repository by {}: {why}.", connection.arn))
        })?;
        let links = view.list::<RepositoryLinkRow>(&of_account(caller));
        must_be_new(connection, &repository, &links)?;
        if links.len() >= REPOSITORY_LINKS_MAX as usize {
            let message = format!("The account has {REPOSITORY_LINKS_MAX} repository links, the most there may be.");
            return Err(AwsError::refused("LimitExceededException", message));
        }
        let id = caller.uuid("repository-link");
        let arn = arn(caller, &id);
        let mut all = BTreeMap::new();
        tags::add_to_connection(&mut all, tags::of_connection(input.tags.as_ref()), &arn)?;
        let row = RepositoryLinkRow {
            account: caller.account().clone(),
            id,
            connection: connection.arn.clone(),
            repository: repository.clone(),
            created: now.at,
            arn,
            owner: input.owner_id.clone(),
            name: input.repository_name.clone(),
            provider: connection.provider,
            encryption_key: input.encryption_key_arn.clone(),
            tags: all,
        };
        watches::link(caller, &connection.arn, &repository, view, now, &mut changes)?;
        changes.insert(row.clone());
        Ok((changes, shapes::CreateRepositoryLinkOutput { repository_link_info: shape(&row) }))
    }
}

/// To no forge are two names two repositories that differ in case alone.
fn must_be_new(
    connection: &ConnectionRow,
    repository: &RepositoryName,
    links: &[&RepositoryLinkRow],
) -> Result<(), Refused> {
    let is_same = |link: &&&RepositoryLinkRow| {
        let is_named_so = link.repository.as_str().eq_ignore_ascii_case(repository.as_str());
        link.connection == connection.arn && is_named_so
    };
    match links.iter().find(is_same) {
        Some(link) => Err(AwsError::refused(
            "ResourceAlreadyExistsException",
            format!("{repository} by {} has the link {} already.", connection.arn, link.arn),
        )),
        None => Ok(()),
    }
}

operation! {
    /// `codeconnections:GetRepositoryLink`.
    Get: shapes::GetRepositoryLinkInput => shapes::GetRepositoryLinkOutput;
    resource(caller, input) { arn(caller, &input.repository_link_id) }
    wants(caller, input, _) { vec![key(caller, &input.repository_link_id).into()] }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, &input.repository_link_id, view)?;
        Ok((changes, shapes::GetRepositoryLinkOutput { repository_link_info: shape(row) }))
    }
}

operation! {
    /// `codeconnections:UpdateRepositoryLink`: another connection to the same repository.
    Update: shapes::UpdateRepositoryLinkInput => shapes::UpdateRepositoryLinkOutput;
    resource(caller, input) { arn(caller, &input.repository_link_id) }
    wants(caller, input, view) {
        let key = key(caller, &input.repository_link_id);
        let mut wants: Vec<Want> = vec![key.clone().into()];
        let Some(row) = view.known::<RepositoryLinkRow>(key) else { return wants };
        let connections = input.connection_arn.iter().chain([&row.connection]);
        wants.extend(connections.flat_map(|arn| wants_of_place(caller, arn, &row.repository, view)));
        wants.push(of_account(caller).into());
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let before = seen(caller, &input.repository_link_id, view)?;
        let key_arn = input.encryption_key_arn.clone().or_else(|| before.encryption_key.clone());
        let mut row = RepositoryLinkRow { encryption_key: key_arn, ..before.clone() };
        if let Some(arn) = &input.connection_arn {
            let connection = connections::seen(caller, arn, view)?;
            if connection.arn != before.connection {
                let links = view.list::<RepositoryLinkRow>(&of_account(caller));
                must_fit(before, connection, &links)?;
                row.connection = connection.arn.clone();
                watches::unlink(before, view, now, &mut changes);
                watches::link(caller, &connection.arn, &row.repository, view, now, &mut changes)?;
            }
        }
        changes.put(view, row.clone());
        Ok((changes, shapes::UpdateRepositoryLinkOutput { repository_link_info: shape(&row) }))
    }
}

/// A link stays one to the same repository of the same kind of forge.
fn must_fit(
    row: &RepositoryLinkRow,
    connection: &ConnectionRow,
    links: &[&RepositoryLinkRow],
) -> Result<(), Refused> {
    if connection.provider != row.provider {
        let (arn, provider) = (&connection.arn, connection.provider);
        return Err(invalid_input(format!(
            "{arn} is a connection to {provider}, and the link {} is to {}: name one of the same provider.",
            row.arn, row.provider
        )));
    }
    must_be_new(connection, &row.repository, links)
        .map_err(|refused| invalid_input(refused.message))
}

fn resting(row: &RepositoryLinkRow) -> Query {
    SyncConfigurationRow::of_link(&row.account, &row.id, 1)
}

operation! {
    /// `codeconnections:DeleteRepositoryLink`, while no sync configuration rests on it.
    Delete: shapes::DeleteRepositoryLinkInput => shapes::Nothing;
    resource(caller, input) { arn(caller, &input.repository_link_id) }
    wants(caller, input, view) {
        let key = key(caller, &input.repository_link_id);
        let mut wants: Vec<Want> = vec![key.clone().into()];
        if let Some(row) = view.known::<RepositoryLinkRow>(key) {
            wants.push(resting(row).into());
            wants.extend(wants_of_place(caller, &row.connection, &row.repository, view));
        }
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let row = seen(caller, &input.repository_link_id, view)?;
        if let Some(first) = view.list::<SyncConfigurationRow>(&resting(row)).first() {
            let message = format!(
                "The link {} has sync configurations: delete that of {} {} first.",
                row.arn, first.sync_type.as_str(), first.resource
            );
            let code = "SyncConfigurationStillExistsException";
            return Err(AwsError::refused(code, message));
        }
        watches::unlink(row, view, now, &mut changes);
        changes.delete::<RepositoryLinkRow>(view, key(caller, &row.id));
        Ok((changes, shapes::Nothing::default()))
    }
}

const LIST: &str = "codeconnections:ListRepositoryLinks";

operation! {
    /// `codeconnections:ListRepositoryLinks`, by id.
    List: shapes::ListRepositoryLinksInput => shapes::ListRepositoryLinksOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, input, view, _, changes) {
        let after = page::cursor(caller, LIST, "", input.next_token.as_ref());
        let after = after.map_err(|refused| invalid_input(refused.message))?.unwrap_or_default();
        let rows = view.list::<RepositoryLinkRow>(&of_account(caller));
        let rows = rows.into_iter().filter(|row| row.id > after).collect();
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.id.clone());
        let repository_links = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListRepositoryLinksOutput { repository_links, next_token }))
    }
}
