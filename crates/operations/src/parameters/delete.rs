//! Parameters are deleted, with all of their versions.

use identity::Ask;
use store::{Changes, ParameterRow, ParameterValueRow, View, Want};
use wire::ssm as shapes;

use super::{about, key, seen, value_key};
use crate::caller::Caller;
use crate::table::operation;

fn wants(caller: &Caller, name: &str, view: &View) -> Vec<Want> {
    let row = view.known::<ParameterRow>(key(caller, name));
    let numbers =
        row.into_iter().flat_map(|row| (row.oldest..=row.newest).map(|it| value_key(row, it)));
    [key(caller, name).into()].into_iter().chain(numbers.map(Want::from)).collect()
}

fn delete(row: &ParameterRow, view: &View, changes: &mut Changes) {
    for number in row.oldest..=row.newest {
        changes.delete::<ParameterValueRow>(view, value_key(row, number));
    }
    changes.delete::<ParameterRow>(view, ParameterRow::at(&row.account, &row.name));
}

operation! {
    /// `ssm:DeleteParameter`.
    Delete: shapes::ParameterNamed => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about(caller, &input.name, view, ask) }
    wants(caller, input, view) { wants(caller, &input.name, view) }
    decide(caller, input, view, _, mut changes) {
        delete(seen(caller, &input.name, view)?, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `ssm:DeleteParameters`: each must be allowed; those that are not there are named.
    DeleteSeveral: shapes::ParametersNamed => shapes::DeleteParametersOutput;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        let first = input.names.first().map_or("", String::as_str);
        about(caller, first, view, ask)
    }
    also(caller, input, view) {
        let ask = |name: &String| about(caller, name, view, Ask::new("ssm:DeleteParameters", "*"));
        input.names.iter().skip(1).map(ask).collect()
    }
    wants(caller, input, view) {
        input.names.iter().flat_map(|name| wants(caller, name, view)).collect()
    }
    decide(caller, input, view, _, mut changes) {
        let mut output = shapes::DeleteParametersOutput::default();
        let names: std::collections::BTreeSet<&String> = input.names.iter().collect();
        for name in names {
            match seen(caller, name, view) {
                Ok(row) => {
                    delete(row, view, &mut changes);
                    output.deleted_parameters.push(name.clone());
                }
                Err(_) => output.invalid_parameters.push(name.clone()),
            }
        }
        Ok((changes, output))
    }
}
