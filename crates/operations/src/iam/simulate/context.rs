//! The condition keys that a simulation is told, each value held against the kind that it is said to
//! be of.

use identity::policy::{Context, Value};
use wire::iam::ContextEntry;

use super::invalid;
use crate::refusal::Refused;

/// The keys of a call's input.
///
/// # Errors
/// Names the first value that is not of its kind.
pub(super) fn context(entries: Option<&Vec<ContextEntry>>) -> Result<Context, Refused> {
    let mut context = Context::default();
    for entry in entries.into_iter().flatten() {
        let name = entry.context_key_name.as_deref().unwrap_or_default();
        let texts = entry.context_key_values.iter().flatten();
        let values: Result<Vec<Value>, Refused> = texts.map(|text| value(entry, text)).collect();
        context.set(name, values?);
    }
    Ok(context)
}

fn value(entry: &ContextEntry, text: &str) -> Result<Value, Refused> {
    let kind = entry.context_key_type.as_deref().unwrap_or("string");
    let kind = kind.strip_suffix("List").unwrap_or(kind);
    let name = entry.context_key_name.as_deref().unwrap_or_default();
    let wrong = || invalid(format!("ContextEntries: the value '{text}' of {name} is no {kind}."));
    Value::read(kind, text).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_of_the_kind_that_it_is_said_to_be() {
        fn check(kind: &str, text: &str, expect: bool) {
            let entry = ContextEntry {
                context_key_name: Some("aws:key".to_owned()),
                context_key_values: Some(vec![text.to_owned()]),
                context_key_type: Some(kind.to_owned()),
            };
            assert_eq!(context(Some(&vec![entry])).is_ok(), expect, "{kind} {text}");
        }
        check("string", "anything", true);
        check("ip", "192.0.2.1", true);
        check("ip", "300.1.1.1", false);
        check("ipList", "2001:db8::1", true);
        check("numeric", "3.5", true);
        check("numeric", "abc", false);
        check("date", "2026-01-01T00:00:00Z", true);
        check("dateList", "yesterday", false);
        check("boolean", "true", true);
        check("boolean", "maybe", false);
        check("binary", "QUJD", true);
        check("binary", "?", false);
    }
}
