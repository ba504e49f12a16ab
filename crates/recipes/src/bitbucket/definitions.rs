//! `definitions`: read for the mistakes that Bitbucket refuses a file for. Nothing of it runs by
//! itself; keys of one's own hold anchors.

use super::cursor::{Cursor, Findings};
use super::variables::check_name;
use crate::document::Value;
use crate::limits::SERVICE_MEMORY_MEGABYTES_MIN;

/// Looks through the value of the `definitions` key.
pub(super) fn check(at: &Cursor<'_>, found: &mut Findings<'_>) {
    if at.node.value == Value::Null {
        return;
    }
    for section in at.entries(found) {
        if section.key() == "services" {
            for service in section.entries(found) {
                check_service(&service, found);
            }
        }
    }
}

fn check_service(at: &Cursor<'_>, found: &mut Findings<'_>) {
    for field in at.entries(found) {
        match field.key() {
            "variables" | "environment" => {
                for variable in field.entries(found) {
                    check_variable(at, &variable, found);
                }
            }
            "memory" => check_memory(&field, found),
            _ => {}
        }
    }
}

fn check_variable(service: &Cursor<'_>, at: &Cursor<'_>, found: &mut Findings<'_>) {
    if let Err(error) = check_name(at.key()) {
        found.error_at(at.key_place(), service, &error.to_string(), None);
    }
    if let Value::Boolean(word) = &at.node.value {
        let sentence = format!(
            "The variable {} should be a string (it is currently defined as a boolean).",
            at.key()
        );
        found.error(at, &sentence, Some(&format!("quote it: '{word}'")));
    }
}

fn check_memory(at: &Cursor<'_>, found: &mut Findings<'_>) {
    let megabytes = match &at.node.value {
        Value::Number(spelling) => spelling.parse::<u32>().ok(),
        _ => None,
    };
    if megabytes.is_none_or(|megabytes| megabytes < SERVICE_MEMORY_MEGABYTES_MIN) {
        let sentence =
            format!("'memory' should be whole megabytes from {SERVICE_MEMORY_MEGABYTES_MIN} on.");
        found.error(at, &sentence, None);
    }
}
