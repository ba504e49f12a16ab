//! Whether the audit log is what was written: every seal over its entries, every seal after the one
//! before it, and every signed head in its chain.

use super::{AuditRow, FIRST_CHAIN, HeadsRow, LAST_CHAIN, SealRow};
use crate::limits::AUDIT_PAGE;
use crate::record::Error;
use crate::store::Store;
use crate::vault::Vault;
use domain::Timestamp;
use identity::audit::{Entry, Head};
use std::collections::BTreeMap;
use std::fmt;

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
}

impl fmt::Display for AuditFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { chain, first, last } => write!(
                f,
                "chain {chain}: the entries {first} to {last} are not those that were sealed"
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
        }
    }
}

/// Hashes by the last entry of their group, of one chain.
type Hashes = BTreeMap<i64, String>;

impl Store {
    /// Where each chain stands; a chain without entries is left out.
    pub async fn audit_heads(&self) -> Result<Vec<Head>, Error> {
        let mut heads = Vec::new();
        for chain in FIRST_CHAIN..=LAST_CHAIN {
            let newest = self.list::<SealRow>(SealRow::newest(chain)).await?.pop();
            let oldest = self.list::<SealRow>(SealRow::oldest(chain)).await?.pop();
            if let (Some(newest), Some(oldest)) = (newest, oldest) {
                let (first, last) = (oldest.first, newest.last);
                heads.push(Head { chain, first, last, hash: newest.hash });
            }
        }
        Ok(heads)
    }

    /// Reads the whole log and says whether it holds.
    pub async fn check_audit(&self, vault: &Vault) -> Result<AuditReport, Error> {
        let mut report = AuditReport { heads: self.audit_heads().await?, ..Default::default() };
        let mut chains = BTreeMap::new();
        for chain in FIRST_CHAIN..=LAST_CHAIN {
            chains.insert(chain, self.check_chain(chain, &mut report).await?);
        }
        let newest = self.check_heads(vault, &chains, &mut report).await?;
        report.flaws.extend(newest.iter().flat_map(|row| gone(row, &report.heads)));
        Ok(report)
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

    async fn check_heads(
        &self,
        vault: &Vault,
        chains: &BTreeMap<i64, Hashes>,
        report: &mut AuditReport,
    ) -> Result<Option<HeadsRow>, Error> {
        let (mut since, mut newest) = (Timestamp(0), None);
        loop {
            let page = self.list::<HeadsRow>(HeadsRow::since(&since, AUDIT_PAGE)).await?;
            let whole = page.len() as i64 == AUDIT_PAGE;
            for row in &page {
                let signed_at = row.at;
                let text = HeadsRow::signed_text(signed_at, &row.heads);
                if !vault.signed(&text, &row.signature) {
                    report.flaws.push(AuditFlaw::Signature { signed_at });
                    continue;
                }
                for head in &row.heads {
                    if !stands(head, chains) {
                        let (chain, last) = (head.chain, head.last);
                        report.flaws.push(AuditFlaw::Head { chain, last, signed_at });
                    }
                }
                report.signed += 1;
                report.signed_at = report.signed_at.max(Some(signed_at));
                newest = Some(row.clone());
            }
            match page.last() {
                Some(row) if whole => since = Timestamp(row.at.0 + 1),
                _ => return Ok(newest),
            }
        }
    }
}

/// Whether a chain has what was signed. What is older than all that is kept was swept, or the heads
/// that were signed last say that it is gone.
fn stands(head: &Head, chains: &BTreeMap<i64, Hashes>) -> bool {
    let Some(hashes) = chains.get(&head.chain) else { return false };
    match hashes.first_key_value() {
        Some((oldest, _)) if head.last < *oldest => true,
        _ => hashes.get(&head.last) == Some(&head.hash),
    }
}

/// What the newest signed heads still had at the beginning of their chains. A sweep signs again.
fn gone(signed: &HeadsRow, heads: &[Head]) -> Vec<AuditFlaw> {
    let present =
        |head: &Head| heads.iter().any(|it| it.chain == head.chain && it.first <= head.first);
    let missing = signed.heads.iter().filter(|head| !present(head));
    let flaw = |head: &Head| AuditFlaw::Gone {
        chain: head.chain,
        first: head.first,
        signed_at: signed.at,
    };
    missing.map(flaw).collect()
}
