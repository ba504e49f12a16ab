//! What may be wrong with an audit log, and how it is told.

use domain::Timestamp;
use std::fmt;

/// What does not hold in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditFlaw {
    /// Entries of a group were changed, removed, added or reordered.
    Group {
        /// The chain.
        chain: i64,
        /// The group's first entry.
        first: i64,
        /// Its last one.
        last: i64,
    },
    /// An entry that stands in no sealed group: nobody but who holds the database wrote it.
    Unsealed {
        /// The chain.
        chain: i64,
        /// The entry.
        sequence: i64,
    },
    /// A chain that no server writes to: nobody but who holds the database made it.
    Chain {
        /// The chain.
        chain: i64,
        /// How many entries stand in it.
        entries: i64,
        /// How many seals.
        seals: i64,
    },
    /// A seal does not follow the one before it.
    Order {
        /// The chain.
        chain: i64,
        /// The first entry of the group that does not follow.
        first: i64,
    },
    /// A head was signed that its chain does not have.
    Head {
        /// The chain.
        chain: i64,
        /// The last entry that the head names.
        last: i64,
        /// When it was signed.
        signed_at: Timestamp,
    },
    /// Entries at the beginning of a chain are gone that were there when its head was last signed.
    Gone {
        /// The chain.
        chain: i64,
        /// The oldest entry that should be there.
        first: i64,
        /// When that was signed.
        signed_at: Timestamp,
    },
    /// Heads whose signature is not of any sealing key here.
    Signature {
        /// When they say that they were signed.
        signed_at: Timestamp,
    },
    /// A row of the log that is no entry, seal or signature any more.
    Unreadable {
        /// The row's table.
        table: &'static str,
        /// Its key, as the table has it.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// There are entries or accounts, and nothing that was ever signed: a server signs before it
    /// does anything.
    Unsigned,
}

impl fmt::Display for AuditFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { chain, first, last } => write!(
                f,
                "chain {chain}: the entries {first} to {last} are not those that were sealed"
            ),
            Self::Unsealed { chain, sequence } => {
                write!(f, "chain {chain}: the entry {sequence} was never sealed")
            }
            Self::Chain { chain, entries, seals } => write!(
                f,
                "chain {chain}: no server writes to it; entries in it: {entries}, seals: {seals}"
            ),
            Self::Order { chain, first } => write!(
                f,
                "chain {chain}: what begins with entry {first} does not follow the group before it"
            ),
            Self::Head { chain, last, signed_at } => write!(
                f,
                "chain {chain}: it does not have the entry {last} as it stood at {}, when it was \
                 signed",
                signed_at.rfc3339()
            ),
            Self::Gone { chain, first, signed_at } => write!(
                f,
                "chain {chain}: the entries from {first} on are gone; they were there at {}",
                signed_at.rfc3339()
            ),
            Self::Signature { signed_at } => write!(
                f,
                "the heads of {} are not signed with a sealing key that is known here",
                signed_at.rfc3339()
            ),
            Self::Unreadable { table, key, why } => {
                write!(f, "{table}: the row {key} cannot be read: {why}")
            }
            Self::Unsigned => f.write_str(
                "no signature is there: a server signs when it starts, and once a minute",
            ),
        }
    }
}
