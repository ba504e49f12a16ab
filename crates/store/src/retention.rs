//! How long what is remembered is kept, and the sweep that removes the rest.
//!
//! A sweep goes in small steps, so that it never holds the writer for long. It removes rows; the
//! artifacts and logs that they named are handed to the caller, whose rooms hold the bytes, as are
//! mirrors, of which the store knows nothing but the period.

mod sql;

use crate::limits::{SWEEP_EXECUTIONS_MAX, SWEEP_PAGES_MAX, SWEEP_ROWS_MAX};
use crate::record::Error;
use crate::statement::{Column, Statement, Value};
use crate::store::{Database, Store};
use domain::{ArtifactRef, AttemptRef, Timestamp};
use sql::*;

/// How long each kind of thing is kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Executions that ended, with their attempts, facts, artifacts and logs.
    pub executions_days: i64,
    /// A pipeline's newest executions stay however old they are: this many.
    pub executions_kept_min: i64,
    /// Facts, where their execution stays longer.
    pub facts_days: i64,
    /// Artifacts, where their execution stays longer.
    pub artifacts_days: i64,
    /// Logs, where their execution stays longer.
    pub logs_days: i64,
    /// Deliveries whose every change has its disposition, and these.
    pub deliveries_days: i64,
    /// What such deliveries said: their bodies and headers.
    pub delivery_bodies_days: i64,
    /// Mirrors of repositories that nobody fetched; swept by the room that holds them.
    pub mirrors_days: i64,
    /// Uploads in parts that nobody completed or aborted.
    pub uploads_days: i64,
    /// Why callers were refused.
    pub denials_days: i64,
    /// The audit log.
    pub audit_days: i64,
    /// The names of commits; no commit is repeated after a fraction of this.
    pub commit_keys_days: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            executions_days: 365,
            executions_kept_min: 20,
            facts_days: 365,
            artifacts_days: 90,
            logs_days: 90,
            deliveries_days: 90,
            delivery_bodies_days: 14,
            mirrors_days: 30,
            uploads_days: 7,
            denials_days: 30,
            audit_days: 400,
            commit_keys_days: 2,
        }
    }
}

/// What a step of a sweep removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Artifacts that no row names any more: their bytes can go.
    pub artifacts: Vec<ArtifactRef>,
    /// Attempts whose logs can go.
    pub logs: Vec<AttemptRef>,
    /// Whether there is more to sweep at once.
    pub more: bool,
}

