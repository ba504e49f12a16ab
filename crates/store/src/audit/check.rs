//! Whether the audit log is what was written: every seal over its entries, every seal after the one
//! before it, and every signed head in its chain.

use super::signed::{Signed, SignedHeads};
use super::{AuditRow, HeadsRow, SealRow};
use crate::accounts::AccountRow;
use crate::limits::AUDIT_PAGE;
use crate::record::Error;
use crate::statement::{Statement, Value};
use crate::store::Store;
use crate::vault::Vault;
use domain::Timestamp;
use identity::audit::{Entry, Head};
use std::collections::BTreeMap;
use std::fmt;

/// How many rows stand in each chain that no server writes to.
const FOREIGN_ENTRIES: &str = "SELECT chain, COUNT(*) FROM audit_entries \
     WHERE chain < ? OR chain > ? GROUP BY chain ORDER BY chain";
const FOREIGN_SEALS: &str = "SELECT chain, COUNT(*) FROM audit_seals \
     WHERE chain < ? OR chain > ? GROUP BY chain ORDER BY chain";

/// What was found in a log that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Entries that were read.
    pub entries: u64,
    /// Where each chain stands.
    pub heads: Vec<Head>,
    /// Signed heads that were held against the chains.
    pub signed: u64,
    /// When heads were last signed: what came later is sealed and not yet signed.
    pub signed_at: Option<Timestamp>,
    /// Whether something outside the database remembers what was signed: without it a log that was
    /// cut at its end, together with what was signed of that, looks whole.
    pub witnessed: bool,
    /// Chains that nothing signed names: they were begun since the last signature, or by who holds
    /// the database.
    pub unnamed: Vec<i64>,
    /// What does not hold.
    pub flaws: Vec<AuditFlaw>,
}

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
            Self::Unsigned => f.write_str(
                "no signature is there: a server signs when it starts, and once a minute",
            ),
        }
    }
}

/// Hashes by the last entry of their group, of one chain.
type Hashes = BTreeMap<i64, String>;

impl Store {
    /// Reads the whole log and says whether it holds. `witness` is what is remembered outside the
    /// database of what was signed.
    pub async fn check_audit(
        &self,
        vault: &Vault,
        witness: Option<&SignedHeads>,
    ) -> Result<AuditReport, Error> {
        let mut report = AuditReport { heads: self.audit_heads().await?, ..Default::default() };
        let mut chains = BTreeMap::new();
        for chain in self.chains() {
            chains.insert(chain, self.check_chain(chain, &mut report).await?);
        }
        report.flaws.extend(self.unsealed().await?);
        report.flaws.extend(self.foreign().await?);
        let mut all = self.signed_heads(vault, &mut report).await?;
        report.signed = all.len() as u64;
        let witness = witness.filter(|it| it.holds(vault));
        report.witnessed = witness.is_some();
        all.extend(witness.cloned());
        let mut signed = Signed::default();
        all.iter().for_each(|it| signed.add(it));
        report.signed_at = signed.at;
        report.flaws.extend(all.iter().flat_map(|it| missing(it, &signed, &chains)));
        report.flaws.extend(gone(&signed, &report.heads));
        let chains = report.heads.iter().map(|head| head.chain);
        report.unnamed = chains.filter(|chain| signed.of(*chain).is_none()).collect();
        if signed.at.is_none() && (report.entries > 0 || self.has_accounts().await?) {
            report.flaws.push(AuditFlaw::Unsigned);
        }
        Ok(report)
    }

    async fn has_accounts(&self) -> Result<bool, Error> {
        Ok(!self.list::<AccountRow>(AccountRow::all(1)).await?.is_empty())
    }

    /// Entries of known chains that stand in no sealed group.
    async fn unsealed(&self) -> Result<Vec<AuditFlaw>, Error> {
        let rows = self.list::<AuditRow>(AuditRow::unsealed(AUDIT_PAGE)).await?;
        let rows = rows.into_iter().filter(|row| self.chains().contains(&row.chain));
        let flaw = |row: AuditRow| AuditFlaw::Unsealed { chain: row.chain, sequence: row.sequence };
        Ok(rows.map(flaw).collect())
    }

