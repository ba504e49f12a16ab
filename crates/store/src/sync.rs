//! Repository links, and the resources that are kept in step with files of linked repositories.

use crate::record::record;
use domain::connection::ProviderType;
use domain::sync::{SyncAttempt, SyncBlocker, SyncType};
use domain::{AccountId, ConnectionArn, RepositoryName, Timestamp};
use std::collections::BTreeMap;

record! {
    /// A repository by a connection, under an id of its own.
    RepositoryLinkRow in "repository_links";
    key {
        account: AccountId,
        /// The UUID at the end of its ARN.
        id: String,
    }
    columns {
        /// As the connection was made.
        connection: ConnectionArn,
        /// `owner/name`.
        repository: RepositoryName,
        created: Timestamp,
    }
    doc {
        /// As it was made, with the prefix of the caller who made it.
        arn: String,
        owner: String,
        name: String,
        provider: ProviderType,
        /// Kept and shown; nothing is encrypted with it.
        encryption_key: Option<String>,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's links by id, those after `after`.
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND id > ? ORDER BY id LIMIT ?" [account, after, limit];
        /// The links to a repository: one, but for an instant none of two.
        of_repository(account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName)
            "WHERE account = ? AND connection = ? AND repository = ? ORDER BY id"
            [account, connection, repository];
        /// The links by a connection.
        of_connection(account: &AccountId, connection: &ConnectionArn, limit: i64)
            "WHERE account = ? AND connection = ? ORDER BY repository, id LIMIT ?"
            [account, connection, limit];
    }
}

record! {
    /// A resource that is kept in step with a file.
    SyncConfigurationRow in "sync_configurations";
    key {
        account: AccountId,
        sync_type: SyncType,
        /// A pipeline's or a stack's name.
        resource: String,
    }
    columns {
        /// The repository link's id.
        link: String,
        branch: String,
        created: Timestamp,
    }
    doc {
        /// The file's path in the repository.
        config_file: String,
        /// On whose behalf the resource is changed.
        role_arn: String,
        /// Whether a commit status says how it went; none where nobody said.
        publishes_status: Option<bool>,
        /// Whether every commit is applied, and not only one that changes the file; none where
        /// nobody said.
        on_any_change: Option<bool>,
        /// Whether pull requests are to be commented; none where nobody said.
        comments: Option<bool>,
        /// The attempt that is under way or was the last.
        latest: Option<SyncAttempt>,
        /// The last one that succeeded.
        succeeded: Option<SyncAttempt>,
        /// The last ones, the newest first.
        blockers: Vec<SyncBlocker>,
    }
    lists {
        /// An account's configurations.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY sync_type, resource LIMIT ?" [account, limit];
        /// Those that rest on a link.
        of_link(account: &AccountId, link: &str, limit: i64)
            "WHERE account = ? AND link = ? ORDER BY sync_type, resource LIMIT ?"
            [account, link, limit];
    }
}
