//! The values of parameters are read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Arn, Secret};
use identity::Ask;
use identity::policy::Value;
use store::{Changes, ParameterRow, ParameterValueRow, Query, View, Want};
use wire::ssm as shapes;
use wire::ssm::ParameterType;

use super::name::{Named, check_path};
use super::reference::{self, Reference};
use super::{
    about, arn, filters, invalid_next_token, kept, key, kind, no_version, seen, value_key,
};
use crate::caller::Caller;
use crate::limits::{PARAMETERS_BY_PATH_MAX, PARAMETERS_MAX};
use crate::page;
use crate::refusal::Refused;
use crate::sealed::{Sealed, SealedMember, read_by};
use crate::secrets;
use crate::table::operation;
use crate::turn::Now;

/// The version of a parameter that a call means.
pub fn number(row: &ParameterRow, selector: Option<&String>) -> Option<i64> {
    let Some(selector) = selector else { return Some(row.newest) };
    match selector.parse::<i64>() {
        Ok(number) => (row.oldest..=row.newest).contains(&number).then_some(number),
        Err(_) => row.labels.get(selector).copied(),
    }
}

/// The rows of the parameter and the version that a call names, or of the secret that it stands for.
pub fn wants(caller: &Caller, text: &str, view: &View) -> Vec<Want> {
    if let Some(secret) = Reference::read(text) {
        return secret.wants(caller, view);
    }
    let named = Named::read(caller, text);
    let key = key(caller, &named.name);
    let row = view.known::<ParameterRow>(key.clone());
    let value =
        row.and_then(|row| Some(value_key(row, number(row, named.selector.as_ref())?).into()));
    [key.into()].into_iter().chain(value).collect()
}

/// The parameter and the version that a call names.
///
/// # Errors
/// `ParameterNotFound`, `ParameterVersionNotFound`.
pub fn read<'a>(
    caller: &Caller,
    text: &str,
    view: &'a View,
) -> Result<(&'a ParameterRow, &'a ParameterValueRow, Named), Refused> {
    let named = Named::read(caller, text);
    let row = seen(caller, &named.name, view)?;
    let number = number(row, named.selector.as_ref());
    let value = number.and_then(|it| view.row::<ParameterValueRow>(value_key(row, it)));
    let said = || no_version(&named.name, named.selector.as_deref().unwrap_or_default());
    value.ok_or_else(said).map(|value| (row, value, named))
}

/// What an output shows of a secure value to whoever does not ask for decryption: what lies there.
pub fn sealed_text(value: &ParameterValueRow) -> Secret {
    Secret::new(STANDARD.encode(&value.sealed_value))
}

/// Parameters as an output shows them, while their values are sealed.
#[derive(Default)]
struct Shown {
    parameters: Vec<shapes::Parameter>,
    secrets: Vec<SealedMember>,
}

impl Shown {
    /// Adds one; that it is read is in the audit log.
    fn add(
        &mut self,
        (caller, action): (&Caller, &str),
        (row, value): (&ParameterRow, &ParameterValueRow),
        (pointer, decrypt): (&str, bool),
        (now, changes): (&Now, &mut Changes),
    ) {
        let arn = arn(caller, &row.name);
        let at = pointer.replace("{}", &self.parameters.len().to_string());
        let sealed = kind(row) == ParameterType::SecureString && !decrypt;
        let shown = sealed.then(|| sealed_text(value));
        if shown.is_none() {
            let sealed = SealedMember::new(format!("{at}/Value"), kept(value), &value.sealed_value);
            self.secrets.push(sealed);
            changes.record(read_by(caller, caller.account(), action, &arn, now));
        }
        self.parameters.push(shapes::Parameter {
            name: row.name.clone(),
            r#type: kind(row),
            value: shown.unwrap_or_default(),
            version: value.number,
            last_modified_date: value.facts.modified.into(),
            arn,
            data_type: super::TEXT.to_owned(),
            selector: None,
        });
    }
}

impl Shown {
    /// Adds the parameter of this name, or the secret that it stands for; gives the selector in it.
    ///
    /// # Errors
    /// There is none, or not in this version.
    fn find(
        &mut self,
        (caller, action): (&Caller, &str),
        text: &str,
        to: (&str, bool),
        (view, now, changes): (&View, &Now, &mut Changes),
    ) -> Result<Option<String>, Refused> {
        let Some(secret) = Reference::read(text) else {
            let (row, value, named) = read(caller, text, view)?;
            self.add((caller, action), (row, value), to, (now, changes));
            return Ok(named.selector);
        };
        let (row, value) = secret.value(caller, (view, now, changes))?;
        let at = to.0.replace("{}", &self.parameters.len().to_string());
        let kept = secrets::read::kept(value);
        self.secrets.push(SealedMember::new(format!("{at}/Value"), kept, &value.sealed_value));
        self.parameters.push(reference::parameter(caller, text, (row, value)));
        Ok(None)
    }
}

/// What must be allowed of Secrets Manager besides, where a name stands for a secret.
fn of_secret(caller: &Caller, name: &str, view: &View) -> Option<Ask> {
    Reference::read(name).map(|secret| secret.ask(caller, view))
}

operation! {
    /// `ssm:GetParameter`.
    Get: shapes::GetParameterInput => Sealed<shapes::GetParameterOutput>;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) { about(caller, &input.name, view, ask) }
    also(caller, input, view) { of_secret(caller, &input.name, view).into_iter().collect() }
    wants(caller, input, view) { wants(caller, &input.name, view) }
    decide(caller, input, view, now, mut changes) {
        reference::check_decrypted([&input.name].into_iter(), input.with_decryption)?;
        let mut shown = Shown::default();
        let to = ("/Parameter", input.with_decryption.unwrap_or_default());
        let by = (caller, "ssm:GetParameter");
        let selector = shown.find(by, &input.name, to, (view, now, &mut changes))?;
        let selector = selector.map(|it| format!(":{it}"));
        let parameter = shown.parameters.pop().unwrap_or_default();
        let parameter = shapes::Parameter { selector, ..parameter };
        Ok((changes, Sealed { output: shapes::GetParameterOutput { parameter }, secrets: shown.secrets }))
    }
}

