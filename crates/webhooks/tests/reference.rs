//! Payloads that nobody here wrote, against the table that says what they mean.

use domain::connection::ProviderType;
use std::collections::BTreeMap;
use std::path::Path;
use webhooks::{Columns, Headers, event_header};

/// The table's names of the forges; self-managed ones send what the others of their kind send.
const PROVIDERS: [(&str, &[ProviderType]); 4] = [
    ("github", &[ProviderType::GitHub, ProviderType::GitHubEnterpriseServer]),
    ("gitlab", &[ProviderType::GitLab, ProviderType::GitLabSelfManaged]),
    ("bitbucket-cloud", &[ProviderType::Bitbucket]),
    ("bitbucket-server", &[ProviderType::BitbucketServer]),
];

#[test]
fn payloads_of_others_are_understood_as_their_table_says() {
    let Ok(folder) = std::env::var("TOWPATH_REFERENCE") else {
        return println!("skipped: TOWPATH_REFERENCE is not set");
    };
    let folder = Path::new(&folder).join("payloads");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).expect("the table");
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let names = lines.next().expect("a heading");
    let (mut checked, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for row in lines {
        let (forge, kinds) = PROVIDERS.iter().find(|(name, _)| *name == row[0]).expect(row[0]);
        *checked.entry(forge).or_default() += 1;
        wrong.extend(kinds.iter().filter_map(|kind| differs(*kind, &folder, &names, &row)));
    }
    println!("{} of {} rows differ: {checked:?}", wrong.len(), checked.values().sum::<usize>());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(checked.len(), PROVIDERS.len());
}

/// Which columns of the row differ from what we understand.
fn differs(kind: ProviderType, folder: &Path, names: &[&str], row: &[&str]) -> Option<String> {
    let cell = |name: &str| names.iter().position(|it| *it == name).map_or("", |at| row[at]);
    let body = std::fs::read(folder.join(cell("file"))).expect("a payload");
    let header = event_header(kind).expect("a header");
    let headers = Headers::from_iter([(header, cell("event_header"))]);
    let changes = match webhooks::normalise(kind, &headers, &body) {
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