    /// Chains that no server writes to.
    async fn foreign(&self) -> Result<Vec<AuditFlaw>, Error> {
        let binds = || vec![Value::Int(*self.chains().start()), Value::Int(*self.chains().end())];
        let count = |sql| Statement { sql, binds: binds() };
        let counted = [FOREIGN_ENTRIES, FOREIGN_SEALS].map(count).to_vec();
        let mut found = BTreeMap::<i64, [i64; 2]>::new();
        for (kind, rows) in self.database.run(counted).await?.into_iter().enumerate() {
            for row in rows {
                if let [Value::Int(chain), Value::Int(count)] = row[..] {
                    found.entry(chain).or_default()[kind] = count;
                }
            }
        }
        let flaw =
            |(chain, [entries, seals]): (i64, [i64; 2])| AuditFlaw::Chain { chain, entries, seals };
        Ok(found.into_iter().map(flaw).collect())
    }

    async fn check_chain(&self, chain: i64, report: &mut AuditReport) -> Result<Hashes, Error> {
        let (mut hashes, mut before) = (Hashes::new(), None::<SealRow>);
        loop {
            let last = before.as_ref().map_or(0, |seal| seal.last);
            let page = self.list::<SealRow>(SealRow::after(chain, last, AUDIT_PAGE)).await?;
            if page.is_empty() {
                return Ok(hashes);
            }
            for row in page {
                let (first, last, seal) = (row.first, row.last, row.seal());
                if before.as_ref().is_some_and(|before| !seal.follows(&before.seal())) {
                    report.flaws.push(AuditFlaw::Order { chain, first });
                }
                let group = self.list::<AuditRow>(AuditRow::of_group(chain, first, last)).await?;
                let group: Vec<Entry> = group.iter().map(AuditRow::entry).collect();
                if !seal.holds(&group) {
                    report.flaws.push(AuditFlaw::Group { chain, first, last });
                }
                report.entries += group.len() as u64;
                hashes.insert(last, row.hash.clone());
                before = Some(row);
            }
        }
    }

    /// All that was signed, oldest first.
    async fn signed_heads(
        &self,
        vault: &Vault,
        report: &mut AuditReport,
    ) -> Result<Vec<SignedHeads>, Error> {
        let (mut since, mut found) = (Timestamp(0), Vec::new());
        loop {
            let page = self.list::<HeadsRow>(HeadsRow::since(&since, AUDIT_PAGE)).await?;
            for signed in page.iter().map(HeadsRow::signed) {
                match signed.holds(vault) {
                    true => found.push(signed),
                    false => report.flaws.push(AuditFlaw::Signature { signed_at: signed.at }),
                }
            }
            match page.last() {
                Some(row) if page.len() as i64 == AUDIT_PAGE => since = Timestamp(row.at.0 + 1),
                _ => return Ok(found),
            }
        }
    }
}

/// What was signed of chains that do not have it; what lies before a chain's signed beginning was
/// swept.
fn missing(signed: &SignedHeads, all: &Signed, chains: &BTreeMap<i64, Hashes>) -> Vec<AuditFlaw> {
    let swept = |head: &Head| all.of(head.chain).is_some_and(|it| head.last < it.first);
    let stands = |head: &Head| {
        chains.get(&head.chain).and_then(|hashes| hashes.get(&head.last)) == Some(&head.hash)
    };
    let missing = signed.heads.iter().filter(|head| !swept(head) && !stands(head));
    let flaw =
        |head: &Head| AuditFlaw::Head { chain: head.chain, last: head.last, signed_at: signed.at };
    missing.map(flaw).collect()
}

/// What should be there at the beginning of chains and is not.
fn gone(signed: &Signed, heads: &[Head]) -> Vec<AuditFlaw> {
    let present =
        |head: &Head| heads.iter().any(|it| it.chain == head.chain && it.first <= head.first);
    let missing = signed.heads().filter(|head| !present(head));
    let signed_at = signed.at.unwrap_or_default();
    let flaw = |head: &Head| AuditFlaw::Gone { chain: head.chain, first: head.first, signed_at };
    missing.map(flaw).collect()
}
