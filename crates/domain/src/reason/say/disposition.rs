//! Words for what became of a change.

use super::span::spans;
use super::{Said, Span};
use crate::forge_event::GitRef;
use crate::reason::{
    Disposition, Duplicate, Filter, HeldBack, HoldRule, StartRule, StartedPipeline,
};

pub(super) fn say(disposition: &Disposition) -> Said {
    match disposition {
        Disposition::Started { git_ref, pipelines, held_back, .. } => {
            started(git_ref, pipelines, held_back)
        }
        Disposition::Synced { git_ref, resources, held_back, .. } => {
            let resources = resources.join(", ");
            let sentence = spans![
                "The push of ",
                git_ref,
                " is applied to ",
                &resources,
                ", as sync configurations say."
            ];
            with_rules(Said::of("synced", sentence), held_back)
        }
        Disposition::Duplicate(Duplicate::SameDelivery { first }) => Said::of(
            "duplicate-delivery",
            spans!["The same delivery came before, as ", first, "; it changes nothing."],
        ),
        Disposition::Duplicate(Duplicate::SameHead { git_ref, commit }) => Said::of(
            "duplicate-head",
            spans!["It was known that ", git_ref, " is at ", commit, "; it changes nothing."],
        ),
        Disposition::Filtered(filter) => filtered(filter),
        Disposition::Stale { git_ref, commit, head: Some(head) } => Said::of(
            "stale",
            spans![
                "By the time it was looked at, ",
                git_ref,
                " was no longer at ",
                commit,
                " but at ",
                head,
                "."
            ],
        ),
        Disposition::Stale { git_ref, commit, head: None } => Said::of(
            "stale",
            spans!["By the time it was looked at, ", git_ref, " (once at ", commit, ") was gone."],
        ),
        Disposition::Unusable { at, problem } => {
            Said::of("unusable", spans!["At ", at, ": ", problem, "."])
        }
    }
}

fn started(git_ref: &GitRef, pipelines: &[StartedPipeline], held_back: &[HeldBack]) -> Said {
    let mut sentence = spans!["The push of ", git_ref, " started "];
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
        Filter::RefDeleted { git_ref } => Said::of(
            "ref-deleted",
            spans!["The ", git_ref, " was deleted; there is nothing to run."],
        ),
        Filter::Pipelines { git_ref, held_back, .. } => {
            let sentence = spans!["The push of ", git_ref, " started no pipeline."];
            with_rules(Said::of("held-back", sentence), held_back)
        }
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

pub(super) fn start(rule: &StartRule) -> Said {
    match rule {
        StartRule::SourceBranch { action, branch } => Said::of(
            "source-branch",
            spans!["Source action ", action, " names branch ", branch, " and detects its changes."],
        ),
        StartRule::Included { action, pattern } => Said::of(
            "included",
            spans!["The trigger of source action ", action, " includes it by ", pattern, "."],
        ),
        StartRule::FilesUnknown { action, pattern } => Said::of(
            "files-unknown",
            spans![
                "The trigger of source action ",
                action,
                " includes it by ",
                pattern,
                "; it also names files, and which files changed is not known."
            ],
        ),
    }
}

pub(super) fn hold(rule: &HoldRule) -> Said {
    match rule {
        HoldRule::OtherRepository => {
            Said::of("other-repository", spans!["Its sources are other repositories."])
        }
        HoldRule::DetectionOff { action } => Said::of(
            "detection-off",
            spans!["DetectChanges of source action ", action, " is false and it has no trigger."],
        )
        .then(spans!["Set DetectChanges to true, or declare a trigger."]),
        HoldRule::OtherBranch { action, branch } => Said::of(
            "other-branch",
            spans!["Source action ", action, " names branch ", branch, "."],
        ),
        HoldRule::TagsNeedTrigger { action } => Said::of(
            "tags-need-trigger",
            spans![
                "Source action ",
                action,
                " has no trigger, and tags start nothing without one."
            ],
        )
        .then(spans!["Declare a trigger with a tags filter."]),
        HoldRule::VariableWithoutDefault { variable } => Said::of(
            "variable-without-default",
            spans!["The variable ", variable, " has no default, and a push carries no values."],
        )
        .then(spans!["Give the variable a defaultValue, or start the pipeline by hand."]),
        HoldRule::NoTrigger { action } => Said::of(
            "no-trigger",
            spans!["Triggers are declared, and none for source action ", action, "."],
        ),
        HoldRule::KindNotNamed { action, git_ref } => Said::of(
            "kind-not-named",
            spans!["The trigger of source action ", action, " has no filter for ", git_ref, "."],
        ),
        HoldRule::PullRequestsOnly { action } => Said::of(
            "pull-requests-only",
            spans!["The trigger of source action ", action, " is for pull requests only."],
        ),
        HoldRule::NotIncluded { action, includes } => Said::of(
            "not-included",
            spans![
                "The trigger of source action ",
                action,
                " includes only ",
                &includes.join(", "),
                "."
            ],
        ),
        HoldRule::Excluded { action, pattern } => Said::of(
            "excluded",
            spans!["The trigger of source action ", action, " excludes it by ", pattern, "."],
        ),
        HoldRule::PatternUnreadable { action, pattern, problem } => Said::of(
            "pattern-unreadable",
            spans![
                "The trigger of source action ",
                action,
                ", pattern ",
                pattern,
                ": ",
                problem,
                "."
            ],
        ),
    }
}
