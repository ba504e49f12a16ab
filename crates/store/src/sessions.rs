//! Who is signed in to the console, and the links by which one signs in. Only hashes are kept.

use crate::record::record;
use domain::{AccountId, Timestamp};

record! {
    /// A console session, under the hash of its cookie.
    SessionRow in "sessions";
    key { id_hash: String }
    columns {
        account: AccountId,
        created: Timestamp,
        last_seen: Timestamp,
        expires: Timestamp,
    }
    doc {
        /// Who made the link that it began with: an ARN.
        user: String,
    }
    lists {
        /// An account's sessions, newest first.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY created DESC, id_hash LIMIT ?" [account, limit];
    }
}

record! {
    /// A one-time sign-in link, under the hash of its token.
    LinkRow in "links";
    key { token_hash: String }
    columns { account: AccountId, expires: Timestamp, used: bool }
    doc {
        /// Who made it: an ARN; of older ones nobody knows.
        maker: Option<String>,
    }
    lists {}
}
