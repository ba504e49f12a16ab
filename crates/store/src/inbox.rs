//! Deliveries as they were received, and what became of each change in them.

use crate::record::record;
use domain::{AccountId, DeliveryId, HookId, Timestamp, reason::Disposition};
use std::collections::BTreeMap;

/// The state of a delivery that nobody looked at yet.
pub const NEW: &str = "new";
/// The state of a delivery whose every change has its disposition.
pub const DONE: &str = "done";

record! {
    /// One webhook request, written before it is answered.
    DeliveryRow in "deliveries";
    key { account: AccountId, id: DeliveryId }
    columns {
        hook: HookId,
        /// The id that the forge gave it.
        forge_delivery: String,
        received: Timestamp,
        /// [`NEW`] or [`DONE`].
        state: String,
        /// SHA-256 of the body in hex: by it a replay is told from an honest repeat.
        digest: String,
        /// The bytes that were signed; empty once their retention is over.
        body: Vec<u8>,
    }
    doc {
        provider: String,
        event: String,
        headers: BTreeMap<String, String>,
        /// What the signature's check said.
        verdict: String,
    }
    lists {
        /// Those that nobody looked at yet, oldest first, with their bodies.
        waiting(limit: i64) "WHERE state = 'new' ORDER BY received, id LIMIT ?" [limit];
        /// Those that bear this forge's id.
        by_forge_id(hook: &HookId, forge_delivery: &str)
            "WHERE hook = ? AND forge_delivery = ? ORDER BY received, id LIMIT 100"
            [hook, forge_delivery];
        /// The first two that came to this hook with the very same bytes.
        by_digest(hook: &HookId, digest: &str)
            "WHERE hook = ? AND digest = ? ORDER BY received, id LIMIT 2" [hook, digest];
    }
}

record! {
    /// A delivery without its body, for lists. Only read: write a [`DeliveryRow`].
    DeliverySummary in "deliveries";
    key { account: AccountId, id: DeliveryId }
    columns {
        hook: HookId,
        forge_delivery: String,
        received: Timestamp,
        state: String,
    }
    doc {
        provider: String,
        event: String,
        verdict: String,
    }
    lists {
        /// An account's deliveries, newest first, those before the moment and id of the page
        /// before (the first page: `Timestamp(i64::MAX)` and an empty id).
        of_account(account: &AccountId, before: Timestamp, before_id: &DeliveryId, limit: i64)
            "WHERE account = ? AND (received, id) < (?, ?) ORDER BY received DESC, id DESC LIMIT ?"
            [account, before, before_id, limit];
        /// Those that nobody looked at yet, oldest first.
        waiting(limit: i64) "WHERE state = 'new' ORDER BY received, id LIMIT ?" [limit];
        /// An account's deliveries whose id begins with `prefix`, at most `limit`.
        by_prefix(account: &AccountId, prefix: &str, limit: i64)
            "WHERE account = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?"
            [account, prefix, format!("{prefix}~"), limit];
    }
}

record! {
    /// What became of one change in a delivery.
    DispositionRow in "dispositions";
    key { account: AccountId, delivery: DeliveryId, change_index: i64 }
    columns {
        /// `started`, `duplicate`, `filtered`, `stale` or `unusable`.
        kind: String,
    }
    doc { doc: Disposition }
    lists {
        /// A delivery's dispositions in the order of its changes.
        of_delivery(account: &AccountId, delivery: &DeliveryId)
            "WHERE account = ? AND delivery = ? ORDER BY change_index" [account, delivery];
    }
}
