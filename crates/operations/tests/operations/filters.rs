//! Filters that ask for files, and pull requests: what is asked, what starts, what is said.

use domain::CommitSha;
use domain::connection::ProviderType;
use domain::forge_event::{ChangedFiles, FilesUnknown, GitRef, RefTarget, Since, Subject};
use domain::reason::{Disposition, Duplicate, Filter, HoldRule, StartRule};
use domain::revision::Trigger;
use operations::reconcile::{Discovery, Outcome};
use serde_json::{Value, json};

use crate::world::{World, pipeline, with_pipeline_of};

const MAIN: &str = "refs/heads/main";

pub fn sha(digit: &str) -> CommitSha {
    CommitSha::new(digit.repeat(40))
}

/// A world whose pipeline has these filters.
fn filtered_at(provider: ProviderType, filters: Value) -> World {
    let mut world = with_pipeline_of(provider);
    let mut changed = pipeline();
    let git = &mut changed["triggers"][0]["gitConfiguration"];
    *git = filters;
    git["sourceActionName"] = json!("Fetch");
    world.call("UpdatePipeline", &json!({"pipeline": changed})).expect("it is good");
    world
}

pub fn filtered(filters: Value) -> World {
    filtered_at(ProviderType::GitHub, filters)
}

fn docs() -> Value {
    json!({"push": [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["docs/**"]}}]})
}

fn known(names: &[&str]) -> ChangedFiles {
    ChangedFiles::Known(names.iter().map(|name| (*name).to_owned()).collect())
}

