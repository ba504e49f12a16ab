//! What there is to say of secrets but their values.

use store::SecretRow;
use wire::secretsmanager as shapes;
use wire::secretsmanager::{SortBy, SortOrder};

use super::values::{labelled, stages};
use super::{Secret, arn, filters, seen, tags};
use crate::limits::{SECRETS_MAX, SECRETS_PAGE_MAX};
use crate::page;
use crate::table::operation;

operation! {
    /// `secretsmanager:DescribeSecret`, of a deleted one too.
    Describe: shapes::SecretNamed => shapes::DescribeSecretOutput;
    about(input) { Secret(&input.secret_id) }
    decide(caller, input, view, now, changes) {
        let row = seen(caller, &input.secret_id, view, now.at)?;
        let output = shapes::DescribeSecretOutput {
            arn: arn(caller, row),
            name: row.name.clone(),
            version_ids_to_stages: labelled(&row.versions),
            created_date: row.created.into(),
            description: row.description.clone(),
            kms_key_id: None,
            last_changed_date: Some(row.changed.into()),
            last_accessed_date: row.accessed.map(Into::into),
            deleted_date: row.deletes.map(Into::into),
            tags: tags::some(&row.tags),
        };
        Ok((changes, output))
    }
}

const LIST: &str = "secretsmanager:ListSecrets";

/// What a row is sorted by: its name last, so that no two are the same.
fn order(row: &SecretRow, by: Option<SortBy>) -> String {
    let moment = match by.unwrap_or_default() {
        SortBy::CreatedDate => row.created,
        SortBy::LastChangedDate => row.changed,
        SortBy::LastAccessedDate => row.accessed.unwrap_or_default(),
        SortBy::Name => return row.name.clone(),
    };
    format!("{:020} {}", moment.0.max(0), row.name)
}

operation! {
    /// `secretsmanager:ListSecrets`, by the day they were made where nothing else is said.
    List: shapes::ListSecretsInput => shapes::ListSecretsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![SecretRow::of_account(caller.account(), SECRETS_MAX).into()] }
    decide(caller, input, view, now, changes) {
        let filters = input.filters.as_deref().unwrap_or_default();
        let deleted = input.include_planned_deletion.unwrap_or_default();
        let fits = |row: &&SecretRow| {
            !row.is_gone(now.at)
                && (deleted || row.deletes.is_none())
                && filters::fit(filters, row, &caller.region)
        };
        let rows = view.list::<SecretRow>(&SecretRow::of_account(caller.account(), SECRETS_MAX));
        let mut rows: Vec<_> = rows.into_iter().filter(fits).collect();
        let down = input.sort_order == Some(SortOrder::Descending);
        rows.sort_by_cached_key(|row| order(row, input.sort_by));
        if down {
            rows.reverse();
        }
        // A token is good for the list that gave it out.
        let list = format!("{:?} {:?} {down} {deleted}", filters, input.sort_by);
        let after = page::cursor(caller, LIST, &list, input.next_token.as_ref())?;
        let is_after = |row: &&SecretRow| after.as_ref().is_none_or(|after| {
            let order = order(row, input.sort_by);
            if down { order < *after } else { order > *after }
        });
        let rows = rows.into_iter().filter(is_after).collect();
        let size = page::size(input.max_results, SECRETS_PAGE_MAX);
        let (rows, next_token) = page::cut(caller, LIST, &list, rows, size, |row| order(row, input.sort_by));
        let entry = |row: &SecretRow| shapes::SecretListEntry {
            arn: arn(caller, row),
            name: row.name.clone(),
            secret_versions_to_stages: labelled(&row.versions),
            created_date: row.created.into(),
            description: row.description.clone(),
            kms_key_id: None,
            last_changed_date: Some(row.changed.into()),
            last_accessed_date: row.accessed.map(Into::into),
            deleted_date: row.deletes.map(Into::into),
            tags: tags::some(&row.tags),
        };
        let secret_list = rows.into_iter().map(entry).collect();
        Ok((changes, shapes::ListSecretsOutput { secret_list, next_token }))
    }
}

const VERSIONS: &str = "secretsmanager:ListSecretVersionIds";

operation! {
    /// `secretsmanager:ListSecretVersionIds`: the labelled ones, or all.
    ListVersions: shapes::ListSecretVersionIdsInput => shapes::ListSecretVersionIdsOutput;
    about(input) { Secret(&input.secret_id) }
    decide(caller, input, view, now, changes) {
        let row = seen(caller, &input.secret_id, view, now.at)?;
        let list = format!("{} {:?}", row.resource, input.include_deprecated);
        let after = page::cursor(caller, VERSIONS, &list, input.next_token.as_ref())?.unwrap_or_default();
        let deprecated = input.include_deprecated.unwrap_or_default();
        let versions = row.versions.iter();
        let versions = versions.filter(|(id, version)| **id > after && (deprecated || !version.stages.is_empty()));
        let size = page::size(input.max_results, SECRETS_PAGE_MAX);
        let (versions, next_token) =
            page::cut(caller, VERSIONS, &list, versions.collect(), size, |(id, _)| (*id).clone());
        let entry = |(id, version): (&String, &store::SecretVersion)| shapes::SecretVersionsListEntry {
            version_id: id.clone(),
            created_date: version.created.into(),
            version_stages: (!version.stages.is_empty()).then(|| stages(version)),
            last_accessed_date: version.accessed.map(Into::into),
        };
        let versions = versions.into_iter().map(entry).collect();
        let (arn, name) = (arn(caller, row), row.name.clone());
        Ok((changes, shapes::ListSecretVersionIdsOutput { versions, arn, name, next_token }))
    }
}