impl Store {
    /// Takes one step of a sweep: removes what is too old at `at`, a bounded number of rows.
    /// Call it again while the answer says that there is more.
    pub async fn sweep(&self, keep: &Retention, at: Timestamp) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        self.sweep_executions(keep, at, &mut swept).await?;
        self.sweep_logs(keep, at, &mut swept).await?;
        self.sweep_artifacts(keep, at, &mut swept).await?;
        self.sweep_deliveries(keep, at, &mut swept).await?;
        for (sql, days) in OLD_ROWS {
            let gone = self.ask(sql, [before(at, days(keep)), SWEEP_ROWS_MAX.into()]).await?;
            swept.more |= gone.len() as i64 == SWEEP_ROWS_MAX;
        }
        self.give_pages_back().await?;
        Ok(swept)
    }

    /// Whether any row names this artifact: for a look through the bytes that are there.
    pub async fn names_artifact(&self, artifact: &ArtifactRef) -> Result<bool, Error> {
        for sql in NAMES_OF_CONTENT {
            if !self.ask(sql, [Value::from(artifact)]).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn sweep_executions(
        &self,
        keep: &Retention,
        at: Timestamp,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let moment = before(at, keep.executions_days);
        let (kept, limit) = (keep.executions_kept_min.into(), SWEEP_EXECUTIONS_MAX.into());
        let old = self.ask(OLD_EXECUTIONS, [moment.clone(), kept, limit]).await?;
        swept.more |= old.len() as i64 == SWEEP_EXECUTIONS_MAX;
        let statements = old.into_iter().flat_map(|key| remove_execution(key, &moment));
        let gone = self.database.run(statements.collect()).await?;
        for step in gone.chunks_exact(STEPS) {
            swept.logs.extend(attempts_of(step[1].clone())?);
            self.unnamed(step[2].clone(), &mut swept.artifacts).await?;
        }
        Ok(())
    }

    async fn sweep_logs(
        &self,
        keep: &Retention,
        at: Timestamp,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let binds = [before(at, keep.logs_days), SWEEP_EXECUTIONS_MAX.into()];
        let executions = self.ask(EXECUTIONS_WITH_LOGS, binds).await?;
        swept.more |= executions.len() as i64 == SWEEP_EXECUTIONS_MAX;
        let statements = executions.into_iter().map(|binds| Statement { sql: ATTEMPTS, binds });
        for attempts in self.database.run(statements.collect()).await? {
            swept.logs.extend(attempts_of(attempts)?);
        }
        Ok(())
    }

    async fn sweep_artifacts(
        &self,
        keep: &Retention,
        at: Timestamp,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let gone = self
            .ask(OLD_ARTIFACTS, [before(at, keep.artifacts_days), SWEEP_ROWS_MAX.into()])
            .await?;
        swept.more |= gone.len() as i64 == SWEEP_ROWS_MAX;
        self.unnamed(gone, &mut swept.artifacts).await
    }

    async fn sweep_deliveries(
        &self,
        keep: &Retention,
        at: Timestamp,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let moment = before(at, keep.delivery_bodies_days);
        let bodies = self.ask(OLD_BODIES, [moment, SWEEP_ROWS_MAX.into()]).await?;
        let moment = before(at, keep.deliveries_days);
        let gone = self.ask(OLD_DELIVERIES, [moment, SWEEP_ROWS_MAX.into()]).await?;
        swept.more |= bodies.len().max(gone.len()) as i64 == SWEEP_ROWS_MAX;
        let statements = gone.into_iter().flat_map(remove_from_delivery);
        self.database.run(statements.collect()).await.map(drop)
    }

    /// Adds those of the artifacts that no row names any more.
    async fn unnamed(
        &self,
        artifacts: Vec<Vec<Value>>,
        into: &mut Vec<ArtifactRef>,
    ) -> Result<(), Error> {
        for value in artifacts.into_iter().flatten() {
            let artifact = ArtifactRef::from_value(value)?;
            if !into.contains(&artifact) && !self.names_artifact(&artifact).await? {
                into.push(artifact);
            }
        }
        Ok(())
    }

    async fn ask<const N: usize>(
        &self,
        sql: &'static str,
        binds: [Value; N],
    ) -> Result<Vec<Vec<Value>>, Error> {
        let statement = Statement { sql, binds: binds.into() };
        Ok(self.database.run(vec![statement]).await?.pop().unwrap_or_default())
    }

    /// Gives the file system back what the removed rows took. PostgreSQL does it by itself.
    async fn give_pages_back(&self) -> Result<(), Error> {
        match &self.database {
            Database::Sqlite(sqlite) => {
                sqlite.writer.run(|core| core.give_pages_back(SWEEP_PAGES_MAX)).await?
            }
            Database::Postgres(_) => Ok(()),
        }
    }
}

fn attempts_of(rows: Vec<Vec<Value>>) -> Result<Vec<AttemptRef>, Error> {
    rows.into_iter().map(attempt_of).collect()
}

fn attempt_of(row: Vec<Value>) -> Result<AttemptRef, Error> {
    let mut row = crate::Row { version: 0, values: row.into_iter() };
    Ok(AttemptRef {
        account: row.take()?,
        pipeline: row.take()?,
        execution: row.take()?,
        stage: row.take()?,
        action: row.take()?,
        attempt: row.take()?,
    })
}

fn before(at: Timestamp, days: i64) -> Value {
    at.plus_seconds(days.saturating_mul(-86_400)).into()
}
