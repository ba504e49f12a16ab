//! Effects that wait to be performed, and the processes that hold them.

use crate::record::record;
use domain::reason::Silence;
use domain::{AccountId, EffectId, HolderId, Timestamp};
use engine::Effect;

record! {
    /// An effect, born held by the process that committed it. Gone once its result is committed.
    EffectRow in "effects";
    key { account: AccountId, id: EffectId }
    columns {
        holder: HolderId,
        /// The holder's epoch when it took it.
        epoch: i64,
        created: Timestamp,
        /// Not to be performed before.
        due_at: Timestamp,
        /// How often it failed so far.
        tries: i64,
    }
    doc {
        effect: Effect,
        /// How the world has not answered so far.
        silence: Option<Silence>,
    }
    lists {
        /// One holder's effects, the first due first.
        of_holder(holder: &HolderId, limit: i64)
            "WHERE holder = ? ORDER BY due_at, id LIMIT ?" [holder, limit];
        /// Those whose ids begin as both bounds do, and lie between them.
        between(account: &AccountId, from: &EffectId, to: &EffectId, limit: i64)
            "WHERE account = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?" [account, from, to, limit];
        /// Everyone else's effects: what a server that knows the others dead takes over.
        not_of(holder: &HolderId, limit: i64)
            "WHERE holder <> ? ORDER BY due_at, id LIMIT ?" [holder, limit];
    }
}

record! {
    /// A process that holds effects and attempts.
    HolderRow in "holders";
    key { id: HolderId }
    columns {
        /// The fence: raised when another takes over.
        epoch: i64,
        /// A counter that the holder raises while it lives; no clock.
        beat: i64,
    }
    doc {}
    lists {
        /// All holders.
        all(limit: i64) "WHERE id > '' ORDER BY id LIMIT ?" [limit];
    }
}

record! {
    /// One thing that a server remembers about itself.
    MetaRow in "meta";
    key { key: String }
    columns { value: String }
    doc {}
    lists {}
}
