//! Which files a change touched, asked of git in the repository's mirror.

use domain::forge_event::{ChangedFiles, FilesUnknown, Since};
use domain::{AccountId, CommitSha, ConnectionArn, RepositoryName};
use engine::AskFiles;
use forges::git::GitError;
use forges::github::Purpose;

use crate::access::{Access, NoAccess};
use crate::git::Unanswered;
use crate::perform::{Performed, Performer};

/// Asks for a change of a delivery. Where nobody can say, that is the answer: asking again would
/// not change it.
///
/// # Errors
/// The store or the forge does not answer.
pub async fn ask(performer: &Performer, ask: &AskFiles) -> anyhow::Result<Performed> {
    let told = |files| Performed::Files {
        account: ask.account.clone(),
        delivery: ask.delivery.clone(),
        change_index: ask.change_index,
        commit: ask.commit.clone(),
        files,
    };
    let (account, connection) = (&ask.account, &ask.connection);
    match look(performer, account, connection, &ask.repository, &ask.commit, &ask.since).await? {
        Looked::Files(files) => Ok(told(files)),
        Looked::TokenLost(access) => Ok(access.lost(told(not_told(access.lost_sentence())))),
    }
}

/// What looking came to.
enum Looked {
    Files(ChangedFiles),
    /// The forge takes the connection's token for nothing any more.
    TokenLost(Box<Access>),
}

impl Performer {
    /// The files in which a commit differs from what `since` names.
    ///
    /// # Errors
    /// The store or the forge does not answer.
    pub async fn changed_files(
        &self,
        account: &AccountId,
        connection: &ConnectionArn,
        repository: &RepositoryName,
        commit: &CommitSha,
        since: &Since,
    ) -> anyhow::Result<ChangedFiles> {
        Ok(match look(self, account, connection, repository, commit, since).await? {
            Looked::Files(files) => files,
            Looked::TokenLost(access) => not_told(access.lost_sentence()),
        })
    }
}

async fn look(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionArn,
    repository: &RepositoryName,
    commit: &CommitSha,
    since: &Since,
) -> anyhow::Result<Looked> {
    let access = match performer.open(account, connection, repository, Purpose::Read).await {
        Ok(access) => access,
        Err(cause @ NoAccess::Credentials(_)) => {
            return Ok(Looked::Files(not_told(cause.to_string())));
        }
        Err(cause) => return Err(cause.into()),
    };
    let mirror = &performer.mirrors.of(&access.connection.arn, repository.as_str());
    let changed = |remote| async move { mirror.changed_files(&remote, commit, since).await };
    match access.by_git(repository, changed).await {
        Ok(files) => Ok(Looked::Files(files)),
        Err(Unanswered::Git(GitError::Unauthorised)) if access.is_lost().await => {
            Ok(Looked::TokenLost(Box::new(access)))
        }
        Err(Unanswered::Git(cause)) if !cause.passes() => {
            Ok(Looked::Files(not_told(cause.to_string())))
        }
        Err(why) => Err(why.into()),
    }
}

fn not_told(why: String) -> ChangedFiles {
    ChangedFiles::Unknown(FilesUnknown::NotTold { why })
}
