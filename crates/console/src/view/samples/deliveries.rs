//! Deliveries, one of each disposition, and what a dry run says.

use super::*;

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
