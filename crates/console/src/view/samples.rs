//! One filled-in value of each page: what the tests render, and what a person looks at
//! (`TOWPATH_GALLERY=<folder> cargo test -p console gallery`).

use super::connections::{Connection, ConnectionTest, Connections, RightLine, Rights};
use super::deliveries::{
    Body, Deliveries, Delivery, DeliveryLine, Disposition, Replayed, ReplayedChange, Verdict,
};
use super::entry::{Handoff, Problem, SignIn};
use super::execution::{Artifact, Execution};
use super::frame::{Frame, Place, Section};
use super::log::{Line, Log, OtherLog, Writer};
use super::picture::{Action, Approval, Event, Gate, Order, Passenger, Revision, Stage, Waiting};
use super::pipelines::{Dot, ExecutionLine, Executions, Pipeline, PipelineLine, Pipelines};
use super::syncs::{Link, Sync, Syncs};
use super::words::{Phrase, Status, Tone, Why};
use crate::href::Href;
use crate::moment::{Moment, Span};
use domain::Timestamp;

const BEGIN: i64 = 1_795_395_600_123;

/// A frame as a signed-in person sees it.
pub fn frame(section: Section) -> Frame {
    let place = Place { account: "000000000000".into(), region: "us-east-1".into() };
    let events = Href::inside(&["events"]).with("page", "/console/");
    Frame { section, place: Some(place), form_token: "form-token".into(), events: Some(events) }
}

fn at(millis: i64) -> Moment {
    Moment(Timestamp(BEGIN + millis))
}

fn outside(text: &str) -> Option<Href> {
    Href::outside(text)
}

fn why(code: &str, sentence: &str, next: &str) -> Why {
    let words = |text: &str| match text {
        "" => Vec::new(),
        _ => text.split('`').enumerate().map(phrase).collect(),
    };
    Why { code: code.into(), sentence: words(sentence), next: words(next) }
}

/// Every second piece between back-ticks is code.
fn phrase((index, text): (usize, &str)) -> Phrase {
    if index % 2 == 1 { Phrase::code(text) } else { Phrase::plain(text) }
}

fn revision(id: &str, summary: &str, author: &str) -> Revision {
    Revision {
        action: "Fetch".into(),
        id: id.into(),
        summary: summary.into(),
        author: Some(author.into()),
        reference: Some("main".into()),
        repository: Some("canal/storefront".into()),
        href: outside(&format!("https://git.example/canal/storefront/commit/{id}")),
    }
}

fn retry() -> Revision {
    revision(
        "3d1f0a27c95e4b8d6f21a0c4e87b5d93f6a2c1e0",
        "Retry the payment call when the gateway answers 503",
        "Ada Byron",
    )
}

fn basket() -> Revision {
    revision(
        "a84c2e9107bd3f5566e0c1d29f7ab8341cde7702",
        "Keep the basket when a session ends",
        "Grace Brewster",
    )
}

fn passenger(id: &str, revision: Option<Revision>) -> Passenger {
    Passenger {
        id: id.into(),
        href: Href::inside(&["pipelines", "storefront", "executions", id]),
        revision,
    }
}

const FIRST: &str = "9c41d7e2-5b0f-4a83-8f16-2b7de0a4c951";
const SECOND: &str = "17e0b3aa-c4d2-4f6e-9b58-60f3a1d87c24";

fn status(tone: Tone, code: &str) -> Status {
    Status::new(tone, code)
}

fn action(name: &str, category: &str, provider: &str, status: Status) -> Action {
    let (name, category, provider) = (name.into(), category.into(), provider.into());
    Action { name, category, provider, status, ..Action::default() }
}

fn done(name: &str, category: &str, provider: &str, start: i64, took: i64) -> Action {
    let (started, took) = (Some(at(start)), Some(Span(took)));
    let base = action(name, category, provider, status(Tone::Succeeded, "Succeeded"));
    Action { attempt: 1, started, took, ..base }
}

fn order(run_order: u32, actions: Vec<Action>) -> Order {
    Order { run_order, actions }
}

