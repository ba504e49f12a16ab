//! What there is to say of parameters, and what they held before.

use store::{ParameterRow, ParameterValueRow, Want};
use wire::ssm as shapes;
use wire::ssm::ParameterType;

use super::name::Named;
use super::{TEXT, about, arn, filters, invalid_next_token, kept, key_id, kind, seen, tier};
use crate::caller::Caller;
use crate::limits::{PARAMETER_VERSIONS_MAX, PARAMETERS_MAX, PARAMETERS_PAGE_MAX};
use crate::page;
use crate::sealed::{Sealed, SealedMember, read_by};
use crate::table::operation;

fn of_account(caller: &Caller) -> store::Query {
    ParameterRow::of_account(caller.account(), "", PARAMETERS_MAX)
}

const DESCRIBE: &str = "ssm:DescribeParameters";

/// The filters of a call in one form.
fn filters_of(input: &shapes::DescribeParametersInput) -> Vec<shapes::Filter> {
    let older = input.filters.iter().flatten().map(filters::newer);
    input.parameter_filters.iter().flatten().cloned().chain(older).collect()
}

operation! {
    /// `ssm:DescribeParameters`, by name.
    Describe: shapes::DescribeParametersInput => shapes::DescribeParametersOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, input, view, _, changes) {
        let filters = filters_of(input);
        filters::check(&filters)?;
        let list = format!("{filters:?} {:?}", input.shared);
        let after = page::cursor(caller, DESCRIBE, &list, input.next_token.as_ref());
        let after = after.map_err(invalid_next_token)?.unwrap_or_default();
        // Nobody shares parameters here: of those that are shared there are none.
        let own = !input.shared.unwrap_or_default();
        let fits = |row: &&ParameterRow| {
            own && row.name > after && filters.iter().all(|filter| filters::fits(filter, row))
        };
        let rows = view.list::<ParameterRow>(&of_account(caller)).into_iter().filter(fits).collect();
        let size = page::size(input.max_results, PARAMETERS_PAGE_MAX);
        let (rows, next_token) = page::cut(caller, DESCRIBE, &list, rows, size, |row| row.name.clone());
        let shape = |row: &ParameterRow| shapes::ParameterMetadata {
            name: row.name.clone(),
            arn: arn(caller, &row.name),
            r#type: kind(row),
            last_modified_date: row.facts.modified.into(),
            last_modified_user: row.facts.by.clone(),
            version: row.newest,
            tier: tier(row.facts.advanced),
            data_type: TEXT.to_owned(),
            key_id: key_id(kind(row)),
            description: row.facts.description.clone(),
            allowed_pattern: row.facts.allowed_pattern.clone(),
        };
        let parameters = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::DescribeParametersOutput { parameters, next_token }))
    }
}

const HISTORY: &str = "ssm:GetParameterHistory";

fn versions(caller: &Caller, name: &str) -> store::Query {
    ParameterValueRow::of_parameter(caller.account(), name, 0, PARAMETER_VERSIONS_MAX)
}

operation! {
    /// `ssm:GetParameterHistory`, oldest first.
    History: shapes::GetParameterHistoryInput => Sealed<shapes::GetParameterHistoryOutput>;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about(caller, &input.name, view, ask) }
    wants(caller, input, _) {
        let name = Named::read(caller, &input.name).name;
        vec![super::key(caller, &name).into(), Want::from(versions(caller, &name))]
    }
    decide(caller, input, view, now, mut changes) {
        let name = Named::read(caller, &input.name).name;
        let row = seen(caller, &name, view)?;
        let after = page::cursor(caller, HISTORY, &name, input.next_token.as_ref());
        let after = after.map_err(invalid_next_token)?.and_then(|it| it.parse().ok()).unwrap_or(0);
        let values = view.list::<ParameterValueRow>(&versions(caller, &name)).into_iter();
        let values = values.filter(|value| value.number > after).collect();
        let size = page::size(input.max_results, PARAMETERS_PAGE_MAX);
        let (values, next_token) =
            page::cut(caller, HISTORY, &name, values, size, |value| value.number.to_string());
        let clear = kind(row) != ParameterType::SecureString || input.with_decryption.unwrap_or_default();
        let secret = |(at, value): (usize, &&ParameterValueRow)| {
            SealedMember::new(format!("/Parameters/{at}/Value"), kept(value), &value.sealed_value)
        };
        let secrets: Vec<_> = values.iter().enumerate().filter(|_| clear).map(secret).collect();
        if !secrets.is_empty() {
            changes.record(read_by(caller, caller.account(), HISTORY, &arn(caller, &name), now));
        }
        let parameters = values.into_iter().map(|value| past(row, value, clear)).collect();
        let output = shapes::GetParameterHistoryOutput { parameters, next_token };
        Ok((changes, Sealed { output, secrets }))
    }
}

/// A version as the history shows it, its value sealed or still to be opened.
fn past(row: &ParameterRow, value: &ParameterValueRow, clear: bool) -> shapes::ParameterHistory {
    let labels = row.labels.iter().filter(|(_, number)| **number == value.number);
    shapes::ParameterHistory {
        name: row.name.clone(),
        r#type: kind(row),
        last_modified_date: value.facts.modified.into(),
        last_modified_user: value.facts.by.clone(),
        value: if clear { Default::default() } else { super::get::sealed_text(value) },
        version: value.number,
        labels: labels.map(|(label, _)| label.clone()).collect(),
        tier: tier(value.facts.advanced),
        data_type: TEXT.to_owned(),
        key_id: key_id(kind(row)),
        description: value.facts.description.clone(),
        allowed_pattern: value.facts.allowed_pattern.clone(),
    }
}
