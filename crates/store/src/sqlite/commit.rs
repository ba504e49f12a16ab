//! Commits decisions: what each looked at is as it was, then what it changes is written, with its part
//! of the audit log.

use super::Core;
use crate::audit::{FIRST_CHAIN, SealRow, sealed};
use crate::changes::{Changes, CommitError, Committed, Write, next_version};
use crate::record::Key;
use crate::statement::Value;
use crate::view::{View, Want};
use identity::audit::Entry;
use rusqlite::params_from_iter;

impl Core {
    /// Commits one decision.
    pub fn commit(&mut self, changes: Changes) -> Result<Committed, CommitError> {
        let mut answers = self.commit_group(vec![changes]);
        answers.pop().expect("each of the changes has its answer")
    }

    /// Commits many decisions in one transaction, with one answer each, in order. A stale one is
    /// rolled back alone. Where the database fails on one, none of the group is written and each
    /// is tried by itself, so that one bad row does not hold up the others.
    pub fn commit_group(&mut self, mut group: Vec<Changes>) -> Vec<Result<Committed, CommitError>> {
        if group.len() == 1 {
            let changes = group.pop().expect("there is one");
            return vec![self.transaction(|core| core.apply_one(&changes))];
        }
        match self.transaction(|core| core.apply_each(&mut group)) {
            Ok(answers) => answers,
            Err(CommitError::Unknown) => group.iter().map(|_| Err(CommitError::Unknown)).collect(),
            Err(_) => group.into_iter().map(|changes| self.commit(changes)).collect(),
        }
    }

    fn apply_one(&self, changes: &Changes) -> Result<Committed, CommitError> {
        let done = self.apply(changes)?;
        self.seal(audited(changes, &done))?;
        Ok(done)
    }

    /// The effects stay in each of the changes until all are committed: the group may be retried.
    fn apply_each(
        &self,
        group: &mut [Changes],
    ) -> Result<Vec<Result<Committed, CommitError>>, CommitError> {
        let (mut answers, mut entries) = (Vec::with_capacity(group.len()), Vec::new());
        for changes in group {
            self.run("SAVEPOINT one")?;
            let answer = self.apply(changes);
            match &answer {
                Ok(done) => entries.extend(audited(changes, done)),
                Err(CommitError::Stale) => self.run("ROLLBACK TO one")?,
                Err(failed) => return Err(failed.clone()),
            }
            self.run("RELEASE one")?;
            answers.push(answer);
        }
        self.seal(entries)?;
        Ok(answers)
    }

    /// Checks what one decision saw, then writes what it changes.
    fn apply(&self, changes: &Changes) -> Result<Committed, CommitError> {
        if let Some((key, at)) = &changes.key {
            let sql = "INSERT INTO commits (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING";
            if self.execute(sql, &[Value::from(key), Value::Int(at.0)])? == 0 {
                return Ok(Committed { effects: changes.effects.clone(), repeated: true });
            }
        }
        for (key, version) in &changes.reads {
            if self.version(key)? != *version {
                return Err(CommitError::Stale);
            }
        }
        for (key, write) in &changes.writes {
            self.write(key, changes.reads.get(key).copied().unwrap_or(0), write)?;
        }
        Ok(Committed { effects: changes.effects.clone(), repeated: false })
    }

    /// Adds what was decided to the audit log: one group, one seal, however many decided.
    fn seal(&self, entries: Vec<Entry>) -> Result<(), CommitError> {
        if entries.is_empty() {
            return Ok(());
        }
        let (newest, mut seen) = (SealRow::newest(FIRST_CHAIN), View::new());
        self.load(&[Want::List(newest.clone())], &mut seen)?;
        let newest = seen.list::<SealRow>(&newest).pop();
        for (key, write) in sealed(FIRST_CHAIN, newest, entries) {
            self.write(&key, 0, &write)?;
        }
        Ok(())
    }

    /// Makes every row that the changes looked at the one that is stored now, so that their commit
    /// finds none of them stale. A simulator breaks the rule so, to show that it would notice.
    pub fn believe(&self, changes: &mut Changes) -> Result<(), CommitError> {
        for (key, version) in &mut changes.reads {
            *version = self.version(key)?;
        }
        Ok(())
    }

    fn version(&self, key: &Key) -> Result<i64, CommitError> {
        let mut prepared = self.connection.prepare_cached(key.table.check)?;
        let mut rows = prepared.query(params_from_iter(&key.values))?;
        Ok(rows.next()?.map_or(Ok(0), |row| row.get(0))?)
    }

    fn write(&self, key: &Key, seen: i64, write: &Write) -> Result<(), CommitError> {
        let (columns, doc) = match write {
            Write::Put { columns, doc } | Write::Insert { columns, doc } => (columns, doc),
            Write::Delete => return self.execute(key.table.delete, &key.values).map(drop),
        };
        let doc_value = Value::Text(doc.clone());
        let version = Value::Int(next_version(seen, columns, doc));
        if seen == 0 {
            let binds = [&version].into_iter().chain(&key.values).chain(columns);
            self.execute(key.table.insert, binds.chain([&doc_value])).map(drop)
        } else {
            let binds = [&version].into_iter().chain(columns).chain([&doc_value]);
            self.execute(key.table.update, binds.chain(&key.values)).map(drop)
        }
    }

    /// Runs `inside` in one transaction: the outermost one, or inside a simulated story a
    /// savepoint of it.
    pub(crate) fn transaction<T>(
        &mut self,
        inside: impl FnOnce(&Self) -> Result<T, CommitError>,
    ) -> Result<T, CommitError> {
        let outermost = self.connection.is_autocommit();
        self.run(if outermost { "BEGIN IMMEDIATE" } else { "SAVEPOINT turn" })?;
        let commit = if outermost { "COMMIT" } else { "RELEASE turn" };
        let done = inside(self).and_then(|done| self.run(commit).map(|()| done));
        if done.is_err() {
            self.roll_back(outermost);
        }
        done
    }

    /// After some failures SQLite has rolled back by itself; then there is nothing left to do.
    fn roll_back(&self, outermost: bool) {
        let rolled_back = match outermost {
            true if self.connection.is_autocommit() => Ok(()),
            true => self.run("ROLLBACK"),
            false => self.run("ROLLBACK TO turn").and_then(|()| self.run("RELEASE turn")),
        };
        if let Err(why) = rolled_back {
            tracing::error!(%why, "the database did not roll back");
        }
    }

    fn execute<'a>(
        &self,
        sql: &str,
        binds: impl IntoIterator<Item = &'a Value>,
    ) -> Result<usize, CommitError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params_from_iter(binds))?)
    }

    pub(super) fn run(&self, sql: &str) -> Result<(), CommitError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

/// What a decision left for the audit log, unless an earlier commit had left it already.
fn audited(changes: &Changes, done: &Committed) -> Vec<Entry> {
    let entries = changes.audited().filter(|_| !done.repeated);
    entries.cloned().collect()
}