/// Source and build are done, an approval waits, the way to the last stage is closed.
pub fn stages() -> Vec<Stage> {
    let log = Some(
        Href::inside(&["pipelines", "storefront", "executions", FIRST]).with("log", "Build/Test/2"),
    );
    let flaky = Action {
        attempt: 2,
        why: Some(why(
            "AttemptLost",
            "Attempt 1 was lost when process `srv-2f` ended; attempt 2 followed.",
            "",
        )),
        log: log.clone(),
        ..done("Test", "Compute", "Commands", 1_400, 21_800)
    };
    let fetch = Action {
        summary: Some("3d1f0a27 on main".into()),
        elsewhere: outside("https://git.example/canal/storefront"),
        ..done("Fetch", "Source", "CodeStarSourceConnection", 12, 88)
    };
    let lint = Action { log: log.clone(), ..done("Lint", "Compute", "Commands", 1_400, 3_200) };
    let compile = Action { log, ..done("Compile", "Compute", "Commands", 140, 1_212) };
    let asked = Action {
        attempt: 1,
        started: Some(at(24_000)),
        why: Some(why("ApprovalAwaited", "Waits for an answer from a person.", "")),
        approval: None,
        ..action(
            "Release",
            "Approval",
            "Manual",
            Status {
                tone: Tone::Waiting,
                code: "InProgress".into(),
                word: "Waiting for approval".into(),
            },
        )
    };
    let upload = action("Upload", "Deploy", "S3", status(Tone::Idle, "NotStarted"));
    let here = Some(passenger(FIRST, Some(retry())));
    let open = Some(Gate { open: true, ..Gate::default() });
    let closed = Gate {
        open: false,
        reason: Some("Freeze until the stock count is over".into()),
        by: Some("root".into()),
        at: Some(at(-86_400_000)),
    };
    vec![
        Stage {
            name: "Source".into(),
            status: status(Tone::Succeeded, "Succeeded"),
            occupant: here.clone(),
            orders: vec![order(1, vec![fetch])],
            ..Stage::default()
        },
        Stage {
            name: "Build".into(),
            status: status(Tone::Succeeded, "Succeeded"),
            gate: open.clone(),
            occupant: here.clone(),
            orders: vec![order(1, vec![compile]), order(2, vec![flaky, lint])],
            ..Stage::default()
        },
        Stage {
            name: "Approval".into(),
            status: status(Tone::Waiting, "InProgress"),
            gate: open,
            occupant: here,
            at_the_door: Some(Waiting {
                who: passenger(SECOND, Some(basket())),
                why: why("StageOccupied", "`9c41d7e2` is in the stage.", ""),
            }),
            orders: vec![order(1, vec![asked])],
        },
        Stage {
            name: "Deploy".into(),
            status: status(Tone::Idle, "NotStarted"),
            gate: Some(closed),
            orders: vec![order(1, vec![upload])],
            ..Stage::default()
        },
    ]
}

fn approval() -> Approval {
    Approval {
        key: "approval-1".into(),
        submit: Href::inside(&["pipelines", "storefront", "executions", FIRST, "approval"]),
        stage: "Approval".into(),
        action: "Release".into(),
        token: "0f6c3f7a-token".into(),
        revision: Some(retry()),
        asks: Some("Has the payment team seen the new retry limits?".into()),
        review: outside("https://review.example/storefront/412"),
        until: Some(at(7 * 86_400_000)),
    }
}

