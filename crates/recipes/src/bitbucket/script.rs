//! A script: the list of commands of `script` and `after-script`, and what people write by mistake.

use super::cursor::{Cursor, Findings};
use crate::document::Value;

/// The commands that could be read; a finding for each that could not.
pub(super) fn read(at: &Cursor<'_>, found: &mut Findings<'_>) -> Vec<String> {
    at.items(found).iter().filter_map(|item| command(item, found)).collect()
}

/// One item of a script. A command with an unquoted `: ` has become a map, which Bitbucket calls
/// a missing command.
fn command(at: &Cursor<'_>, found: &mut Findings<'_>) -> Option<String> {
    const EMPTY: &str = "Missing or empty command string";
    match &at.node.value {
        Value::Map(entries) => {
            let fields = at.fields();
            match fields.iter().find(|field| field.key() == "pipe") {
                Some(pipe) => {
                    found.unsupported(pipe, "'pipe'", "do what the pipe does in the script")
                }
                None => {
                    let fix = match entries.first() {
                        Some((key, _)) => format!("quote the whole command: '{}: …'", key.text),
                        None => "write a command".to_owned(),
                    };
                    found.error(at, EMPTY, Some(&fix));
                }
            }
            None
        }
        // `- true` is a command to everyone but YAML.
        Value::Boolean(word) => {
            let message = format!("The command is a boolean to YAML; it runs as '{word}'.");
            found.warning(at, message, Some(&format!("quote it: '{word}'")));
            Some(word.clone())
        }
        Value::Null => {
            found.error(at, EMPTY, Some("write a command, or take the '-' away"));
            None
        }
        Value::Text(text) if text.trim().is_empty() => {
            found.error(at, EMPTY, Some("write a command, or take the '-' away"));
            None
        }
        _ => at.text(found),
    }
}
