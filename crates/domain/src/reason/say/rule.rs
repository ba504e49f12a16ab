//! Words for the rules of triggers.

use super::span::spans;
use super::{Said, Span};
use crate::reason::{FilterPlace, FilterRule, HoldRule, StartRule};

pub(super) fn start(rule: &StartRule) -> Said {
    match rule {
        StartRule::SourceBranch { action, branch } => Said::of(
            "source-branch",
            spans!["Source action ", action, " names branch ", branch, " and detects its changes."],
        ),
        StartRule::Included { filter, pattern } => {
            Said::of("included", by(filter, spans![" includes it by ", pattern, "."]))
        }
        StartRule::FileIncluded { filter, pattern, file, file_pattern } => {
            let words = spans![" includes it by ", pattern, ", and the change of ", file, " by "];
            let words = by(filter, words).into_iter().chain(spans![file_pattern, "."]);
            Said::of("file-included", words.collect())
        }
        StartRule::FilesUnknown { filter, pattern, why } => {
            let why = why.to_string();
            let unknown = "; it also names files, and which files changed is not known: ";
            let words = spans![" includes it by ", pattern, unknown, &why, "."];
            Said::of("files-unknown", by(filter, words))
        }
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
        HoldRule::TagsNeedTrigger { action } => {
            let without = " has no trigger, and tags start nothing without one.";
            Said::of("tags-need-trigger", spans!["Source action ", action, without])
                .then(spans!["Declare a trigger with a tags filter."])
        }
        HoldRule::PullRequestsNeedTrigger { action } => {
            let without = " has no trigger, and pull requests start nothing without one.";
            Said::of("pull-requests-need-trigger", spans!["Source action ", action, without])
                .then(spans!["Declare a trigger with a pullRequest filter."])
        }
        HoldRule::VariableWithoutDefault { variable } => Said::of(
            "variable-without-default",
            spans!["The variable ", variable, " has no default, and a push carries no values."],
        )
        .then(spans!["Give the variable a defaultValue, or start the pipeline by hand."]),
        HoldRule::NoTrigger { action } => Said::of(
            "no-trigger",
            spans!["Triggers are declared, and none for source action ", action, "."],
        ),
        HoldRule::PullRequestsOnly { action } => Said::of(
            "pull-requests-only",
            spans!["The trigger of source action ", action, " is for pull requests only."],
        ),
        HoldRule::PushesOnly { action } => Said::of(
            "pushes-only",
            spans!["The trigger of source action ", action, " is for pushes only."],
        )
        .then(spans!["Add a pullRequest filter to it."]),
        HoldRule::DeclinedOnly { .. } => Said::of(
            "declined-only",
            spans!["The pull request was declined; at Bitbucket only a merge counts as CLOSED."],
        ),
        HoldRule::Filtered { filter, rule } => filtered(filter, rule),
    }
}

fn filtered(filter: &FilterPlace, rule: &FilterRule) -> Said {
    match rule {
        FilterRule::KindNotNamed { git_ref } => {
            Said::of("kind-not-named", by(filter, spans![" is not for ", git_ref, "."]))
        }
        FilterRule::EventNotNamed { event, events } => {
            let named: Vec<_> = events.iter().map(|it| it.as_str()).collect();
            let words =
                spans![" names the events ", &named.join(", "), ", not ", event.as_str(), "."];
            Said::of("event-not-named", by(filter, words))
        }
        FilterRule::FromFork => {
            let words = " would let it in, but its code lies in another repository, and whoever wrote \
                         it must not get what this pipeline may do.";
            Said::of("from-fork", by(filter, spans![words])).then(spans![
                "Look at the code; then push it to a branch of this repository, or start the pipeline \
                 by hand with the commit as source revision. A source action with ForkPullRequests \
                 WithoutIdentity runs such code without tokens and secrets."
            ])
        }
        FilterRule::ForkElsewhere => {
            let words = " lets it in, but the forge keeps a fork's commits in the fork, which this \
                         connection does not read.";
            Said::of("fork-elsewhere", by(filter, spans![words]))
                .then(spans!["Look at the code; then push it to a branch of this repository."])
        }
        FilterRule::NotIncluded { criterion, name, includes } => {
            let words =
                spans![" includes only the ", criterion.as_str(), " ", &includes.join(", ")];
            let words = by(filter, words).into_iter().chain(spans![", not ", name, "."]);
            Said::of("not-included", words.collect())
        }
        FilterRule::Excluded { criterion, name, pattern } => {
            let words =
                spans![" excludes ", name, " by ", pattern, " of its ", criterion.as_str(), "."];
            Said::of("excluded", by(filter, words))
        }
        FilterRule::NoFileIncluded { files: 0, .. } => {
            Said::of("no-file-included", by(filter, spans![" names files, and no file changed."]))
        }
        FilterRule::NoFileIncluded { files, includes, excluded_by } => {
            let (files, includes) = (files.to_string(), includes.join(", "));
            let words = spans![" includes none of the ", &files, " changed files by ", &includes];
            let mut words = by(filter, words);
            if !excluded_by.is_empty() {
                words.extend(spans!["; it excludes some by ", &excluded_by.join(", ")]);
            }
            words.push(Span::from("."));
            Said::of("no-file-included", words)
        }
        FilterRule::PatternUnreadable { pattern, problem } => {
            let words = spans![", pattern ", pattern, ": ", problem, "."];
            Said::of("pattern-unreadable", by(filter, words))
        }
    }
}

/// A sentence about a filter.
fn by(filter: &FilterPlace, words: Vec<Span>) -> Vec<Span> {
    let place = filter.to_string();
    let mut sentence = spans!["Filter ", &place, " of source action ", &filter.action];
    sentence.extend(words);
    sentence
}