fn execution_lines() -> Vec<ExecutionLine> {
    let pushed = |who: &str| Some(why("Push", &format!("Push to `main` by {who}"), ""));
    let line = |id: &str, carries: Revision, status: Status, start: i64, took: Option<i64>| {
        ExecutionLine {
            trigger: pushed(carries.author.as_deref().unwrap_or("somebody")),
            who: passenger(id, Some(carries)),
            status,
            started: at(start),
            took: took.map(Span),
        }
    };
    vec![
        line(SECOND, basket(), status(Tone::Running, "InProgress"), 30_000, None),
        line(FIRST, retry(), status(Tone::Running, "InProgress"), 0, None),
        line(
            "5d0a77c1-2e31-4d9c-b1d4-f7e0c3a69b12",
            revision(
                "77be01f3d25c6a98e4b0d1c2f3a4958671fe0dcb",
                "Measure how long a checkout takes",
                "Ada Byron",
            ),
            status(Tone::Failed, "Failed"),
            -3_600_000,
            Some(14_212),
        ),
        line(
            "b2c84e19-7f60-4c3a-8e27-93d5a1f0e6b8",
            revision(
                "c0ffee42b17d3a5e9f8c6d4b2a1e0f3958d7c6b5",
                "Say in the log which warehouse answered",
                "Katherine Coleman",
            ),
            status(Tone::Stopped, "Superseded"),
            -3_720_000,
            Some(96_000),
        ),
        line(
            "e61f2d08-91ab-4b77-a0c3-4d8e5f6a7b90",
            revision(
                "1ab29f00e4d5c6b7a8990f1e2d3c4b5a69788796",
                "Tidy the price table",
                "Grace Brewster",
            ),
            status(Tone::Succeeded, "Succeeded"),
            -90_000_000,
            Some(412_700),
        ),
    ]
}

/// The list of pipelines.
pub fn pipelines() -> Pipelines {
    let dots = |tones: &[(&str, Tone, &str)]| {
        tones
            .iter()
            .map(|(name, tone, word)| Dot {
                name: (*name).into(),
                tone: *tone,
                word: (*word).into(),
            })
            .collect()
    };
    let href = |name: &str| Href::inside(&["pipelines", name]);
    let storefront = PipelineLine {
        name: "storefront".into(),
        href: href("storefront"),
        status: status(Tone::Running, "InProgress"),
        stages: dots(&[
            ("Source", Tone::Succeeded, "Succeeded"),
            ("Build", Tone::Succeeded, "Succeeded"),
            ("Approval", Tone::Waiting, "Waiting for approval"),
            ("Deploy", Tone::Idle, "Not started"),
        ]),
        latest: Some(passenger(FIRST, Some(retry()))),
        started: Some(at(0)),
        took: None,
    };
    let stock = PipelineLine {
        name: "stock-service".into(),
        href: href("stock-service"),
        status: status(Tone::Failed, "Failed"),
        stages: dots(&[
            ("Source", Tone::Succeeded, "Succeeded"),
            ("Build", Tone::Failed, "Failed"),
            ("Deploy", Tone::Idle, "Not started"),
        ]),
        latest: Some(passenger(SECOND, Some(basket()))),
        started: Some(at(-7_200_000)),
        took: Some(Span(14_212)),
    };
    let prices = PipelineLine {
        name: "prices".into(),
        href: href("prices"),
        status: status(Tone::Succeeded, "Succeeded"),
        stages: dots(&[
            ("Source", Tone::Succeeded, "Succeeded"),
            ("Test", Tone::Succeeded, "Succeeded"),
            ("Staging", Tone::Succeeded, "Succeeded"),
            ("Production", Tone::Succeeded, "Succeeded"),
        ]),
        latest: Some(passenger(
            "e61f2d08-91ab-4b77-a0c3-4d8e5f6a7b90",
            Some(revision(
                "1ab29f00e4d5c6b7a8990f1e2d3c4b5a69788796",
                "Tidy the price table",
                "Grace Brewster",
            )),
        )),
        started: Some(at(-90_000_000)),
        took: Some(Span(412_700)),
    };
    let fresh = PipelineLine {
        name: "almanac".into(),
        href: href("almanac"),
        status: status(Tone::Idle, "NotStarted"),
        stages: dots(&[
            ("Source", Tone::Idle, "Not started"),
            ("Publish", Tone::Idle, "Not started"),
        ]),
        latest: None,
        started: None,
        took: None,
    };
    Pipelines {
        more: None,
        frame: frame(Section::Pipelines),
        pipelines: vec![fresh, prices, stock, storefront],
    }
}

/// One pipeline.
pub fn pipeline() -> Pipeline {
    Pipeline {
        frame: frame(Section::Pipelines),
        name: "storefront".into(),
        version: 7,
        kind: "V2".into(),
        mode: "SUPERSEDED".into(),
        stages: stages(),
        approvals: vec![approval()],
        executions: execution_lines(),
        all: Href::inside(&["pipelines", "storefront", "executions"]),
    }
}

