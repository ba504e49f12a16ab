//! The audit log.

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
    }
}
