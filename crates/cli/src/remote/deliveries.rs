//! `towpath deliveries`: webhook requests as received, and what became of each.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use wire::Service;
use wire::towpath::{GetDeliveryInput, Outcome, ReplayDeliveryInput};

use super::listing::{ListFlags, Listing};
use super::table::{fields, moment, printable, text};
use super::{Client, Folder, Output};
use crate::local;

/// Flags of `deliveries`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Deliveries, newest first
    List {
        /// Only those of this repository
        #[arg(long, value_name = "OWNER/NAME")]
        repository: Option<String>,
        /// Only those with a change that came to this: started, duplicate, filtered, stale, unusable
        #[arg(long, value_parser = outcome)]
        outcome: Option<Outcome>,
        #[command(flatten)]
        flags: ListFlags,
    },
    /// One delivery with all that is kept of it
    Show {
        /// dlv-…
        #[arg(value_name = "DELIVERY")]
        id: String,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
        /// Its body alone, as received
        #[arg(long, conflicts_with = "json")]
        body: bool,
    },
    /// Decide a delivery once more, as if the forge had sent it again
    Replay {
        /// dlv-…
        #[arg(value_name = "DELIVERY")]
        id: String,
        /// Start this pipeline with it, even where the push is no news
        #[arg(long, value_name = "NAME")]
        pipeline: Option<String>,
        /// Only say what would become of it
        #[arg(long)]
        dry_run: bool,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// What a payload is understood as, one JSON object a change; needs no server
    Normalise(local::DeliveryArgs),
    /// Whether a delivery's signature holds: exits 0 only then; needs no server
    Verify(local::VerifyArgs),
}

fn outcome(text: &str) -> Result<Outcome, serde_json::Error> {
    serde_json::from_value(Value::from(text))
}

/// Different words of one cell that are all shown.
const WORDS_MAX: usize = 3;

const DELIVERIES: Listing = Listing {
    service: Service::Towpath,
    operation: "ListDeliveries",
    member: "deliveries",
    columns: &[
        ("DELIVERY", |row| text(row, "deliveryId")),
        ("RECEIVED", |row| moment(row, "receivedAt")),
        ("EVENT", |row| text(row, "event")),
        ("REPOSITORY", |row| text(row, "repository")),
        ("REF", |row| of_dispositions(row, |one| text(one, "ref"))),
        ("OUTCOME", outcomes),
        ("WHY", |row| of_dispositions(row, why)),
    ],
    nothing: "no deliveries yet; a push to a repository that a pipeline watches brings one",
};