/// A list of executions.
pub fn executions() -> Executions {
    let href = Href::inside(&["pipelines", "storefront"]);
    Executions {
        frame: frame(Section::Pipelines),
        pipeline: "storefront".into(),
        older: Some(href.clone().with("after", "x")),
        href,
        executions: execution_lines(),
    }
}

fn event(after: i64, tone: Tone, fact: &str, what: &str, reason: Option<Why>) -> Event {
    Event {
        id: u64::try_from(after).unwrap() + 1,
        because: (after > 0).then_some(1),
        at: at(after),
        after: Span(after),
        tone,
        fact: fact.into(),
        what: why("", what, "").sentence,
        why: reason,
    }
}

fn log() -> Log {
    let text = [
        (Writer::Runner, "$ make test"),
        (Writer::Output, "\u{1b}[1mrunning 48 tests\u{1b}[0m"),
        (Writer::Output, "test basket::keeps_its_items … \u{1b}[32mok\u{1b}[0m"),
        (Writer::Output, "test payment::retries_on_503 … \u{1b}[32mok\u{1b}[0m"),
        (
            Writer::Error,
            "\u{1b}[33mwarning\u{1b}[0m: `GATEWAY_URL` is unset, the recorded answers are used",
        ),
        (Writer::Output, "test payment::gives_up_after_three … \u{1b}[32mok\u{1b}[0m"),
        (Writer::Output, "downloading fixtures 10%\rdownloading fixtures 100%"),
        (
            Writer::Output,
            "test stock::a_very_long_name_that_goes_on_and_on_so_that_it_has_to_wrap_somewhere_on_a_narrow_screen … \u{1b}[31mFAILED\u{1b}[0m",
        ),
        (
            Writer::Output,
            "test stock::a_very_long_name_that_goes_on_and_on_so_that_it_has_to_wrap_somewhere_on_a_narrow_screen (second try) … \u{1b}[32mok\u{1b}[0m",
        ),
        (Writer::Output, "\u{1b}[1;32m48 passed\u{1b}[0m, \u{1b}[90m0 ignored\u{1b}[0m"),
        (Writer::Runner, "exit code 0 after 21.8 s"),
    ];
    let line = |(index, (writer, text)): (usize, &(Writer, &str))| {
        Line::new(113 + index as u64, Some(at(1_400 + index as i64 * 37)), *writer, text)
    };
    let href = Href::inside(&["pipelines", "storefront", "executions", FIRST]);
    let other = |name: &str, open: bool| OtherLog {
        name: name.into(),
        href: href.clone().with("log", name),
        open,
    };
    Log {
        attempt_id: "5f3a".into(),
        stage: "Build".into(),
        action: "Test".into(),
        attempt: 2,
        live: true,
        others: vec![
            other("Build / Compile", false),
            other("Build / Test #1", false),
            other("Build / Test #2", true),
            other("Build / Lint", false),
        ],
        lines: text.iter().enumerate().map(line).collect(),
        skipped: 112,
        whole: href.with("whole", "1"),
    }
}

