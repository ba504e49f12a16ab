//! Commit statuses that forges did not take.

use crate::record::record;
use domain::{AccountId, CommitSha, RepositoryName, Timestamp};

record! {
    /// The last commit status of a repository, which the forge refused for good; gone when it takes one.
    RefusedStatusRow in "refused_statuses";
    key {
        account: AccountId,
        /// [`domain::ConnectionArn::id`]: the same under both prefixes.
        connection: String,
        repository: RepositoryName,
    }
    columns { at: Timestamp }
    doc {
        commit: CommitSha,
        /// What the status is called at the forge.
        context: String,
        /// Why it was refused, and whom the connection speaks for.
        why: String,
    }
    lists {
        /// Those of a connection.
        of_connection(account: &AccountId, connection: &str, limit: i64)
            "WHERE account = ? AND connection = ? ORDER BY repository LIMIT ?"
            [account, connection, limit];
    }
}
