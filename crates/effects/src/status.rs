//! Tells a forge how a commit fares.

use engine::{CommitState, ReportStatus};
use forges::Error::{Forbidden, NotFound, Rejected, Unexpected};
use forges::{CommitState as Forge, CommitStatus};

use crate::access::NoAccess;
use crate::limits::DESCRIPTION_CHARACTERS_MAX;
use crate::perform::{Performed, Performer};

/// Reports a status. A connection that cannot be used any more has nobody to report to.
///
/// # Errors
/// The forge does not answer: the report may be tried again.
pub async fn report(performer: &Performer, report: &ReportStatus) -> anyhow::Result<Performed> {
    let access = match performer.open(&report.account, &report.connection).await {
        Ok(access) => access,
        Err(NoAccess::Credentials(cause)) => {
            tracing::warn!(%cause, pipeline = %report.pipeline, "a commit status was not reported");
            return Ok(Performed::Done);
        }
        Err(cause) => return Err(cause.into()),
    };
    let status = CommitStatus {
        state: match report.state {
            CommitState::Pending => Forge::Pending,
            CommitState::Success => Forge::Succeeded,
            CommitState::Failure => Forge::Failed,
            CommitState::Error => Forge::Stopped,
        },
        context: report.context.clone(),
        description: report.description.chars().take(DESCRIPTION_CHARACTERS_MAX).collect(),
        target_url: url(performer, report),
    };
    let set =
        async |name| access.forge.set_status(&access.token, name, &report.commit, &status).await;
    let mut done = set(&report.repository).await;
    // What is written under an old name is not led on as what is read is.
    if let Err(Unexpected { .. } | Rejected { .. } | Forbidden { .. } | NotFound { .. }) = &done
        && let Some(name) = access.new_name(&report.repository).await
    {
        done = set(&name).await;
    }
    match done {
        Ok(()) => Ok(Performed::Done),
        Err(cause) if cause.passes() => {
            Err(anyhow::Error::from(cause).context("the forge did not take a commit status"))
        }
        Err(forges::Error::Unauthorised) => Ok(access.lost(Performed::Done)),
        Err(cause) => {
            tracing::warn!(%cause, pipeline = %report.pipeline, "the forge refused a commit status");
            Ok(Performed::Done)
        }
    }
}

/// The page in the console: the execution's, or the pipeline's that was synced.
fn url(performer: &Performer, report: &ReportStatus) -> Option<egress::Url> {
    let pipeline = format!("/console/pipelines/{}", report.pipeline);
    let path = match &report.execution {
        Some(execution) => format!("{pipeline}/executions/{execution}"),
        None => pipeline,
    };
    egress::Url::parse(&format!("{}{path}", performer.public_url)).ok()
}
