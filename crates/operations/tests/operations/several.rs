//! Deliveries of the forges that tell of several refs at once: each change comes to its own end.

use domain::CommitSha;
use domain::connection::ProviderType;
use domain::reason::{Disposition, Duplicate, Filter, FilterRule, HoldRule};
use serde_json::{Value, json};

use crate::world::with_pipeline_of;

fn sha(digit: &str) -> String {
    digit.repeat(40)
}

/// A push that makes `main`, `dev` and `v1`, deletes `old`, and names two refs that cannot be.
fn bitbucket_server() -> Value {
    let change = |name: &str, from: &str, to: &str| json!({"ref": {"id": name}, "fromHash": sha(from), "toHash": sha(to)});
    json!({
        "eventKey": "repo:refs_changed",
        "repository": {"id": 7, "slug": "engine", "project": {"key": "ada"}},
        "changes": [
            change("refs/heads/main", "0", "a"),
            change("refs/heads/dev", "0", "a"),
            change("refs/tags/v1", "0", "a"),
            change("refs/heads/old", "a", "0"),
            change("refs/notes/x", "0", "a"),
            change("refs/heads/-evil", "0", "a"),
        ],
    })
}

fn bitbucket() -> Value {
    let side =
        |kind: &str, name: &str| json!({"type": kind, "name": name, "target": {"hash": sha("a")}});
    json!({
        "repository": {"uuid": "7", "full_name": "ada/engine"},
        "push": {"changes": [
            {"old": null, "new": side("branch", "main")},
            {"old": null, "new": side("branch", "dev")},
            {"old": null, "new": side("tag", "v1")},
            {"old": side("branch", "old"), "new": null},
            {"old": null, "new": side("bookmark", "x")},
            {"old": null, "new": side("branch", "-evil")},
        ]},
    })
}

fn gitlab() -> Value {
    let change = |name: &str, from: &str, to: &str| json!({"ref": name, "before": sha(from), "after": sha(to)});
    json!({
        "event_name": "repository_update", "project_id": 7,
        "project": {"path_with_namespace": "ada/engine"},
        "changes": [
            change("refs/heads/main", "0", "a"),
            change("refs/heads/dev", "0", "a"),
            change("refs/tags/v1", "0", "a"),
            change("refs/heads/old", "a", "0"),
            change("refs/keep-around/x", "0", "a"),
            change("refs/heads/-evil", "0", "a"),
        ],
    })
}

fn check(provider: ProviderType, event: &str, body: &Value) {
    let mut world = with_pipeline_of(provider);
    // Where the commit of a tag is not told, the forge is asked for it.
    world.forge.insert("refs/tags/v1".to_owned(), CommitSha::new(sha("a")));
    let body = body.to_string();
    let all = world.deliver("1", event, &body);
    let [main, dev, tag, old, note, evil] = &all[..] else { panic!("{all:?}") };
    assert!(matches!(main, Disposition::Started { .. }), "{main:?}");
    assert!(matches!(tag, Disposition::Started { .. }), "{tag:?}");
    let Disposition::Filtered(Filter::Pipelines { held_back, .. }) = dev else { panic!("{dev:?}") };
    assert!(
        matches!(
            held_back[0].rule,
            HoldRule::Filtered { rule: FilterRule::NotIncluded { .. }, .. }
        ),
        "{held_back:?}"
    );
    assert!(matches!(old, Disposition::Filtered(Filter::RefDeleted { .. })), "{old:?}");
    assert!(matches!(note, Disposition::Filtered(Filter::Ignored(_))), "{note:?}");
    let Disposition::Unusable { at, problem } = evil else { panic!("{evil:?}") };
    assert!(at.contains("/changes/5/") && problem.contains("rename the branch"), "{at}: {problem}");
    assert_eq!(world.executions("p").len(), 2);

    let again = world.deliver("2", event, &body);
    let same =
        |one: &&Disposition| matches!(one, Disposition::Duplicate(Duplicate::SameHead { .. }));
    assert_eq!(again.iter().filter(same).count(), 4, "{again:?}");
    assert_eq!(world.executions("p").len(), 2, "a replay starts nothing");
}

#[test]
fn each_change_of_a_delivery_comes_to_its_own_end() {
    check(ProviderType::BitbucketServer, "repo:refs_changed", &bitbucket_server());
    check(ProviderType::Bitbucket, "repo:push", &bitbucket());
    check(ProviderType::GitLab, "System Hook", &gitlab());
    check(ProviderType::GitLabSelfManaged, "System Hook", &gitlab());
}
