//! An account's issuer: its keys, their public halves beside their private ones, which are sealed.

use crate::record::record;
use crate::statement::Value;
use domain::{AccountId, Timestamp};
use identity::keys::Key;

record! {
    /// An account's issuer. Every change of one of its keys writes this row, so that two decisions
    /// on the same keys cannot both be committed.
    IssuerRow in "issuers";
    key { account: AccountId }
    columns {
        /// When the keys are to be looked at next.
        due: Timestamp,
    }
    doc {
        /// The keys that may still be of use, in the order in which they were made.
        keys: Vec<Key>,
    }
    lists {
        /// Issuers whose keys are to be looked at, the longest waiting first.
        due_until(at: Timestamp, limit: i64)
            "WHERE due <= ? ORDER BY due, account LIMIT ?" [at, limit];
    }
}

record! {
    /// The private half of a key.
    SigningKeyRow in "signing_keys";
    key { account: AccountId, kid: String }
    columns {
        /// PKCS#8 in base64, sealed in place `signing_keys/<kid>/sealed_private`.
        sealed_private: Vec<u8>,
        created: Timestamp,
    }
    doc {}
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_private, 2, 4) <> ? LIMIT ?" [key.clone(), limit];
    }
}
