//! Payloads that nobody here wrote, against the table that says what they mean.

use domain::connection::ProviderType;
use std::path::Path;
use webhooks::{Columns, Headers};

#[test]
fn payloads_of_others_are_understood_as_their_table_says() {
    let Ok(folder) = std::env::var("TOWPATH_REFERENCE") else {
        return println!("skipped: TOWPATH_REFERENCE is not set");
    };
    let folder = Path::new(&folder).join("payloads");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).expect("the table");
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let names = lines.next().expect("a heading");
    let rows: Vec<_> = lines.filter(|cells| cells[0] == "github").collect();
    let wrong: Vec<String> = rows.iter().filter_map(|row| differs(&folder, &names, row)).collect();
    println!("{} of {} github payloads agree", rows.len() - wrong.len(), rows.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!rows.is_empty());
}

/// Which columns of the row differ from what we understand.
fn differs(folder: &Path, names: &[&str], row: &[&str]) -> Option<String> {
    let cell = |name: &str| names.iter().position(|it| *it == name).map_or("", |at| row[at]);
    let body = std::fs::read(folder.join(cell("file"))).expect("a payload");
    let headers = Headers::from_iter([("X-GitHub-Event", cell("event_header"))]);
    let changes = webhooks::normalise(ProviderType::GitHub, &headers, &body);
    let changes = match changes {
        Ok(changes) => changes,
        Err(error) => return Some(format!("{}: {error}", cell("file"))),
    };
    let index: u32 = cell("change_index").parse().expect("an index");
    let change = changes.iter().find(|change| change.index == index).expect("the change");
    let ours = serde_json::to_value(Columns::of(change)).expect("a row");
    let ours = ours.as_object().expect("an object");
    let unequal =
        ours.iter().filter(|(name, value)| *name != "reason" && text(value) != cell(name));
    let unequal: Vec<_> =
        unequal.map(|(name, value)| format!("{name}: {value} not {:?}", cell(name))).collect();
    (!unequal.is_empty()).then(|| format!("{}: {}", cell("file"), unequal.join(", ")))
}

fn text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::Bool(flag) => u8::from(*flag).to_string(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