/// One execution, which waits for an approval.
pub fn execution() -> Execution {
    let timeline = vec![
        event(
            0,
            Tone::Running,
            "ExecutionStarted",
            "Execution started on version 7",
            Some(why(
                "PushMatched",
                "A push moved `main` from `77be01f3` to `3d1f0a27`; trigger 1 takes branches `main`, `release/**`.",
                "",
            )),
        ),
        event(12, Tone::Running, "ActionStarted", "`Fetch` started", None),
        event(100, Tone::Succeeded, "ActionSucceeded", "`Fetch` succeeded with `3d1f0a27`", None),
        event(101, Tone::Succeeded, "StageSucceeded", "Stage `Source` succeeded", None),
        event(140, Tone::Running, "StageEntered", "Entered stage `Build`", None),
        event(1_352, Tone::Succeeded, "ActionSucceeded", "`Compile` succeeded", None),
        event(1_400, Tone::Running, "ActionStarted", "`Test` and `Lint` started", None),
        event(
            6_020,
            Tone::Failed,
            "AttemptLost",
            "Attempt 1 of `Test` was lost",
            Some(why(
                "AttemptLost",
                "Process `srv-2f` ended while the command ran.",
                "Attempt 2 started by itself.",
            )),
        ),
        event(23_200, Tone::Succeeded, "ActionSucceeded", "`Test` succeeded at attempt 2", None),
        event(
            24_000,
            Tone::Waiting,
            "ApprovalAsked",
            "`Release` asks for an approval",
            Some(why(
                "ApprovalAwaited",
                "The pipeline asks a person before `Deploy`.",
                "Approve or reject it above, or with `aws codepipeline put-approval-result`.",
            )),
        ),
    ];
    let artifact = |name: &str, made_by: &str, size: u64, href: bool| Artifact {
        name: name.into(),
        made_by: made_by.into(),
        size,
        digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        href: href.then(|| {
            Href::inside(&["pipelines", "storefront", "executions", FIRST, "artifacts", name])
        }),
    };
    Execution {
        frame: frame(Section::Pipelines),
        pipeline: "storefront".into(),
        pipeline_href: Href::inside(&["pipelines", "storefront"]),
        id: FIRST.into(),
        status: Status {
            tone: Tone::Waiting,
            code: "InProgress".into(),
            word: "Waiting for approval".into(),
        },
        why: None,
        trigger: Some(why(
            "Push",
            "Started by a push to `main` by Ada Byron, delivery `dlv-0192`.",
            "",
        )),
        version: 7,
        started: at(0),
        ended: None,
        took: None,
        revisions: vec![retry()],
        stages: stages(),
        approvals: vec![approval()],
        timeline,
        artifacts: vec![
            artifact("SourceOutput", "Source / Fetch", 1_048_576, true),
            artifact("Package", "Build / Compile", 48_213, true),
            artifact("Report", "Build / Test", 512, false),
        ],
        log: Some(log()),
    }
}

/// Connections in their four states.
pub fn connections() -> Connections {
    let arn = |n: u32| {
        format!(
            "arn:aws:codeconnections:us-east-1:000000000000:connection/6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e{n}"
        )
    };
    let finish = Some(Href::inside(&["connections", "finish"]));
    let one = |n: u32, name: &str, provider: &str, tone: Tone, code: &str| Connection {
        name: name.into(),
        arn: arn(n),
        provider: provider.into(),
        host: None,
        status: status(tone, code),
        missing: None,
        throttled: None,
        hooks: Vec::new(),
        finish: None,
        test: None,
    };
    let pending = Connection {
        host: Some("https://git.example".into()),
        finish,
        missing: Some(why(
            "HandshakeUnfinished",
            "Nobody has allowed it at `git.example` yet.",
            "Finish connecting: you go to the forge, allow it, and come back here.",
        )),
        status: Status { tone: Tone::Waiting, code: "PENDING".into(), word: "Pending".into() },
        ..one(1, "canal-forge", "GitHub Enterprise Server", Tone::Waiting, "PENDING")
    };
    let unregistered = Connection {
        missing: Some(why(
            "ClientMissing",
            "No OAuth client is registered for `gitlab.com` in this account.",
            "Register one: `towpath forges register --kind gitlab`.",
        )),
        status: Status { tone: Tone::Waiting, code: "PENDING".into(), word: "Pending".into() },
        ..one(2, "group-mirror", "GitLab", Tone::Waiting, "PENDING")
    };
    let works = Connection {
        status: Status {
            tone: Tone::Succeeded,
            code: "AVAILABLE".into(),
            word: "Available".into(),
        },
        test: Some(Href::inside(&["connections", "test"]).with("connection", &arn(3))),
        hooks: vec![why(
            "hook-refused",
            "There is no webhook that tells of pushes to `barge/engine`: ada may not administer it.",
            "An administrator of the repository must let ada add webhooks.",
        )],
        ..one(3, "open-source", "GitHub", Tone::Succeeded, "AVAILABLE")
    };
    let broken = Connection {
        missing: Some(why(
            "ReauthorisationNeeded",
            "The forge refused the refresh token: `invalid_grant`.",
            "Finish connecting again.",
        )),
        finish: Some(Href::inside(&["connections", "finish"])),
        status: Status { tone: Tone::Failed, code: "ERROR".into(), word: "Error".into() },
        ..one(4, "warehouse", "Bitbucket", Tone::Failed, "ERROR")
    };
    Connections {
        frame: frame(Section::Connections),
        connections: vec![pending, unregistered, works, broken],
        outcome: None,
    }
}

