//! The list of pipelines, one of them, and executions of it.

use super::*;

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
