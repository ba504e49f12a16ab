//! Pull requests that ended while nobody told of it, and looks that were overtaken.

use domain::Timestamp;
use domain::forge_event::{GitRef, PullRequestSides, RefTarget, RequestState};
use domain::reason::{Disposition, Duplicate};
use domain::revision::{Seen, Trigger};
use operations::reconcile::{Discovery, Found, Gone, Outcome};
use serde_json::json;

use crate::filters::{deliver, event, filtered, requests, sha};
use crate::world::World;

/// Pull request 7 as the forge shows it.
fn seven(head: &str, state: RequestState) -> Discovery {
    let sides = PullRequestSides {
        number: 7,
        head: sha(head),
        source: "feature".to_owned(),
        target: "main".to_owned(),
        source_repository: None,
        fork: false,
    };
    Discovery::Request { title: "Turn the wheel".to_owned(), sides, created: None, state }
}

fn started(outcome: &Outcome) -> usize {
    let Outcome::Started(pipelines) = outcome else { panic!("{outcome:?}") };
    pipelines.len()
}

/// The pull request is known to be open at `a`.
fn with_seven() -> World {
    let mut world = filtered(requests());
    let opened = deliver(&mut world, "1", &event("opened", None, "a", json!({})));
    assert!(matches!(opened, Disposition::Started { .. }), "{opened:?}");
    world
}

#[test]
fn an_end_that_nobody_told_of_starts_what_the_event_would_have_started_and_once() {
    for (state, head) in [(RequestState::Merged, "a"), (RequestState::Closed, "b")] {
        let mut world = with_seven();
        assert_eq!(started(&world.find(seven(head, state), None)), 1, "{state:?}");
        assert_eq!(started(&world.find(seven(head, state), None)), 0, "{state:?} again");
        let runs = world.executions("p");
        let Trigger::WebhookV2(push) = &runs[0].doc.trigger else { panic!("a pull request") };
        let request = push.pull_request.as_ref().expect("of a pull request");
        let told = (request.number, &*request.title, &*request.target, request.event.as_str());
        assert_eq!(told, (7, "Turn the wheel", "main", "CLOSED"));
        assert_eq!((&*push.git_ref.name, &push.commit), ("feature", &sha(head)));
        assert_eq!(push.seen, Seen::Reconciled);
        // The delivery comes at last.
        let merged = json!({"merged": state == RequestState::Merged});
        let late = deliver(&mut world, "late", &event("closed", None, head, merged));
        assert!(matches!(late, Disposition::Duplicate(Duplicate::SameHead { .. })), "{late:?}");
        // Opened again it is news.
        assert_eq!(started(&world.find(seven(head, RequestState::Open), None)), 1, "{state:?}");
        assert_eq!(world.executions("p").len(), 3);
    }
}

#[test]
fn one_that_the_forge_has_no_more_starts_nothing() {
    let mut world = with_seven();
    let (hook, number, asked) = (world.hook(), 7, world.at);
    world.take(&Gone { hook, number, asked }).expect("it is decided");
    assert_eq!(world.executions("p").len(), 1);
    let late = deliver(&mut world, "late", &event("closed", None, "a", json!({})));
    assert!(matches!(late, Disposition::Duplicate(_)), "{late:?}");
}

#[test]
fn what_was_told_after_somebody_went_to_look_is_newer_than_what_they_saw() {
    let mut world = with_seven();
    let asked = Timestamp(0);
    let hook = world.hook();
    world.take(&Gone { hook: hook.clone(), number: 7, asked }).expect("it is decided");
    let pushed = world.push("refs/heads/main", Some("b"));
    world.deliver("2", "push", &pushed);
    let main = GitRef::branch("main");
    let finds = [
        seven("a", RequestState::Closed),
        Discovery::Ref { git_ref: main, target: RefTarget::of(sha("a")) },
    ];
    for what in finds {
        let found = Found { hook: hook.clone(), what, asked, files: None, nonce: [0; 16] };
        assert_eq!(world.take(&found).expect("it is decided"), Outcome::Started(vec![]));
    }
    let closed = deliver(&mut world, "3", &event("closed", None, "a", json!({})));
    assert!(matches!(closed, Disposition::Started { .. }), "it was open: {closed:?}");
}
