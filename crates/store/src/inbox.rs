//! Deliveries as they were received, and what became of each change in them.

use crate::record::{Key, record};
use domain::{AccountId, ConnectionArn, DeliveryId, HookId, Timestamp, reason::Disposition};
use std::collections::BTreeMap;

/// The state of a delivery that nobody looked at yet.
pub const NEW: &str = "new";
/// The state of a delivery whose every change has its disposition.
pub const DONE: &str = "done";

record! {
    /// One webhook request, written before it is answered; what it said is its
    /// [`DeliveryBodyRow`].
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
    }
    doc {
        provider: String,
        event: String,
        /// What the signature's check said.
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
        /// The first that bears this forge's id.
        first_by_forge_id(hook: &HookId, forge_delivery: &str)
            "WHERE hook = ? AND forge_delivery = ? ORDER BY received, id LIMIT 1"
            [hook, forge_delivery];
        /// The newest that came to this hook.
        newest_of_hook(hook: &HookId)
            "WHERE hook = ? ORDER BY received DESC, id DESC LIMIT 1" [hook];
        /// The first that came to this hook with the very same bytes.
        first_by_digest(hook: &HookId, digest: &str)
            "WHERE hook = ? AND digest = ? ORDER BY received, id LIMIT 1" [hook, digest];
    }
}

record! {
    /// What a delivery said, until its retention is over. It lies apart, so that deciding the
    /// delivery does not write these bytes again.
    DeliveryBodyRow in "delivery_bodies";
    key { account: AccountId, received: Timestamp, delivery: DeliveryId }
    columns {
        /// The bytes that were signed.
        body: Vec<u8>,
    }
    doc { headers: BTreeMap<String, String> }
    lists {}
}

impl DeliveryRow {
    /// The key of its [`DeliveryBodyRow`].
    pub fn body_key(&self) -> Key {
        DeliveryBodyRow::at(&self.account, &self.received, &self.id)
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

record! {
    /// The deliveries that a hook refused, because nobody showed to know its secret: one row a hook,
    /// however many they are.
    RefusedDeliveryRow in "refused_deliveries";
    key { account: AccountId, hook: HookId }
    columns {
        /// The hook's; empty of an App's one hook.
        connection: ConnectionArn,
        /// When the last one came.
        last: Timestamp,
    }
    doc {
        /// How many.
        count: u32,
        /// Why the last one was refused.
        why: String,
        /// Where that one came from.
        peer: String,
    }
    lists {
        /// Those of a connection's hooks.
        of_connection(account: &AccountId, connection: &ConnectionArn, limit: i64)
            "WHERE account = ? AND connection = ? ORDER BY hook LIMIT ?"
            [account, connection, limit];
    }
}