/// A link with what works and what does not, and one with nothing.
pub fn syncs() -> Syncs {
    let never = Sync {
        kind: "CODEPIPELINE_SYNC".into(),
        resource: "storefront".into(),
        file: "pipelines/storefront.json".into(),
        branch: "main".into(),
        status: status(Tone::Idle, "NEVER"),
        commit: None,
        at: None,
        events: Vec::new(),
        blockers: Vec::new(),
    };
    let works = Sync {
        resource: "locks".into(),
        status: status(Tone::Succeeded, "SUCCEEDED"),
        commit: Some("4fd2c1a8".into()),
        at: Some(at(0)),
        events: vec!["the pipeline is as the file says".into()],
        ..never.clone()
    };
    let blocked = Sync {
        resource: "warehouse".into(),
        status: status(Tone::Failed, "FAILED"),
        blockers: vec![why("sync-blocked", "The file is no pipeline: line 3, column 7.", "")],
        ..works.clone()
    };
    let link = |repository: &str, syncs: Vec<Sync>| Link {
        id: "0f6c1c5e-6a0e-4b52-a8ad-1f2d3c4b5a69".into(),
        repository: repository.into(),
        connection: "canal-forge".into(),
        syncs,
    };
    Syncs {
        frame: frame(Section::Connections),
        links: vec![
            link("canal/storefront", vec![works, blocked, never]),
            link("canal/quiet", Vec::new()),
        ],
    }
}

/// A connection that may read and do nothing else.
pub fn connection_test() -> ConnectionTest {
    let line = |what: &str, tone, code: &str, word: &str, why: Option<&str>| RightLine {
        what: what.into(),
        status: Status { tone, code: code.into(), word: word.into() },
        why: why.map(str::to_owned),
    };
    let why = "its user must be an administrator of canal/storefront to register webhooks";
    ConnectionTest {
        frame: frame(Section::Connections),
        connection: connections().connections[2].arn.clone(),
        repository: "canal/storefront".into(),
        answer: Some(Rights {
            login: Some("practice".into()),
            rights: vec![
                line("Read, by git too", Tone::Succeeded, "given", "Yes", None),
                line("Webhooks", Tone::Failed, "refused", "No", Some(why)),
                line("Commit statuses", Tone::Idle, "unsaid", "The forge does not say", None),
            ],
            missing_scopes: vec!["admin:repo_hook".into()],
        }),
    }
}

/// What a dry run says.
pub fn replayed() -> Replayed {
    let change = ReplayedChange {
        outcome: "filtered".into(),
        change: "refs/heads/main".into(),
        sentence: "It starts nothing.".into(),
        held_back: vec!["storefront: its filter push[0] has no such branch".into()],
    };
    Replayed {
        frame: frame(Section::Deliveries),
        delivery: Href::inside(&["deliveries", "dlv-1"]),
        dry_run: true,
        changes: vec![change],
        questions: vec!["where refs/heads/dev is now".into()],
    }
}

fn delivery_line(
    id: &str,
    event: &str,
    status: Status,
    dispositions: Vec<Disposition>,
) -> DeliveryLine {
    DeliveryLine {
        id: id.into(),
        href: Href::inside(&["deliveries", id]),
        at: at(-40),
        forge: "GitHub Enterprise Server".into(),
        event: event.into(),
        repository: Some("canal/storefront".into()),
        status,
        dispositions,
    }
}

fn disposition(change: &str, status: Status, reason: Why, started: Vec<Passenger>) -> Disposition {
    Disposition { change: change.into(), status, why: reason, started }
}

