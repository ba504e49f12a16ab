//! Who is signed in to the console, and the links by which one signs in. Only hashes are kept.

use crate::record::record;
use domain::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// The user whom a session of the console acts as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleUser {
    /// Its name in small letters.
    pub folded: String,
    /// `AIDA…`: whoever has the name later is somebody else.
    pub id: String,
}

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
        /// Whom it acts as; the account's root where absent.
        acts_as: Option<ConsoleUser>,
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
        /// Whom the session acts as; the account's root where absent.
        acts_as: Option<ConsoleUser>,
    }
    lists {}
}
