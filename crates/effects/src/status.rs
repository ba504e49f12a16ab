//! Tells a forge how a commit fares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ExecutionId;
use domain::reason::FactId;
use engine::{CommitState, ReportStatus};
use forges::Error::{Forbidden, NotFound, Rejected, Unauthorised, Unexpected};
use forges::github::Purpose;
use forges::{CommitState as Forge, CommitStatus};
use store::{AttemptRow, ExecutionRow};
use tokio::sync::OwnedMutexGuard;

use crate::access::{Access, NoAccess};
use crate::limits::{CONTEXTS_MAX, DESCRIPTION_CHARACTERS_MAX, NEWER_EXECUTIONS_MAX};
use crate::perform::{Performed, Performer};

/// Statuses that were told, so that those of one commit and context are told one after another and
/// none after a newer one of the same execution.
#[derive(Default)]
pub struct Told {
    contexts: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Newest>>>>,
}

/// The newest status of a commit and context: of which execution, and which fact of it.
#[derive(Default)]
struct Newest(Option<(ExecutionId, FactId)>);

impl Newest {
    fn is_after(&self, report: &ReportStatus) -> bool {
        let same =
            self.0.as_ref().filter(|(execution, _)| Some(execution) == report.execution.as_ref());
        same.is_some_and(|(_, fact)| *fact > report.fact)
    }
}

impl Told {
    /// The newest that was told of a commit and context. Whoever holds it is the one who tells.
    async fn newest(&self, report: &ReportStatus) -> OwnedMutexGuard<Newest> {
        let ReportStatus { account, repository, commit, context, .. } = report;
        let key = format!("{account} {repository} {commit} {context}");
        let newest = {
            let mut contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
            if contexts.len() >= CONTEXTS_MAX {
                // Whoever tells again of one that is forgotten here asks the store.
                contexts.retain(|_, newest| Arc::strong_count(newest) > 1);
            }
            contexts.entry(key).or_default().clone()
        };
        newest.lock_owned().await
    }
}

/// Whether a status still says how things stand, as far as the store knows. Of several executions of
/// a commit the newest speaks for it.
async fn holds(performer: &Performer, report: &ReportStatus) -> Result<bool, store::Error> {
    let (account, pipeline) = (&report.account, &report.pipeline);
    let Some(id) = &report.execution else { return Ok(true) };
    let row = performer.store.get::<ExecutionRow>(ExecutionRow::at(account, pipeline, id)).await?;
    // A pipeline that was deleted took its executions with it, and this is the last word on them.
    let Some(row) = row else { return Ok(true) };
    let attempt = match &report.attempt {
        None => None,
        Some(it) => {
            let key = AttemptRow::at(account, pipeline, id, &it.stage, &it.action, &it.attempt);
            performer.store.get::<AttemptRow>(key).await?
        }
    };
    if !engine::still_holds(report, &row.doc, attempt.as_ref().map(|row| &row.doc)) {
        return Ok(false);
    }
    if report.attempt.is_some() {
        return Ok(true);
    }
    let newest = ExecutionRow::of_pipeline(account, pipeline, None, NEWER_EXECUTIONS_MAX);
    let newer = performer.store.list::<ExecutionRow>(newest).await?;
    let mut newer = newer.iter().filter(|it| it.number > row.number);
    Ok(!newer.any(|it| it.doc.is_of(&report.commit)))
}

/// A status that the forge was told.
pub struct Reported {
    /// The status.
    pub report: ReportStatus,
    /// Why the forge refused it for good.
    pub refused: Option<String>,
}

/// Reports a status. A connection that cannot be used any more has nobody to report to.
///
/// # Errors
/// The forge does not answer: the report may be tried again.
pub async fn report(performer: &Performer, report: &ReportStatus) -> anyhow::Result<Performed> {
    let mut newest = performer.told.newest(report).await;
    if newest.is_after(report) || !holds(performer, report).await? {
        tracing::debug!(context = report.context, fact = %report.fact, "a newer status is told");
        return Ok(Performed::Done);
    }
    let access = match open(performer, report).await {
        Ok(access) => access,
        Err(NoAccess::Credentials(cause)) => {
            tracing::warn!(%cause, pipeline = %report.pipeline, "a commit status was not reported");
            return Ok(Performed::Done);
        }
        Err(cause) => return Err(cause.into()),
    };
    let reported = |refused| {
        let report = report.clone();
        Performed::Reported(Box::new(Reported { report, refused }))
    };
    match tell(&access, report, &status(performer, report)).await {
        Ok(()) => {
            newest.0 = report.execution.clone().map(|execution| (execution, report.fact));
            Ok(reported(None))
        }
        Err(cause) if cause.passes() => {
            Err(anyhow::Error::from(cause).context("the forge did not take a commit status"))
        }
        Err(Unauthorised) => Ok(access.lost(Performed::Done)),
        Err(cause) => {
            let (connection, forge) = (&access.connection.arn, &access.caller.host);
            let (pipeline, repository) = (&report.pipeline, &report.repository);
            tracing::warn!(%cause, %connection, %forge, %repository, %pipeline,
                "the forge refused a commit status");
            Ok(reported(Some(access.named_in(cause.to_string()))))
        }
    }
}

/// Tells the forge, and once more under the repository's new name: what is written under an old one is
/// not led on as what is read is.
async fn tell(
    access: &Access,
    report: &ReportStatus,
    status: &CommitStatus,
) -> Result<(), forges::Error> {
    let ReportStatus { repository, commit, .. } = report;
    let told = access.forge.set_status(access.to(repository), commit, status).await;
    let Err(Unexpected { .. } | Rejected { .. } | Forbidden { .. } | NotFound { .. }) = &told
    else {
        return told;
    };
    match access.new_name(repository).await {
        Some(name) => access.forge.set_status(access.to(&name), commit, status).await,
        None => told,
    }
}

/// The report as forges are told it.
fn status(performer: &Performer, report: &ReportStatus) -> CommitStatus {
    CommitStatus {
        state: match report.state {
            CommitState::Pending => Forge::Pending,
            CommitState::Waiting => Forge::Waiting,
            CommitState::Success => Forge::Succeeded,
            CommitState::Failure => Forge::Failed,
            CommitState::Error => Forge::Stopped,
        },
        context: report.context.clone(),
        description: report.description.chars().take(DESCRIPTION_CHARACTERS_MAX).collect(),
        target_url: url(performer, report),
        git_ref: report.git_ref.clone(),
    }
}

async fn open(performer: &Performer, report: &ReportStatus) -> Result<Access, NoAccess> {
    let ReportStatus { account, connection, repository, .. } = report;
    performer.open(account, connection, repository, Purpose::Report).await
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
