//! GitHub's own example payloads (`@octokit/webhooks-examples`), of github.com and of five
//! releases of GitHub Enterprise Server: every one is understood, and says of itself what its
//! event and members say. Runs where `TOWPATH_NPM` names a folder with them.

use domain::connection::ProviderType;
use domain::forge_event::{Happening, RefChange};
use serde_json::Value;
use std::path::Path;
use webhooks::{Headers, normalise};

const PLACES: [(&str, ProviderType); 6] = [
    ("api.github.com", ProviderType::GitHub),
    ("ghes-31", ProviderType::GitHubEnterpriseServer),
    ("ghes-32", ProviderType::GitHubEnterpriseServer),
    ("ghes-33", ProviderType::GitHubEnterpriseServer),
    ("ghes-34", ProviderType::GitHubEnterpriseServer),
    ("ghes-35", ProviderType::GitHubEnterpriseServer),
];

#[test]
fn githubs_own_examples_are_understood() {
    let Ok(folder) = std::env::var("TOWPATH_NPM") else {
        return println!("skipped: TOWPATH_NPM is not set");
    };
    let examples = Path::new(&folder).join("node_modules/@octokit/webhooks-examples");
    let (mut understood, mut wrong) = (0, Vec::new());
    for (place, kind) in PLACES {
        let text = std::fs::read(examples.join(place).join("index.json")).expect("the examples");
        let events: Vec<Value> = serde_json::from_slice(&text).expect("a list of events");
        for event in &events {
            let name = event["name"].as_str().expect("a name");
            for example in event["examples"].as_array().expect("examples") {
                understood += 1;
                wrong.extend(
                    differs(kind, name, example).map(|why| format!("{place} {name}: {why}")),
                );
            }
        }
    }
    println!("{} of {understood} examples understood", understood - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with how an example is understood.
fn differs(kind: ProviderType, name: &str, example: &Value) -> Option<String> {
    let headers = Headers::from_iter([("X-GitHub-Event", name)]);
    let event = match normalise(kind, &headers, example.to_string().as_bytes()) {
        Ok(changes) => changes.into_iter().next()?.event,
        Err(error) => return Some(error.to_string()),
    };
    let same =
        |ours: Option<&str>, path: &str| ours == example.pointer(path).and_then(Value::as_str);
    let repository = event.repository.as_ref().map(|it| it.name.as_str());
    if !same(repository, "/repository/full_name") {
        return Some(format!("the repository is {repository:?}"));
    }
    let good = match (name, &event.happening) {
        ("push", Happening::Ref(RefChange { git_ref, after, .. })) => {
            same(Some(&git_ref.full()), "/ref") && same(Some(after.as_str()), "/after")
        }
        ("pull_request", Happening::PullRequest(request)) => {
            same(Some(request.sides.head.as_str()), "/pull_request/head/sha")
        }
        ("pull_request", Happening::Ignored { pull_request, .. }) => pull_request.is_some(),
        ("push" | "pull_request", _) => false,
        _ => true,
    };
    (!good).then(|| format!("understood as {:?}", event.happening))
}
