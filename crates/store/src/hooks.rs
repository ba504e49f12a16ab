//! The hooks of the repositories that connections reach, and the heads of their refs.

use crate::record::record;
use crate::statement::Value;
use domain::connection::{HookState, Looks, ProviderType};
use domain::{AccountId, CommitSha, ConnectionArn, HookId, RepositoryName, Timestamp};

record! {
    /// A webhook that we registered. Its id, the last segment of its URL, cannot be guessed.
    HookRow in "hooks";
    key { id: HookId }
    columns {
        account: AccountId,
        connection: ConnectionArn,
        repository: RepositoryName,
        /// The forge's own id of the hook, once it has one.
        forge_hook_id: Option<String>,
        sealed_secret: Vec<u8>,
        /// The secret before it, while deliveries signed with it may be under way.
        sealed_previous: Option<Vec<u8>>,
        /// How far it has come.
        state: HookState,
    }
    doc {
        provider: ProviderType,
        /// The forge's own id of the repository, once it was looked up; deliveries about another
        /// one are not believed.
        repository_id: Option<String>,
        /// Whether the forge signs its deliveries, as GitLab may not do; `None` until it has it.
        signs: Option<bool>,
        /// Why it is not registered, or not as it should be, in words.
        trouble: Option<String>,
        /// What the forge calls the repository now, where that is not the name by which pipelines
        /// know it.
        known_as: Option<RepositoryName>,
        /// When a delivery that was signed with the present secret first came.
        verified: Option<Timestamp>,
        /// When we first knew where the repository's refs were: what moves after it is a push.
        heads_known: Option<Timestamp>,
        /// Until when the secret before the present one verifies too; `None` while the forge has
        /// not taken the present one.
        previous_until: Option<Timestamp>,
        /// When the forge last said that it has the hook.
        asked: Option<Timestamp>,
        /// As of when it is known which pull requests there are.
        requests_known: Option<Timestamp>,
        /// Of one that no forge has: how the looks fare that are taken in its place.
        looks: Option<Looks>,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_secret, 2, 4) <> ? OR substr(sealed_previous, 2, 4) <> ? LIMIT ?" [key.clone(), key.clone(), limit];
        /// The hooks of a repository.
        of_repository(account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName)
            "WHERE account = ? AND connection = ? AND repository = ? ORDER BY id"
            [account, connection, repository];
        /// The hooks that have come this far, of all accounts.
        of_state(state: HookState, limit: i64)
            "WHERE state = ? ORDER BY id LIMIT ?" [state, limit];
        /// The hooks of an account, whosever the connections are.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY connection, repository, id LIMIT ?" [account, limit];
        /// The hooks of a connection.
        of_connection(account: &AccountId, connection: &ConnectionArn, limit: i64)
            "WHERE account = ? AND connection = ? ORDER BY repository, id LIMIT ?"
            [account, connection, limit];
        /// The hooks of a connection, whoever's they are: other accounts may share it.
        by_connection(connection: &ConnectionArn, limit: i64)
            "WHERE connection = ? ORDER BY id LIMIT ?" [connection, limit];
        /// The hooks of an account's connection by id, those after `after` (the first page: an empty text).
        of_connection_after(
            account: &AccountId, connection: &ConnectionArn, after: &str, limit: i64,
        )
            "WHERE account = ? AND connection = ? AND id > ? ORDER BY id LIMIT ?"
            [account, connection, after, limit];
    }
}

/// A hook as it begins: what it is for, and its secret.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "as the columns of a row")]
pub struct NewHook {
    pub id: HookId,
    pub account: AccountId,
    pub connection: ConnectionArn,
    pub repository: RepositoryName,
    pub provider: ProviderType,
    pub sealed_secret: Vec<u8>,
    pub state: HookState,
}

impl From<NewHook> for HookRow {
    fn from(new: NewHook) -> Self {
        Self {
            id: new.id,
            account: new.account,
            connection: new.connection,
            repository: new.repository,
            forge_hook_id: None,
            sealed_secret: new.sealed_secret,
            sealed_previous: None,
            state: new.state,
            provider: new.provider,
            repository_id: None,
            signs: None,
            trouble: None,
            known_as: None,
            verified: None,
            heads_known: None,
            previous_until: None,
            asked: None,
            requests_known: None,
            looks: None,
        }
    }
}

impl HookRow {
    /// The name by which the forge is asked for the repository.
    pub fn present_name(&self) -> &RepositoryName {
        self.known_as.as_ref().unwrap_or(&self.repository)
    }

    /// Whether the secret before the present one still verifies what comes at `at`.
    pub fn believes_previous(&self, at: Timestamp) -> bool {
        self.sealed_previous.is_some() && self.previous_until.is_none_or(|until| at < until)
    }
}

record! {
    /// The commit that we know a ref to be at; none where it was deleted.
    HeadRow in "heads";
    key {
        account: AccountId,
        connection: ConnectionArn,
        repository: RepositoryName,
        /// `refs/heads/main`, `refs/tags/v1`, or a pull request's own.
        ref_name: String,
    }
    columns { sha: Option<CommitSha>, updated: Timestamp }
    doc {
        /// Of a pull request that ended: whether it was merged; `None` where that was not written down.
        merged: Option<bool>,
    }
    lists {
        /// A repository's refs by name.
        of_repository(
            account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName,
            limit: i64,
        )
            "WHERE account = ? AND connection = ? AND repository = ? ORDER BY ref_name LIMIT ?"
            [account, connection, repository, limit];
        /// The pull requests of a repository that are known to be open.
        open_requests(
            account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName,
            limit: i64,
        )
            "WHERE account = ? AND connection = ? AND repository = ?
             AND ref_name LIKE 'refs/pull/%' AND sha IS NOT NULL ORDER BY ref_name LIMIT ?"
            [account, connection, repository, limit];
    }
}