/// A list of deliveries, one of each disposition.
pub fn deliveries() -> Deliveries {
    let started = disposition(
        "refs/heads/main",
        status(Tone::Succeeded, "Started"),
        why(
            "Started",
            "`storefront` started; `prices` did not: its trigger takes only paths `prices/**`.",
            "",
        ),
        vec![passenger(FIRST, None)],
    );
    let filtered = disposition(
        "refs/heads/try-it",
        status(Tone::Idle, "Filtered"),
        why(
            "BranchExcluded",
            "`storefront` takes branches `main`, `release/**`; this is `try-it`.",
            "Add the branch to the pipeline's trigger if it should start.",
        ),
        vec![],
    );
    let duplicate = disposition(
        "refs/heads/main",
        status(Tone::Idle, "Duplicate"),
        why("HeadKnown", "`main` was already at `3d1f0a27`.", ""),
        vec![],
    );
    let unusable = disposition(
        "",
        status(Tone::Failed, "Unusable"),
        why(
            "NotJson",
            "The body is not JSON: line 1, column 2: expected a value.",
            "Set the hook's content type to `application/json`.",
        ),
        vec![],
    );
    let lines = vec![
        delivery_line("dlv-0193f2c1", "push", status(Tone::Succeeded, "Started"), vec![started]),
        delivery_line("dlv-0193f2c0", "push", status(Tone::Idle, "Filtered"), vec![filtered]),
        delivery_line("dlv-0193f2bf", "push", status(Tone::Idle, "Duplicate"), vec![duplicate]),
        delivery_line("dlv-0193f2be", "ping", status(Tone::Failed, "Unusable"), vec![unusable]),
    ];
    Deliveries {
        frame: frame(Section::Deliveries),
        deliveries: lines,
        older: Some(Href::inside(&["deliveries"]).with("before", "dlv-0193f2be")),
    }
}

/// One delivery.
pub fn delivery() -> Delivery {
    let line = deliveries().deliveries.remove(0);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let text = "{\n  \"ref\": \"refs/heads/main\",\n  \"before\": \"77be01f3d25c6a98e4b0d1c2f3a4958671fe0dcb\",\n  \"after\": \"3d1f0a27c95e4b8d6f21a0c4e87b5d93f6a2c1e0\",\n  \"repository\": { \"full_name\": \"canal/storefront\" }\n}";
    Delivery {
        frame: frame(Section::Deliveries),
        line,
        replay: Href::inside(&["deliveries", "dlv-1", "replay"]),
        forge_id: Some("72d3162e-cc78-11e3-81ab-4c9367dc0958".into()),
        signature: Verdict {
            status: status(Tone::Succeeded, "Verified"),
            how: "HMAC-SHA256 over the raw bytes with the hook's secret".into(),
        },
        headers: vec![
            header("content-type", "application/json"),
            header("user-agent", "GitHub-Hookshot/044aadd"),
            header("x-github-event", "push"),
            header(
                "x-hub-signature-256",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
        ],
        body: Some(Body { size: 8_192, text: text.into(), cut: true }),
    }
}

/// The page behind a sign-in link.
pub fn sign_in() -> SignIn {
    SignIn { frame: Frame::default(), link: Some("one-time".into()), problem: None }
}

/// The same without a link, after a try that failed.
pub fn no_link() -> SignIn {
    SignIn {
        frame: Frame::default(),
        link: None,
        problem: Some(
            "This link was used already, or it is older than ten minutes. Make a new one.".into(),
        ),
    }
}

/// On the way to a forge.
pub fn handoff() -> Handoff {
    let authorise =
        Href::outside("https://git.example/login/oauth/authorize?client_id=a&state=b").unwrap();
    Handoff {
        frame: Frame::default(),
        connection: "canal-forge".into(),
        host: "git.example".into(),
        authorise,
    }
}

/// A refusal.
pub fn problem() -> Problem {
    Problem {
        frame: frame(Section::None),
        status: 404,
        title: "Not found".into(),
        message: "There is no pipeline called “storefrnt” in account 000000000000.".into(),
        request: Some("4e0c9f1b-5f0e-4b54-8c3e-3a5b2f7d6c10".into()),
        back: Some(Href::inside(&[""])),
    }
}