fn push(world: &mut World, id: &str, name: &str, digit: &str) -> Disposition {
    let body = world.push(name, Some(digit));
    let mut all = world.deliver(id, "push", &body);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn files_are_asked_of_git_and_decide() {
    let mut world = filtered(docs());
    world.files = known(&["src/a.rs"]);
    let held = push(&mut world, "1", MAIN, "a");
    assert!(matches!(held, Disposition::Filtered(Filter::Pipelines { .. })), "{held:?}");
    world.files = known(&["src/a.rs", "docs/a.md"]);
    let Disposition::Started { pipelines, .. } = push(&mut world, "2", MAIN, "b") else {
        panic!("a file is included");
    };
    assert!(
        matches!(&pipelines[0].rule, StartRule::FileIncluded { file, .. } if file == "docs/a.md")
    );
    let branch = "main".to_owned();
    let expect = [Since::DefaultBranch { branch }, Since::Commit(sha("a"))];
    assert_eq!(*world.asked.borrow(), expect);
    assert!(world.answers().is_empty(), "nothing is asked twice");
    assert_eq!(world.executions("p").len(), 1);
}

#[test]
fn nothing_is_asked_where_no_filter_could_match() {
    let mut world = filtered(docs());
    let held = push(&mut world, "1", "refs/heads/next", "a");
    assert!(matches!(held, Disposition::Filtered(Filter::Pipelines { .. })), "{held:?}");
    push(&mut world, "2", "refs/tags/v1", "a");
    assert!(world.asked.borrow().is_empty());
}

#[test]
fn unknown_files_start() {
    let mut world = filtered(docs());
    let why = FilesUnknown::BeforeGone { before: sha("a") };
    world.files = ChangedFiles::Unknown(why.clone());
    let Disposition::Started { pipelines, .. } = push(&mut world, "1", MAIN, "a") else {
        panic!("unknown means run");
    };
    assert!(
        matches!(&pipelines[0].rule, StartRule::FilesUnknown { why: said, .. } if *said == why)
    );
}

#[test]
fn a_gap_is_compared_with_what_pipelines_saw_last() {
    let mut world = filtered(docs());
    world.files = known(&["docs/a"]);
    push(&mut world, "1", MAIN, "a");
    world.push(MAIN, Some("b"));
    let started = push(&mut world, "2", MAIN, "c");
    assert!(matches!(started, Disposition::Started { .. }), "{started:?}");
    assert_eq!(world.asked.borrow().last(), Some(&Since::Commit(sha("a"))));
    assert_eq!(world.executions("p").len(), 2);
}

#[test]
fn what_is_found_asks_for_its_files_too() {
    let mut world = filtered(docs());
    world.files = known(&["docs/a"]);
    push(&mut world, "1", MAIN, "a");
    let mut find = |files| {
        let (git_ref, target) = (GitRef::branch("main"), RefTarget::of(sha("b")));
        world.find(Discovery::Ref { git_ref, target }, files)
    };
    assert_eq!(find(None), Outcome::NeedsFiles(Since::Commit(sha("a"))));
    assert_eq!(find(Some(known(&["docs/b"]))), Outcome::Started(vec!["p".into()]));
    assert_eq!(find(None), Outcome::Started(vec![]));
}

/// GitHub's event of pull request 7, from `feature` to `main`.
pub fn event(action: &str, before: Option<&str>, head: &str, more: Value) -> String {
    let mut request = json!({
        "number": 7, "title": "Turn the wheel", "merged": false,
        "head": {"sha": sha(head), "ref": "feature", "repo": {"id": 7, "full_name": "ada/engine"}},
        "base": {"sha": sha("0"), "ref": "main", "repo": {"id": 7, "full_name": "ada/engine"}},
        "updated_at": format!("{action} {head}"),
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    let mut body = json!({
        "action": action, "number": 7, "pull_request": request,
        "repository": {"id": 7, "full_name": "ada/engine"},
    });
    if let Some(before) = before {
        body["before"] = json!(sha(before));
    }
    body.to_string()
}

pub fn requests() -> Value {
    json!({"pullRequest": [{"branches": {"includes": ["main"]}}]})
}

pub fn deliver(world: &mut World, id: &str, body: &str) -> Disposition {
    let mut all = world.deliver(id, "pull_request", body);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_pull_request_starts_when_it_is_opened_updated_and_closed() {
    let mut world = filtered(requests());
    let events = [
        event("opened", None, "a", json!({})),
        event("synchronize", Some("a"), "b", json!({})),
        event("closed", None, "b", json!({"merged": true})),
    ];
    for (at, body) in events.iter().enumerate() {
        let started = deliver(&mut world, &format!("{at}"), body);
        assert!(matches!(started, Disposition::Started { .. }), "{started:?}");
        assert_eq!(started.change().map(|(subject, _)| subject), Some(Subject::PullRequest(7)));
    }
    let runs = world.executions("p");
    let told = runs.iter().rev().map(|run| match &run.doc.trigger {
        Trigger::WebhookV2(push) => {
            let request = push.pull_request.as_ref().expect("it is of a pull request");
            assert_eq!((request.number, &*request.target), (7, "main"));
            (request.event.as_str(), push.git_ref.name.clone(), push.commit.clone())
        }
        other => panic!("{other:?}"),
    });
    let told: Vec<_> = told.collect();
    let row = |event, digit| (event, "feature".to_owned(), sha(digit));
    assert_eq!(told, [row("OPEN", "a"), row("UPDATED", "b"), row("CLOSED", "b")]);
    // A replay under other ids starts nothing; nor does an event that tells what is known.
    for (at, body) in events.iter().enumerate() {
        let again = deliver(&mut world, &format!("again-{at}"), body);
        assert!(matches!(again, Disposition::Duplicate(_)), "{again:?}");
    }
    let closed = event("closed", None, "b", json!({"updated_at": "later"}));
    let again = deliver(&mut world, "later", &closed);
    assert!(matches!(again, Disposition::Duplicate(Duplicate::SameHead { .. })), "{again:?}");
    assert_eq!(world.executions("p").len(), 3);
}

#[test]
fn an_event_that_does_not_follow_is_held_against_the_source_branch() {
    let mut world = filtered(requests());
    world.forge.insert("refs/heads/feature".to_owned(), sha("c"));
    let stale = deliver(&mut world, "1", &event("synchronize", Some("a"), "b", json!({})));
    assert!(matches!(stale, Disposition::Stale { .. }), "{stale:?}");
    let current = deliver(&mut world, "2", &event("synchronize", Some("b"), "c", json!({})));
    assert!(matches!(current, Disposition::Started { .. }), "{current:?}");
    assert_eq!(world.executions("p").len(), 1);
}

#[test]
fn a_fork_starts_nothing_and_nobody_is_asked() {
    let mut world = filtered(json!({"pullRequest": [
        {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["docs/**"]}},
    ]}));
    let head =
        json!({"sha": sha("a"), "ref": "feature", "repo": {"id": 8, "full_name": "eve/engine"}});
    let body = event("synchronize", Some("b"), "a", json!({"head": head}));
    let held = deliver(&mut world, "1", &body);
    let Disposition::Filtered(Filter::Pipelines { held_back, .. }) = &held else {
        panic!("{held:?}");
    };
    let said = domain::reason::say(domain::reason::Reason::Hold(&held_back[0].rule));
    assert_eq!(said.code, "from-fork");
    assert!(world.asked.borrow().is_empty() && world.executions("p").is_empty());
}

/// A world whose pipeline lets pull requests from forks in.
fn open_to_forks(provider: ProviderType) -> World {
    let mut world = with_pipeline_of(provider);
    let mut changed = pipeline();
    changed["triggers"][0]["gitConfiguration"] = requests();
    changed["triggers"][0]["gitConfiguration"]["sourceActionName"] = json!("Fetch");
    let source = &mut changed["stages"][0]["actions"][0];
    source["configuration"]["ForkPullRequests"] = json!("WithoutIdentity");
    world.call("UpdatePipeline", &json!({"pipeline": changed})).expect("it is good");
    world
}

fn by_a_stranger(action: &str, before: Option<&str>, digit: &str) -> String {
    let head =
        json!({"sha": sha(digit), "ref": "main", "repo": {"id": 8, "full_name": "eve/engine"}});
    event(action, before, digit, json!({"head": head}))
}

#[test]
fn what_a_fork_brings_is_never_one_of_our_branches_and_its_start_is_audited() {
    let mut world = open_to_forks(ProviderType::GitHub);
    let started = deliver(&mut world, "1", &by_a_stranger("opened", None, "a"));
    assert!(matches!(started, Disposition::Started { .. }), "{started:?}");
    let Trigger::WebhookV2(push) = &world.executions("p")[0].doc.trigger else {
        panic!("a pull request started it");
    };
    assert_eq!(push.git_ref.full(), "refs/pull/7/head");
    assert!(!world.executions("p")[0].doc.trigger.grants_identity());
    let audited = world.audited("000000000000");
    let told = audited.iter().filter(|it| it.action == "towpath:StartForkPullRequest");
    let told: Vec<_> = told.collect();
    let [told] = told[..] else { panic!("{told:?}") };
    assert_eq!(told.details.parameters["pullRequest"], "ada/engine#7");
    assert_eq!(told.details.parameters["forkPullRequests"], "WithoutIdentity");
}

#[test]
fn a_forks_event_out_of_its_turn_asks_where_the_forge_shows_it() {
    let mut world = open_to_forks(ProviderType::GitHub);
    world.forge.insert("refs/pull/7/head".to_owned(), sha("c"));
    let late = deliver(&mut world, "1", &by_a_stranger("synchronize", Some("a"), "b"));
    assert!(matches!(late, Disposition::Stale { .. }), "{late:?}");
    let newest = deliver(&mut world, "2", &by_a_stranger("synchronize", Some("b"), "c"));
    assert!(matches!(newest, Disposition::Started { .. }), "{newest:?}");
    assert_eq!(world.executions("p").len(), 1);
}

#[test]
fn without_a_filter_for_them_pull_requests_start_nothing_and_it_says_so() {
    let mut world = filtered(docs());
    let held = deliver(&mut world, "1", &event("opened", None, "a", json!({})));
    let Disposition::Filtered(Filter::Pipelines { held_back, .. }) = held else {
        panic!("{held:?}")
    };
    assert!(matches!(held_back[0].rule, HoldRule::PushesOnly { .. }), "{held_back:?}");
}

#[test]
fn twelve_digits_are_made_whole_before_anything_starts() {
    let mut world = filtered_at(ProviderType::Bitbucket, requests());
    let side = |branch: &str, digit: &str| {
        json!({"branch": {"name": branch}, "commit": {"hash": digit.repeat(12)},
            "repository": {"uuid": "7", "full_name": "ada/engine"}})
    };
    let body = |at: u32| {
        json!({
            "repository": {"uuid": "7", "full_name": "ada/engine"},
            "pullrequest": {"id": 7, "title": "Turn", "updated_on": at,
                "source": side("feature", "a"), "destination": side("main", "0")},
        })
        .to_string()
    };
    world.forge.insert("refs/heads/feature".to_owned(), sha("a"));
    let started = world.deliver("1", "pullrequest:created", &body(1));
    assert!(matches!(&started[..], [Disposition::Started { .. }]), "{started:?}");
    let runs = world.executions("p");
    let Trigger::WebhookV2(push) = &runs[0].doc.trigger else { panic!("a pull request") };
    assert_eq!(push.commit, sha("a"));
    let again = world.deliver("2", "pullrequest:updated", &body(2));
    assert!(matches!(&again[..], [Disposition::Duplicate(_)]), "only its text changed: {again:?}");
    let declined = world.deliver("3", "pullrequest:rejected", &body(3));
    let [Disposition::Filtered(Filter::Pipelines { held_back, .. })] = &declined[..] else {
        panic!("{declined:?}");
    };
    assert!(matches!(held_back[0].rule, HoldRule::DeclinedOnly { .. }), "{held_back:?}");
}
