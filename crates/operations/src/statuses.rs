//! Commit statuses that a forge refuses for good: of each repository of a connection the last one, until
//! the forge takes one again.

use domain::{AccountId, ConnectionArn, EffectId};
use engine::{Execution, Origin, ReportStatus, origins};
use store::{Changes, EffectRow, Key, Query, RefusedStatusRow, View, Want};
use wire::towpath as shapes;

use crate::limits::ROTATED_HOOKS_MAX;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// A forge has taken a commit status, or refused it.
pub struct Reported {
    /// The effect.
    pub effect: EffectId,
    /// The status.
    pub report: ReportStatus,
    /// Why it was refused.
    pub refused: Option<String>,
}

impl Reported {
    fn keys(&self) -> [Key; 2] {
        let ReportStatus { account, connection, repository, .. } = &self.report;
        let refused = RefusedStatusRow::at(account, &connection.id().to_owned(), repository);
        [EffectRow::at(account, &self.effect), refused]
    }
}

impl Turn for Reported {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        self.keys().map(Want::from).into()
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let [effect, refused] = self.keys();
        changes.delete::<EffectRow>(seen, effect);
        match &self.refused {
            Some(why) => changes.put(seen, refusal(&self.report, why, now)),
            None if seen.row::<RefusedStatusRow>(refused.clone()).is_some() => {
                changes.delete::<RefusedStatusRow>(seen, refused);
            }
            None => {}
        }
        Ok((changes, ()))
    }
}

fn refusal(report: &ReportStatus, why: &str, now: &Now) -> RefusedStatusRow {
    RefusedStatusRow {
        account: report.account.clone(),
        connection: report.connection.id().to_owned(),
        repository: report.repository.clone(),
        at: now.at,
        commit: report.commit.clone(),
        context: report.context.clone(),
        why: why.to_owned(),
    }
}

/// Those of a connection.
pub fn of_connection(account: &AccountId, connection: &ConnectionArn) -> Query {
    RefusedStatusRow::of_connection(account, connection.id(), ROTATED_HOOKS_MAX)
}

/// Where those of an execution's repositories stand.
pub(crate) fn keys_of(account: &AccountId, execution: &Execution) -> Vec<Key> {
    let key = |it: Origin<'_>| {
        RefusedStatusRow::at(account, &it.connection.id().to_owned(), it.repository)
    };
    origins(execution).into_iter().map(key).collect()
}

/// Those that were refused since an execution began.
pub(crate) fn of_execution<'a>(
    account: &AccountId,
    execution: &Execution,
    view: &'a View,
) -> Vec<&'a RefusedStatusRow> {
    let keys = keys_of(account, execution).into_iter();
    let mut rows: Vec<_> = keys.filter_map(|key| view.row::<RefusedStatusRow>(key)).collect();
    rows.retain(|row| row.at >= execution.started);
    rows.dedup_by(|one, other| {
        one.repository == other.repository && one.connection == other.connection
    });
    rows
}

/// What a repository's people do not get to see, and why.
pub fn sentence(row: &RefusedStatusRow) -> String {
    let RefusedStatusRow { repository, commit, context, why, .. } = row;
    let commit = commit.short();
    format!("{repository} was not told the commit status {context} of {commit}: {why}")
}

pub(crate) fn reason(row: &RefusedStatusRow) -> shapes::Reason {
    shapes::Reason {
        code: "status-refused".to_owned(),
        sentence: sentence(row),
        next_step: Some(
            "mend that at the forge; the next status that it takes ends this".to_owned(),
        ),
        at: Some(row.at.into()),
    }
}

pub(crate) fn shape(row: &RefusedStatusRow) -> shapes::RefusedStatus {
    shapes::RefusedStatus {
        repository: row.repository.clone(),
        context: row.context.clone(),
        commit_id: row.commit.to_string(),
        at: row.at.into(),
        because: row.why.clone(),
    }
}
