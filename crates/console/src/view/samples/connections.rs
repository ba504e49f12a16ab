//! Connections in their four states, what one may do, and what is kept in step through them.

use super::*;

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
        statuses: Vec::new(),
        asked: None,
        login: None,
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
        login: Some("ada".into()),
        finish: Some(Href::inside(&["connections", "finish"])),
        statuses: Vec::new(),
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
