//! The audit log, as its account may read it. How entries come there is the commit's own doing
//! (`store::audit`); whether they are what was written is checked without a server
//! (`towpath audit verify`).

use domain::Timestamp;
use store::{AuditRow, Query};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::refusal::Refused;
use crate::table::operation;

const LIST: &str = "towpath:ListAuditEntries";

operation! {
    /// `towpath:ListAuditEntries`, newest first.
    List: shapes::ListAuditEntriesInput => shapes::ListAuditEntriesOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) {
        // A token that is none of ours is refused below.
        rows(caller, input).map(Into::into).into_iter().collect()
    }
    decide(caller, input, view, _, changes) {
        let query = rows(caller, input)?;
        let rows = view.list::<AuditRow>(&query).into_iter().collect();
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size(input), |row| cursor(row));
        let entries = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListAuditEntriesOutput { entries, next_token }))
    }
}

fn size(input: &shapes::ListAuditEntriesInput) -> usize {
    page::size(input.max_results, LIST_MAX)
}

/// One row more than the page holds, beginning after the cursor.
fn rows(caller: &Caller, input: &shapes::ListAuditEntriesInput) -> Result<Query, Refused> {
    let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?;
    let (at, chain, sequence) = match after {
        None => (Timestamp(i64::MAX), 0, 0),
        Some(cursor) => place(&cursor).ok_or_else(AwsError::invalid_next_token)?,
    };
    let limit = size(input) as i64 + 1;
    Ok(AuditRow::of_account(caller.account(), &at, chain, sequence, limit))
}

fn cursor(row: &AuditRow) -> String {
    format!("{} {} {}", row.at.0, row.chain, row.sequence)
}

fn place(cursor: &str) -> Option<(Timestamp, i64, i64)> {
    let mut numbers = cursor.split(' ').map(|number| number.parse().ok());
    Some((Timestamp(numbers.next()??), numbers.next()??, numbers.next()??))
}

fn shape(row: &AuditRow) -> shapes::AuditEntry {
    let details = row.details.clone().unwrap_or_default();
    let parameters = Some(details.parameters).filter(|parameters| !parameters.is_empty());
    shapes::AuditEntry {
        entry_id: format!("{}/{}", row.chain, row.sequence),
        at: row.at.into(),
        principal: row.principal.clone(),
        action: row.action.clone(),
        resource: row.resource.clone(),
        access_key_id: row.access_key.clone(),
        source_identity: details.source_identity,
        request_parameters: parameters,
    }
}
