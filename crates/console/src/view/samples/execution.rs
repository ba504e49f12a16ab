//! One execution, with its timeline and a log.

use super::*;

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
