//! Words for ends.

use super::span::{remark, spans};
use super::{Said, Span};
use crate::reason::{Abandonment, Cancellation, End, Failure, FailureCode, Stop};

pub(super) fn say(end: &End) -> Said {
    match end {
        End::Succeeded => Said::of("succeeded", spans!["Every stage succeeded."]),
        End::Failed { stage, action, attempt, failure: why } => {
            let Said { code, sentence, next_step } = failure(why);
            let mut whole = spans!["Action ", action, " of stage ", stage];
            whole.extend(spans![" failed at attempt ", attempt, ". "]);
            whole.extend(sentence);
            Said { code, sentence: whole, next_step }
        }
        End::Superseded { by, stage } => Said::of(
            "superseded",
            spans!["Execution ", by, " is newer and came to the door of stage ", stage, "."],
        ),
        End::Stopped(stop) => stopped(stop),
        End::Cancelled(why) => cancellation(why),
    }
}

fn stopped(stop: &Stop) -> Said {
    let mut sentence = spans!["It was stopped by ", &stop.by];
    if stop.abandon {
        sentence.push(Span::from(", running actions given up"));
    }
    sentence.extend(remark(&stop.comment));
    sentence.push(Span::from("."));
    Said::of("stopped", sentence)
}

pub(super) fn cancellation(why: &Cancellation) -> Said {
    match why {
        // The first half is AWS's own text for the event (user guide, "pipeline state changes").
        Cancellation::StructureUpdated { version } => Said::of(
            "structure-updated",
            spans!["The pipeline structure was updated, to version ", version, "."],
        )
        .then(spans!["Start the pipeline again to run what it is now."]),
        Cancellation::PipelineDeleted => {
            Said::of("pipeline-deleted", spans!["The pipeline was deleted."])
        }
    }
}

pub(super) fn abandonment(why: &Abandonment) -> Said {
    match why {
        Abandonment::Stopped(stop) => stopped(stop),
        Abandonment::Cancelled(why) => cancellation(why),
    }
}

pub(super) fn failure(failure: &Failure) -> Said {
    match failure {
        Failure::Reported { code, message } => reported(*code, message),
        Failure::TimedOut { seconds } => {
            Said::of("timed-out", spans!["It did not end within ", seconds, " seconds."])
        }
        Failure::ApprovalExpired { seconds } => Said::of(
            "approval-expired",
            spans!["Nobody approved or rejected it within ", seconds, " seconds."],
        )
        .then(spans!["Retry the stage to ask again; timeoutInMinutes sets how long it asks."]),
        Failure::Rejected { by, summary } => {
            let mut sentence = spans!["It was rejected by ", by];
            sentence.extend(remark(summary));
            sentence.push(Span::from("."));
            Said::of("rejected", sentence)
        }
        Failure::LostTooOften { times } => Said::of(
            "lost-too-often",
            spans!["Its process died ", times, " times in a row; it is not tried again by itself."],
        )
        .then(spans!["See the server's log of that time, then retry the stage."]),
        Failure::VariableMissing { setting, reference } => Said::of(
            "variable-missing",
            spans![setting, " names ", &reference.to_string(), ", which has no value here."],
        )
        .then(spans![instead_of(&reference.key)]),
        Failure::ReferenceMalformed { setting, problem } => {
            Said::of("reference-malformed", spans![setting, ": ", problem, "."])
        }
        Failure::ConfigurationTooLarge { bytes, bytes_max } => Said::of(
            "configuration-too-large",
            spans![
                "With its variables put in, the configuration has ",
                bytes,
                " bytes; ",
                bytes_max,
                " are allowed."
            ],
        ),
        Failure::InputMissing { artifact } => Said::of(
            "input-missing",
            spans!["No action has made the input artifact ", artifact, " in this execution."],
        ),
        Failure::OutputMissing { artifact } => Said::of(
            "output-missing",
            spans!["The action ended without its output artifact ", artifact, "."],
        ),
        Failure::VariablesTooLarge { bytes, bytes_max } => Said::of(
            "variables-too-large",
            spans!["Its output variables have ", bytes, " bytes; ", bytes_max, " are allowed."],
        ),
        Failure::WithheldFromFork { what } => Said::of(
            "withheld-from-fork",
            spans![
                "The code is that of a pull request from a fork, and ",
                what,
                " is not for it: its source action says ForkPullRequests WithoutIdentity."
            ],
        )
        .then(spans![
            "Look at the code; then push it to a branch of this repository, or start the pipeline by \
             hand with the commit as source revision."
        ]),
        Failure::BranchIsPattern { pattern } => Said::of(
            "branch-is-pattern",
            spans![
                "BranchName is the pattern ",
                pattern,
                ", and nothing says which branch to take: start the pipeline by a push, or name a commit \
                 of this action (aws codepipeline start-pipeline-execution --source-revisions \
                 actionName=ACTION,revisionType=COMMIT_ID,revisionValue=COMMIT)."
            ],
        ),
    }
}

fn reported(code: FailureCode, message: &String) -> Said {
    let said = match code {
        FailureCode::JobFailed => "job-failed",
        FailureCode::ConfigurationError => "configuration-error",
        FailureCode::PermissionError => "permission-error",
        FailureCode::RevisionOutOfSync => "revision-out-of-sync",
        FailureCode::RevisionUnavailable => "revision-unavailable",
        FailureCode::SystemUnavailable => "system-unavailable",
        FailureCode::IsolationUnavailable => "isolation-unavailable",
        FailureCode::ConnectionUnavailable => "connection-unavailable",
        FailureCode::LimitReached => "limit-reached",
    };
    let said = Said::of(said, spans![message]);
    match mended(code) {
        Some(step) => said.then(spans![step]),
        None => said,
    }
}

/// What people can do where the message names what is wrong. What a job says of itself is in its log.
fn mended(code: FailureCode) -> Option<&'static str> {
    Some(match code {
        FailureCode::JobFailed => return None,
        FailureCode::ConfigurationError => {
            "Correct what it names, in the pipeline or in the repository, and start the pipeline again."
        }
        FailureCode::PermissionError => "Have what it names allowed, then retry the stage.",
        FailureCode::RevisionOutOfSync | FailureCode::RevisionUnavailable => {
            "See whether owner, name and branch in the source action are right, and what its \
             connection may do there: `towpath connections test CONNECTION REPOSITORY`; an action \
             without one needs an OAuthToken whose user may read the repository. Then retry the \
             stage; after a change of the pipeline, start it again."
        }
        FailureCode::SystemUnavailable => "Once what it names is up again, retry the stage.",
        FailureCode::IsolationUnavailable => {
            "The server's operator must mend what it names; then retry the stage."
        }
        FailureCode::ConnectionUnavailable => {
            "Take the step that it names (`towpath why` with the connection's ARN says whether it \
             was enough), then retry the stage."
        }
        FailureCode::LimitReached => {
            "Need less of what it names, or have the server's operator raise the limit; then retry \
             the stage."
        }
    })
}

/// What to write instead of a variable that some executions have and others have not.
fn instead_of(key: &str) -> &'static str {
    match key {
        "TagName" => {
            "Only a tag that starts the pipeline gives it; BranchName and CommitId are there always."
        }
        "PullRequestId" | "PullRequestTitle" | "SourceBranchName" | "DestinationBranchName" => {
            "Only a pull request that starts the pipeline gives it; CommitId is there always."
        }
        "BranchName" => {
            "A tag, or a commit that somebody named where BranchName is a pattern, is on no known \
             branch: name one branch in the source's BranchName, or use TagName or CommitId."
        }
        _ => "Name a variable that an earlier action gives.",
    }
}
