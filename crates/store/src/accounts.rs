//! Accounts and their access keys.

use crate::record::record;
use crate::statement::Value;
use domain::{AccessKeyId, AccountId, Timestamp};
use serde::{Deserialize, Serialize};

record! {
    /// An account.
    AccountRow in "accounts";
    key { account: AccountId }
    columns {
        /// Raised by every commit that touches the account's keys, roles or policies; what a
        /// server has cached under an older generation is void.
        generation: i64,
        created: Timestamp,
    }
    doc {
        /// What people call it.
        alias: Option<String>,
    }
    lists {
        /// All accounts, by id.
        all(limit: i64) "WHERE account > '' ORDER BY account LIMIT ?" [limit];
    }
}

/// When and for what a key was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// When.
    pub at: Timestamp,
    /// The service's signing name.
    pub service: String,
    /// The region of the scope.
    pub region: String,
}

record! {
    /// An access key. Its id is unique over all accounts.
    AccessKeyRow in "access_keys";
    key { access_key: AccessKeyId }
    columns {
        account: AccountId,
        /// The secret access key, sealed in place `access_keys/<id>/sealed_secret`.
        sealed_secret: Vec<u8>,
        active: bool,
        created: Timestamp,
    }
    doc {
        /// The user whose key it is, by its name in small letters; none: the account's own. A user
        /// with keys is not deleted.
        user: Option<String>,
        /// Its last use that was written down; not each is.
        used: Option<KeyUse>,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_secret, 2, 4) <> ? LIMIT ?" [key.clone(), limit];
        /// An account's keys, oldest first.
        of_account(account: &AccountId)
            "WHERE account = ? ORDER BY created, access_key" [account];
    }
}