operation! {
    /// `ssm:GetParameters`: each must be allowed; those that are not there are named.
    GetSeveral: shapes::GetParametersInput => Sealed<shapes::GetParametersOutput>;
    resource(_, _) { "*".to_owned() }
    ask(caller, input, view, ask) {
        let first = input.names.first().map_or("", String::as_str);
        about(caller, first, view, ask)
    }
    also(caller, input, view) {
        let ask = |name: &String| about(caller, name, view, Ask::new("ssm:GetParameters", "*"));
        let secrets = input.names.iter().filter_map(|name| of_secret(caller, name, view));
        input.names.iter().skip(1).map(ask).chain(secrets).collect()
    }
    wants(caller, input, view) {
        input.names.iter().flat_map(|name| wants(caller, name, view)).collect()
    }
    decide(caller, input, view, now, mut changes) {
        reference::check_decrypted(input.names.iter(), input.with_decryption)?;
        let (mut shown, mut invalid_parameters) = (Shown::default(), Vec::new());
        let to = ("/Parameters/{}", input.with_decryption.unwrap_or_default());
        let by = (caller, "ssm:GetParameters");
        for text in &input.names {
            if shown.find(by, text, to, (view, now, &mut changes)).is_err() {
                invalid_parameters.push(text.clone());
            }
        }
        let output = shapes::GetParametersOutput { parameters: shown.parameters, invalid_parameters };
        Ok((changes, Sealed { output, secrets: shown.secrets }))
    }
}

const BY_PATH: &str = "ssm:GetParametersByPath";

/// The parameters below a path; names are ASCII, and `0` follows `/`.
fn below(caller: &Caller, path: &str) -> Query {
    let path = path.trim_end_matches('/');
    ParameterRow::between(
        caller.account(),
        &format!("{path}/"),
        &format!("{path}0"),
        PARAMETERS_MAX,
    )
}

/// The page of what is below a path, and the token of the next one.
fn page_of<'a>(
    caller: &Caller,
    input: &shapes::GetParametersByPathInput,
    view: &'a View,
) -> Result<(Vec<&'a ParameterRow>, Option<String>), Refused> {
    let list = format!("{} {:?} {:?}", input.path, input.recursive, input.parameter_filters);
    let after = page::cursor(caller, BY_PATH, &list, input.next_token.as_ref());
    let after = after.map_err(invalid_next_token)?.unwrap_or_default();
    let depth = input.path.trim_end_matches('/').matches('/').count() + 1;
    let recursive = input.recursive.unwrap_or_default();
    let filters = input.parameter_filters.as_deref().unwrap_or_default();
    let fits = |row: &&ParameterRow| {
        row.name > after
            && (recursive || row.name.matches('/').count() == depth)
            && filters.iter().all(|filter| filters::fits(filter, row))
    };
    let rows = view.known_list::<ParameterRow>(&below(caller, &input.path)).into_iter();
    let size = page::size(input.max_results, PARAMETERS_BY_PATH_MAX);
    let rows = rows.filter(fits).collect();
    Ok(page::cut(caller, BY_PATH, &list, rows, size, |row| row.name.clone()))
}

operation! {
    /// `ssm:GetParametersByPath`: whoever may read a path may read all that is below it.
    GetByPath: shapes::GetParametersByPathInput => Sealed<shapes::GetParametersByPathOutput>;
    resource(caller, input) {
        // As it was given: `/a/` is what a policy for `parameter/a/*` is about.
        let resource = format!("parameter{}", input.path);
        Arn::aws("ssm", &caller.region, caller.account(), &resource).to_string()
    }
    ask(_, input, _, ask) {
        let mut all = ask.keys.clone();
        all.set("ssm:Recursive", [Value::Text(input.recursive.unwrap_or_default().to_string())]);
        ask.with(all)
    }
    wants(caller, input, view) {
        let rows = page_of(caller, input, view).map(|(rows, _)| rows).unwrap_or_default();
        let values = rows.into_iter().map(|row| value_key(row, labelled(input, row)).into());
        [Want::from(below(caller, &input.path))].into_iter().chain(values).collect()
    }
    decide(caller, input, view, now, mut changes) {
        check_path(&input.path)?;
        filters::check_by_path(input.parameter_filters.as_deref().unwrap_or_default())?;
        let (rows, next_token) = page_of(caller, input, view)?;
        let (mut shown, decrypt) = (Shown::default(), input.with_decryption.unwrap_or_default());
        for row in rows {
            let number = labelled(input, row);
            if let Some(value) = view.row::<ParameterValueRow>(value_key(row, number)) {
                let to = ("/Parameters/{}", decrypt);
                shown.add((caller, BY_PATH), (row, value), to, (now, &mut changes));
            }
        }
        let output = shapes::GetParametersByPathOutput { parameters: shown.parameters, next_token };
        Ok((changes, Sealed { output, secrets: shown.secrets }))
    }
}

/// The version that is shown: the newest, or the one with the label that is asked for.
fn labelled(input: &shapes::GetParametersByPathInput, row: &ParameterRow) -> i64 {
    let filters = input.parameter_filters.iter().flatten();
    let labels =
        filters.filter(|filter| filter.key == "Label").flat_map(|it| it.values.iter().flatten());
    let version = labels.filter_map(|label| row.labels.get(label)).next();
    version.copied().unwrap_or(row.newest)
}
