//! What people read.

use super::*;
use crate::connection::ProviderType;
use crate::forge_event::{FilesUnknown, GitRef, Subject};
use crate::pipeline::PullRequestEventType;
use crate::reason::{
    AwaitedForge, Criterion, FailureCode, Filter, FilterList, FilterPlace, FilterRule, HeldBack,
    Pending, Silence, StartedPipeline, Stop,
};
use crate::{CommitSha, Timestamp};

fn check(reason: Reason<'_>, code: &str, text: &str) {
    let said = say(reason);
    assert_eq!((said.code, said.text().as_str()), (code, text));
}

#[test]
fn waits_name_what_they_wait_for() {
    let (stage, by) = ("Deploy".into(), "e1".into());
    let occupied = Wait::StageOccupied { stage, by };
    let text = "It waits at the door of stage Deploy, which execution e1 is in.";
    check(Reason::Wait(&occupied), "stage-occupied", text);
    let closed = |comment: &str| {
        let wait = Wait::TransitionDisabled {
            stage: "Deploy".into(),
            by: "ada".into(),
            since: Timestamp(0),
            comment: comment.into(),
        };
        say(Reason::Wait(&wait)).text()
    };
    let start = "The way into stage Deploy was closed by ada at 1970-01-01T00:00:00.000Z";
    assert_eq!(closed(""), format!("{start}."));
    assert_eq!(closed("freeze"), format!("{start}: “freeze”."));
}

#[test]
fn a_delivery_that_is_not_decided_names_what_it_waits_for() {
    check(
        Reason::Pending(&Pending::Files { commit: CommitSha::new("a".repeat(40)), silence: None }),
        "forge-asked",
        &format!("The forge is asked which files changed up to {}.", "a".repeat(40)),
    );
    let silence = Silence { tries: 3, why: "connection refused".into(), again: Timestamp(0) };
    let pending = Pending::Head { ref_name: "refs/heads/main".into(), silence: Some(silence) };
    check(
        Reason::Pending(&pending),
        "forge-silent",
        "The forge is asked where refs/heads/main leads and has not answered, after 3 tries: \
         connection refused. It is asked again at 1970-01-01T00:00:00.000Z.",
    );
}

#[test]
fn a_source_names_the_forge_that_it_waits_for_and_until_when() {
    let awaited = |silence| {
        let (stage, action, attempt) = ("Source".into(), "Fetch".into(), 1);
        let connection = crate::ConnectionArn::new("arn:c");
        let (provider, host) = (ProviderType::GitLabSelfManaged, "git.example:8443".into());
        let (since, until) = (Timestamp(0), Timestamp(3_600_000));
        Pending::Source(Box::new(AwaitedForge {
            stage,
            action,
            attempt,
            provider,
            host,
            connection,
            since,
            until,
            silence,
        }))
    };
    let text = "Attempt 1 of action Fetch of stage Source waits for the forge at git.example:8443 \
                (GitLabSelfManaged, by arn:c) since 1970-01-01T00:00:00.000Z; it is given up at \
                1970-01-01T01:00:00.000Z at the latest.";
    check(Reason::Pending(&awaited(None)), "forge-awaited", text);
    let silence = Silence { tries: 2, why: "it hung up".into(), again: Timestamp(1000) };
    let silent = format!(
        "{text} The forge has not answered, after 2 tries: it hung up. It is asked again at \
         1970-01-01T00:00:01.000Z."
    );
    check(Reason::Pending(&awaited(Some(silence))), "forge-silent", &silent);
}

#[test]
fn a_failed_execution_says_where_and_why() {
    let failure =
        Failure::Reported { code: FailureCode::JobFailed, message: "make: exit 2".into() };
    let (stage, action) = ("Build".into(), "Compile".into());
    let end = End::Failed { stage, action, attempt: 2, failure };
    let text = "Action Compile of stage Build failed at attempt 2. make: exit 2";
    check(Reason::End(&end), "job-failed", text);
}

#[test]
fn a_stop_says_who_how_and_in_their_words() {
    let stop = |comment: &str, abandon| {
        End::Stopped(Stop { by: "ada".into(), comment: comment.into(), abandon })
    };
    check(Reason::End(&stop("", false)), "stopped", "It was stopped by ada.");
    let text = "It was stopped by ada, running actions given up: “too slow”.";
    check(Reason::End(&stop("too slow", true)), "stopped", text);
}

