//! The audit log.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::moment::Moment;
use crate::shapes::shapes;

shapes! { "camelCase";
    /// Asks for the account's audit log.
    ListAuditEntriesInput {} optional {
        /// 1 to 100; 100 where absent.
        max_results: u32,
        /// From the page before.
        next_token: String,
    }

    /// One page.
    ListAuditEntriesOutput {
        /// Newest first.
        entries: Vec<AuditEntry>,
    } optional {
        /// For the next page, while there is one.
        next_token: String,
    }

    /// One privileged action.
    AuditEntry {
        /// Its place in the log: `CHAIN/NUMBER`.
        entry_id: String,
        /// When it was decided.
        at: Moment,
        /// Who took it: an ARN, or the name of a loop of the server's own.
        principal: String,
        /// `service:Action`.
        action: String,
        /// An ARN, or `*`.
        resource: String,
    } optional {
        /// The access key that signed.
        access_key_id: String,
        /// Who began the chain of sessions that the caller's one ends.
        source_identity: String,
        /// Members of the request that say what was done; never a secret.
        request_parameters: BTreeMap<String, Value>,
    }
}
