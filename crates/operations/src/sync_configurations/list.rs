//! The sync configurations of a repository link.

use domain::AccountId;
use store::{Query, SyncConfigurationRow, View, Want};
use wire::codeconnections as shapes;

use super::kind;
use super::shape::{directory, shape};
use crate::caller::Caller;
use crate::limits::{LIST_MAX, SYNC_CONFIGURATIONS_MAX};
use crate::refusal::invalid_input;
use crate::table::operation;
use crate::{page, repository_links};

/// The configurations of a link and type, by resource.
pub fn of_link(account: &AccountId, id: &str) -> Query {
    SyncConfigurationRow::of_link(account, &id.to_ascii_lowercase(), SYNC_CONFIGURATIONS_MAX)
}

/// What a call about a link's configurations looks at.
pub fn wants_of_link(caller: &Caller, id: &str) -> Vec<Want> {
    vec![repository_links::key(caller, id).into(), of_link(caller.account(), id).into()]
}

/// The link's configurations of a type.
pub fn seen_of_link<'a>(
    caller: &Caller,
    id: &str,
    sync_type: shapes::SyncType,
    view: &'a View,
) -> Vec<&'a SyncConfigurationRow> {
    let mut rows = view.list::<SyncConfigurationRow>(&of_link(caller.account(), id));
    rows.retain(|row| row.sync_type == kind(sync_type));
    rows
}

const LIST: &str = "codeconnections:ListSyncConfigurations";

operation! {
    /// `codeconnections:ListSyncConfigurations`, of a link and type, by resource.
    List: shapes::ListSyncConfigurationsInput => shapes::ListSyncConfigurationsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { wants_of_link(caller, &input.repository_link_id) }
    decide(caller, input, view, _, changes) {
        let link = repository_links::seen(caller, &input.repository_link_id, view)?;
        let filter = format!("{} {}", link.id, input.sync_type);
        let after = page::cursor(caller, LIST, &filter, input.next_token.as_ref());
        let after = after.map_err(|refused| invalid_input(refused.message))?.unwrap_or_default();
        let mut rows = seen_of_link(caller, &link.id, input.sync_type, view);
        rows.retain(|row| row.resource > after);
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, &filter, rows, size, |row| row.resource.clone());
        let sync_configurations = rows.into_iter().map(|row| shape(row, link)).collect();
        Ok((changes, shapes::ListSyncConfigurationsOutput { sync_configurations, next_token }))
    }
}

operation! {
    /// `codeconnections:ListRepositorySyncDefinitions`: which folder of which branch leads to which
    /// resource. A link has few enough for one page, and the call takes no token.
    ListDefinitions: shapes::ListRepositorySyncDefinitionsInput => shapes::ListRepositorySyncDefinitionsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { wants_of_link(caller, &input.repository_link_id) }
    decide(caller, input, view, _, changes) {
        let link = repository_links::seen(caller, &input.repository_link_id, view)?;
        let definition = |row: &SyncConfigurationRow| shapes::RepositorySyncDefinition {
            branch: row.branch.clone(),
            directory: directory(&row.config_file).to_owned(),
            parent: row.resource.clone(),
            target: row.resource.clone(),
        };
        let rows = seen_of_link(caller, &link.id, input.sync_type, view);
        let repository_sync_definitions = rows.into_iter().map(definition).collect();
        Ok((changes, shapes::ListRepositorySyncDefinitionsOutput {
            repository_sync_definitions,
            next_token: None,
        }))
    }
}