const SOME_DELIVERIES: Listing = Listing {
    nothing: "no delivery is one of these; without --repository and --outcome all are listed",
    ..DELIVERIES
};

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<ExitCode> {
    let open = || Client::open(&arguments.folder);
    match arguments.action {
        Action::Normalise(delivery) => return Ok(local::normalise(&delivery)),
        Action::Verify(flags) => return Ok(local::verify(&flags)),
        Action::List { repository, outcome, flags } => {
            let filters = [
                ("repository", repository.map(Value::from)),
                ("outcome", outcome.map(|outcome| json!(outcome))),
            ];
            let given = filters.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?)));
            let given: Map<_, _> = given.collect();
            let listing = if given.is_empty() { DELIVERIES } else { SOME_DELIVERIES };
            listing.show(&open()?, Value::Object(given), &flags, out).await?;
        }
        Action::Replay { id, pipeline, dry_run, json } => {
            let input = ReplayDeliveryInput {
                delivery_id: id.as_str().into(),
                pipeline_name: pipeline.map(|name| name.as_str().into()),
                dry_run: Some(dry_run),
            };
            let replayed: Value = open()?.call(Service::Towpath, "ReplayDelivery", &input).await?;
            if json { out.json(&replayed)? } else { show_replay(&replayed, out)? }
        }
        Action::Show { id, json, body } => {
            let include_body = Some(body || json);
            let input = GetDeliveryInput { delivery_id: id.as_str().into(), include_body };
            let found: Value = open()?.call(Service::Towpath, "GetDelivery", &input).await?;
            match (json, body) {
                (true, _) => out.json(&found)?,
                (_, true) => show_body(&found, out)?,
                _ => show(&found, out)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The bytes that were signed and nothing else: they can be verified again.
fn show_body(found: &Value, out: &mut Output<'_>) -> Result<()> {
    let body = match (found["body"].as_str(), found["bodyBase64"].as_str()) {
        (Some(body), _) => body.as_bytes().to_vec(),
        (None, Some(encoded)) => STANDARD.decode(encoded)?,
        (None, None) => Vec::new(),
    };
    if body.is_empty() {
        return Ok(out.say("its body is not kept any more")?);
    }
    out.answer.write_all(&body)?;
    Ok(())
}

fn show_replay(replayed: &Value, out: &mut Output<'_>) -> Result<()> {
    if let Tense::Supposed = tense(replayed) {
        out.say("nothing was changed; this is what would become of it:")?;
    }
    for disposition in rows(replayed, "dispositions") {
        show_disposition(disposition, tense(replayed), out)?;
    }
    for question in rows(replayed, "questions") {
        let what = printable(question.as_str().unwrap_or_default());
        out.line(&format!("the forge is asked first {what}"))?;
    }
    if replayed["replayId"].is_string() {
        let id = text(replayed, "replayId");
        out.say(&format!(
            "sent again as {id}; `towpath deliveries show {id}` says what came of it"
        ))?;
    }
    Ok(())
}

fn show(found: &Value, out: &mut Output<'_>) -> Result<()> {
    let delivery = &found["delivery"];
    fields(
        out.answer,
        &[
            ("delivery", text(delivery, "deliveryId")),
            ("received", moment(delivery, "receivedAt")),
            ("forge", text(delivery, "forge")),
            ("forge's id", text(delivery, "forgeDeliveryId")),
            ("hook", text(delivery, "hookId")),
            ("event", text(delivery, "event")),
            ("repository", text(delivery, "repository")),
            ("signature", text(found, "verdict")),
            ("body", format!("{} bytes; --body shows it", text(found, "bodyBytes"))),
        ],
    )?;
    let headers = found["headers"].as_object().into_iter().flatten();
    for (index, (name, value)) in headers.enumerate() {
        if index == 0 {
            out.line("")?;
        }
        let value = printable(value.as_str().unwrap_or_default());
        out.line(&format!("{}: {value}", printable(name)))?;
    }
    for disposition in dispositions(delivery) {
        out.line("")?;
        show_disposition(disposition, Tense::Done, out)?;
    }
    Ok(())
}

/// Whether it happened, or would if it came now.
#[derive(Clone, Copy)]
enum Tense {
    Done,
    Supposed,
}

fn tense(replayed: &Value) -> Tense {
    if replayed["dryRun"] == true { Tense::Supposed } else { Tense::Done }
}

fn show_disposition(disposition: &Value, tense: Tense, out: &mut Output<'_>) -> Result<()> {
    let reference =
        disposition["ref"].as_str().map_or(String::new(), |_| text(disposition, "ref") + " ");
    let after = disposition["after"]
        .as_str()
        .map_or(String::new(), |it| format!("at {} ", printable(it).get(..8).unwrap_or_default()));
    let head = format!("{reference}{after}{}", text(disposition, "outcome"));
    let (started, held) = (rows(disposition, "started"), rows(disposition, "heldBack"));
    if started.is_empty() && held.is_empty() {
        return Ok(out.line(&format!("{head}: {}", text(disposition, "sentence")))?);
    }
    // The sentence says of all pipelines at once what these lines say of each.
    out.line(&format!("{head}:"))?;
    for started in started {
        let (pipeline, id) = (text(started, "pipelineName"), text(started, "pipelineExecutionId"));
        match tense {
            Tense::Done => out.line(&format!("  {pipeline}: started {id}"))?,
            Tense::Supposed => out.line(&format!("  {pipeline}: would start"))?,
        }
    }
    for held in held {
        let (pipeline, sentence) = (text(held, "pipelineName"), text(held, "sentence"));
        out.line(&format!("  {pipeline}: not started: {sentence}"))?;
    }
    Ok(())
}

fn dispositions(delivery: &Value) -> impl Iterator<Item = &Value> {
    delivery["dispositions"].as_array().into_iter().flatten()
}

fn rows<'a>(disposition: &'a Value, member: &str) -> &'a [Value] {
    disposition[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What is said of each change, once where some say the same; of many the first and their number.
fn of_dispositions(delivery: &Value, say: fn(&Value) -> String) -> String {
    let mut seen = BTreeSet::new();
    let said: Vec<String> =
        dispositions(delivery).map(say).filter(|it| seen.insert(it.clone())).collect();
    match said.as_slice() {
        [] => "-".to_owned(),
        [first, more @ ..] if more.len() >= WORDS_MAX => format!("{first} and {} more", more.len()),
        few => few.join(", "),
    }
}

/// What a change started, or the code of what held it back; of what cannot be used, all that is known.
fn why(disposition: &Value) -> String {
    let started = disposition["started"].as_array().into_iter().flatten();
    let started: Vec<String> = started.map(|one| text(one, "pipelineName")).collect();
    match disposition["outcome"].as_str() {
        _ if !started.is_empty() => started.join(", "),
        Some("unusable") => text(disposition, "sentence"),
        _ => text(disposition, "code"),
    }
}

fn outcomes(delivery: &Value) -> String {
    match (of_dispositions(delivery, |one| text(one, "outcome")), &delivery["settled"]) {
        (said, Value::Bool(true)) => said,
        (said, _) if said == "-" => "being read".to_owned(),
        (said, _) => format!("{said}, …"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_delivery_is_one_cell() {
        fn check(outcomes_of: &[&str], settled: bool, expect: &str) {
            let dispositions: Vec<Value> =
                outcomes_of.iter().map(|outcome| json!({ "outcome": outcome })).collect();
            let row = json!({ "settled": settled, "dispositions": dispositions });
            assert_eq!(outcomes(&row), expect);
        }
        check(&[], false, "being read");
        check(&["started"], true, "started");
        check(&["started", "started"], true, "started");
        check(&["started", "filtered"], true, "started, filtered");
        check(&["started"], false, "started, …");
    }

    #[test]
    fn a_push_of_many_refs_is_one_short_cell() {
        fn check(count: usize, expect: &str) {
            let dispositions: Vec<Value> =
                (0..count).map(|at| json!({ "ref": format!("refs/heads/m{at}") })).collect();
            let row = json!({ "dispositions": dispositions });
            assert_eq!(of_dispositions(&row, |one| text(one, "ref")), expect);
        }
        check(0, "-");
        check(1, "refs/heads/m0");
        check(3, "refs/heads/m0, refs/heads/m1, refs/heads/m2");
        check(1000, "refs/heads/m0 and 999 more");
    }

    #[test]
    fn why_names_the_pipelines_or_the_rule() {
        let started = json!({ "outcome": "started", "code": "started", "started": [
            { "pipelineName": "first" }, { "pipelineName": "second" },
        ] });
        assert_eq!(why(&started), "first, second");
        assert_eq!(why(&json!({ "outcome": "stale", "code": "stale" })), "stale");
        let sentence = "/ref: \"-evil\" begins with '-'";
        let unusable = json!({ "outcome": "unusable", "code": "unusable", "sentence": sentence });
        assert_eq!(why(&unusable), sentence);
    }

    #[test]
    fn each_change_says_what_it_started_and_what_held_the_others_back() {
        let disposition = json!({
            "ref": "refs/heads/main", "after": "0123abcdef", "outcome": "started",
            "sentence": "it started one",
            "started": [{ "pipelineName": "first", "pipelineExecutionId": "e1" }],
            "heldBack": [{ "pipelineName": "second", "sentence": "the branch does not match" }],
        });
        for (tense, first) in [(Tense::Done, "started e1"), (Tense::Supposed, "would start")] {
            let (mut answer, mut words) = (Vec::new(), Vec::new());
            let mut out = Output { answer: &mut answer, words: &mut words };
            show_disposition(&disposition, tense, &mut out).expect("shown");
            assert_eq!(
                String::from_utf8(answer).expect("text"),
                format!(
                    "refs/heads/main at 0123abcd started:\n  first: {first}\n  \
                     second: not started: the branch does not match\n"
                )
            );
        }
    }
}
