//! Words for what became of a change.

use super::rule::hold;
use super::span::spans;
use super::{Said, Span};
use crate::forge_event::Subject;
use crate::reason::{Disposition, Duplicate, Filter, HeldBack, StartedPipeline};

pub(super) fn say(disposition: &Disposition) -> Said {
    match disposition {
        Disposition::Started { subject, pipelines, held_back, .. } => {
            started(subject, pipelines, held_back)
        }
        Disposition::Synced { subject, resources, held_back, .. } => {
            let resources = resources.join(", ");
            let sentence = spans![
                "The push of ",
                subject,
                " is applied to ",
                &resources,
                ", as sync configurations say."
            ];
            with_rules(Said::of("synced", sentence), held_back)
        }
        Disposition::Duplicate(Duplicate::SameDelivery { first }) => Said::of(
            "duplicate-delivery",
            spans!["The same bytes came before, as ", first, "; they change nothing."],
        ),
        // Of a pull request whose source is gone the forge may name no commit.
        Disposition::Duplicate(Duplicate::SameHead { subject, commit })
            if commit.as_str().is_empty() =>
        {
            let sentence = spans!["It was known that ", subject, " ended; it changes nothing."];
            Said::of("duplicate-head", sentence)
        }
        Disposition::Duplicate(Duplicate::SameHead { subject, commit }) => Said::of(
            "duplicate-head",
            spans!["It was known that ", subject, " is at ", commit, "; it changes nothing."],
        ),
        Disposition::Filtered(filter) => filtered(filter),
        Disposition::Stale { subject, commit, head: Some(head) } => Said::of(
            "stale",
            spans![
                "By the time it was looked at, ",
                subject,
                " was no longer at ",
                commit,
                " but at ",
                head,
                "."
            ],
        ),
        Disposition::Stale { subject, commit, head: None } => Said::of(
            "stale",
            spans!["By the time it was looked at, ", subject, " (once at ", commit, ") was gone."],
        ),
        Disposition::Unusable { at, problem } => {
            Said::of("unusable", spans!["At ", at, ": ", problem, "."])
        }
    }
}

fn started(subject: &Subject, pipelines: &[StartedPipeline], held_back: &[HeldBack]) -> Said {
    let mut sentence = lead(subject, " started ");
    for (at, it) in pipelines.iter().enumerate() {
        let comma = if at == 0 { "pipeline " } else { ", pipeline " };
        sentence.extend(spans![comma, &it.pipeline, " (execution ", &it.execution, ")"]);
    }
    sentence.push(Span::from("."));
    with_rules(Said::of("started", sentence), held_back)
}

fn filtered(filter: &Filter) -> Said {
    match filter {
        Filter::NobodyWatches { repository, .. } => Said::of(
            "nobody-watches",
            spans!["No pipeline has a source action on ", repository, " by this connection."],
        )
        .then(spans![
            "Check ConnectionArn and FullRepositoryId (case counts) of the source action."
        ]),
        Filter::KindStartsNothing { kind } => {
            Said::of("kind-starts-nothing", spans!["An event of kind ", kind, " starts nothing."])
        }
        Filter::Ignored(why) => {
            Said::of("event-ignored", spans!["It starts nothing: ", &why.to_string(), "."])
        }
        Filter::WebhookRule { webhook, json_path, wanted, found } => {
            let mut sentence = spans!["Webhook ", webhook, " wants ", json_path];
            match wanted {
                Some(wanted) => sentence.extend(spans![" to be ", wanted]),
                None => sentence.push(Span::from(" to be there")),
            }
            match found {
                Some(found) => sentence.extend(spans![", and it is ", found, "."]),
                None => sentence.push(Span::from(", and it is not there.")),
            }
            Said::of("webhook-filter", sentence)
                .then(spans!["Change its filters with PutWebhook, if this should start it."])
        }
        Filter::RefDeleted { git_ref } => Said::of(
            "ref-deleted",
            spans!["The ", git_ref, " was deleted; there is nothing to run."],
        ),
        Filter::Pipelines { subject, held_back, .. } => {
            let sentence = lead(subject, " started no pipeline.");
            with_rules(Said::of("held-back", sentence), held_back)
        }
    }
}

/// What happened, as the beginning of a sentence.
fn lead(subject: &Subject, then: &'static str) -> Vec<Span> {
    match subject {
        Subject::Ref(git_ref) => spans!["The push of ", git_ref, then],
        Subject::PullRequest(_) => spans!["The event of ", subject, then],
    }
}

/// The rule against each pipeline, and what would let it start.
fn with_rules(mut said: Said, held_back: &[HeldBack]) -> Said {
    for it in held_back {
        let rule = hold(&it.rule);
        said.sentence.extend(spans![" Pipeline ", &it.pipeline, ": "]);
        said.sentence.extend(rule.sentence);
        if let Some(step) = rule.next_step {
            let steps = said.next_step.get_or_insert_default();
            let lead = if steps.is_empty() { "For " } else { " For " };
            steps.extend(spans![lead, &it.pipeline, ": "]);
            steps.extend(step);
        }
    }
    said
}