#[test]
fn a_disposition_names_every_pipeline_with_its_rule() {
    let held = HeldBack {
        pipeline: "docs".into(),
        rule: HoldRule::OtherBranch { action: "Fetch".into(), branch: "main".into() },
    };
    let rule = StartRule::SourceBranch { action: "Fetch".into(), branch: "next".into() };
    let started = StartedPipeline { pipeline: "site".into(), execution: "e1".into(), rule };
    let (subject, commit) = (Subject::from(GitRef::branch("next")), CommitSha::new("a"));
    let started = Disposition::Started {
        subject: subject.clone(),
        commit: commit.clone(),
        pipelines: vec![started],
        held_back: vec![held.clone()],
    };
    let text = "The push of branch next started pipeline site (execution e1). \
        Pipeline docs: Source action Fetch names branch main.";
    check(Reason::Disposition(&started), "started", text);
    assert_eq!(started.change(), Some((subject.clone(), Some(&commit))));
    let held_back = vec![held];
    let filtered = Disposition::Filtered(Filter::Pipelines { subject, commit, held_back });
    let text = "The push of branch next started no pipeline. \
        Pipeline docs: Source action Fetch names branch main.";
    check(Reason::Disposition(&filtered), "held-back", text);
}

#[test]
fn what_would_let_pipelines_start_stands_beside_their_names() {
    let held = |pipeline: &str, rule| HeldBack { pipeline: pipeline.into(), rule };
    let tags = HoldRule::TagsNeedTrigger { action: "Fetch".into() };
    let other = HoldRule::OtherBranch { action: "Fetch".into(), branch: "main".into() };
    let off = HoldRule::DetectionOff { action: "Fetch".into() };
    let held_back = vec![held("site", tags), held("docs", other), held("app", off)];
    let (subject, commit) = (GitRef::tag("v1").into(), CommitSha::new("a"));
    let filtered = Disposition::Filtered(Filter::Pipelines { subject, commit, held_back });
    let next = say(Reason::Disposition(&filtered)).next_text();
    let text = "For site: Declare a trigger with a tags filter. \
        For app: Set DetectChanges to true, or declare a trigger.";
    assert_eq!(next.as_deref(), Some(text));
}

#[test]
fn named_things_stay_apart_from_the_text() {
    let stale = Disposition::Stale {
        subject: GitRef::branch("main").into(),
        commit: CommitSha::new("a"),
        head: None,
    };
    let said = say(Reason::Disposition(&stale));
    assert!(said.sentence.contains(&Span::Ref(GitRef::branch("main"))), "{said:?}");
    assert!(said.sentence.contains(&Span::Commit(CommitSha::new("a"))), "{said:?}");
}

#[test]
fn a_filter_is_named_with_its_place_and_the_pattern() {
    let place = |list, index| FilterPlace { action: "Fetch".into(), list, index };
    let held = |list, index, rule, code: &str, text: &str| {
        let rule = HoldRule::Filtered { filter: place(list, index), rule };
        check(Reason::Hold(&rule), code, text);
    };
    let (criterion, name) = (Criterion::Branches, "next".to_owned());
    let rule = FilterRule::NotIncluded { criterion, name, includes: vec!["main".into()] };
    let text = "Filter push[1] of source action Fetch includes only the branches main, not next.";
    held(FilterList::Push, 1, rule, "not-included", text);
    let (files, includes) = (12, vec!["docs/**".to_owned()]);
    let excluded_by = vec!["**/*.md".to_owned()];
    let rule = FilterRule::NoFileIncluded { files, includes, excluded_by };
    let text = "Filter push[0] of source action Fetch includes none of the 12 changed files by \
        docs/**; it excludes some by **/*.md.";
    held(FilterList::Push, 0, rule, "no-file-included", text);
    let (event, events) = (PullRequestEventType::Closed, vec![PullRequestEventType::Open]);
    let rule = FilterRule::EventNotNamed { event, events };
    let text = "Filter pullRequest[2] of source action Fetch names the events OPEN, not CLOSED.";
    held(FilterList::PullRequest, 2, rule, "event-not-named", text);

    let (filter, pattern) = (place(FilterList::Push, 0), "main".to_owned());
    let rule =
        StartRule::FilesUnknown { filter, pattern, why: FilesUnknown::TooMany { files_max: 9 } };
    let text = "Filter push[0] of source action Fetch includes it by main; it also names files, and \
        which files changed is not known: more than 9 files changed.";
    check(Reason::Start(&rule), "files-unknown", text);
}

#[test]
fn a_pull_request_is_named_by_its_number() {
    let filtered = Disposition::Filtered(Filter::Pipelines {
        subject: Subject::PullRequest(7),
        commit: CommitSha::new("a"),
        held_back: vec![],
    });
    let text = "The event of pull request 7 started no pipeline.";
    check(Reason::Disposition(&filtered), "held-back", text);
}
