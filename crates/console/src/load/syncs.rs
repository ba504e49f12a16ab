//! Repository links, and how what rests on them fares.

use super::words::plain;
use super::{LoadError, Shelf};
use crate::limits::CONNECTIONS_SHOWN;
use crate::moment::Moment;
use crate::view::syncs::{Link, Sync, Syncs};
use crate::view::{Frame, Phrase, Status, Tone, Why};
use domain::sync::{SyncBlocker, SyncState};
use std::collections::BTreeMap;
use store::{ConnectionRow, RepositoryLinkRow, SyncConfigurationRow};

impl Shelf<'_> {
    /// All repository links, by repository.
    pub async fn syncs(&self, frame: Frame) -> Result<Syncs, LoadError> {
        let names = ConnectionRow::of_account(self.account, "", CONNECTIONS_SHOWN);
        let names: Vec<ConnectionRow> = self.store.list(names).await?;
        let names: BTreeMap<_, _> = names.into_iter().map(|row| (row.arn, row.name)).collect();
        let links = RepositoryLinkRow::of_account(self.account, "", CONNECTIONS_SHOWN);
        let mut links: Vec<RepositoryLinkRow> = self.store.list(links).await?;
        links.sort_by(|a, b| (&a.repository, &a.id).cmp(&(&b.repository, &b.id)));
        let resting = |row: &RepositoryLinkRow| {
            SyncConfigurationRow::of_link(self.account, &row.id, CONNECTIONS_SHOWN)
        };
        let resting: Vec<Vec<SyncConfigurationRow>> =
            self.lists(links.iter().map(resting).collect()).await?;
        let link = |(row, syncs): (RepositoryLinkRow, Vec<SyncConfigurationRow>)| Link {
            connection: names.get(&row.connection).cloned().unwrap_or(row.connection.to_string()),
            repository: row.repository.to_string(),
            id: row.id,
            syncs: syncs.iter().map(sync).collect(),
        };
        Ok(Syncs { frame, links: links.into_iter().zip(resting).map(link).collect() })
    }
}

fn sync(row: &SyncConfigurationRow) -> Sync {
    let latest = row.latest.as_ref();
    let commit = latest.and_then(|it| it.commit.as_ref());
    Sync {
        kind: row.sync_type.as_str().to_owned(),
        resource: row.resource.clone(),
        file: row.config_file.clone(),
        branch: row.branch.clone(),
        status: status(latest.map(|it| it.state)),
        commit: commit.map(|it| it.short().to_owned()),
        at: latest.map(|it| Moment(it.started)),
        events: latest
            .map(|it| it.events.iter().map(|it| it.text.clone()).collect())
            .unwrap_or_default(),
        blockers: row.blockers.iter().filter(|it| it.resolved.is_none()).map(blocker).collect(),
    }
}

fn status(state: Option<SyncState>) -> Status {
    let (tone, code, word) = match state {
        None => (Tone::Idle, "NEVER", "Never synced"),
        Some(SyncState::Initiated) => (Tone::Waiting, "INITIATED", "Initiated"),
        Some(SyncState::InProgress) => (Tone::Running, "IN_PROGRESS", "In progress"),
        Some(SyncState::Succeeded) => (Tone::Succeeded, "SUCCEEDED", "Succeeded"),
        Some(SyncState::Failed) => (Tone::Failed, "FAILED", "Failed"),
    };
    Status { tone, code: code.to_owned(), word: word.to_owned() }
}

/// Where it came up stands behind why.
fn blocker(of: &SyncBlocker) -> Why {
    let contexts: Vec<_> =
        of.contexts.iter().map(|(key, value)| format!("{key} {value}")).collect();
    let mut sentence = vec![Phrase::plain(of.reason.clone())];
    if !contexts.is_empty() {
        sentence.push(Phrase::plain(format!(" ({})", contexts.join(", "))));
    }
    plain("sync-blocked", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn a_blocker_says_why_and_where() {
        let of = SyncBlocker {
            id: "b".to_owned(),
            reason: "the file is no pipeline".to_owned(),
            contexts: vec![("File".to_owned(), "p.json".to_owned())],
            created: Timestamp(0),
            resolved: None,
        };
        let Why { code, sentence, .. } = blocker(&of);
        assert_eq!(code, "sync-blocked");
        assert_eq!(sentence[1], Phrase::plain(" (File p.json)"));
        assert_eq!(status(None).code, "NEVER");
    }
}
