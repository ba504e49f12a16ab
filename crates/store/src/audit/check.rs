//! Whether the audit log is what was written: every seal over its entries, every seal after the one
//! before it, and every signed head in its chain.

use super::signed::{Signed, SignedHeads};
use super::{AuditFlaw, AuditRow, HeadsRow, SealRow};
use crate::accounts::AccountRow;
use crate::limits::AUDIT_PAGE;
use crate::record::Error;
use crate::statement::{Statement, Value};
use crate::store::Store;
use crate::vault::Vault;
use domain::Timestamp;
use identity::audit::{Entry, Head, Seal};
use std::collections::BTreeMap;

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
        let mut report = AuditReport::default();
        let mut chains = BTreeMap::new();
        for chain in self.chains() {
            chains.insert(chain, self.check_chain(chain, &mut report).await?);
        }
        self.unsealed(&mut report.flaws).await?;
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
    async fn unsealed(&self, flaws: &mut Vec<AuditFlaw>) -> Result<(), Error> {
        let page = self.readable::<AuditRow>(AuditRow::unsealed(AUDIT_PAGE), flaws).await?;
        let rows = page.rows.into_iter().filter(|row| self.chains().contains(&row.chain));
        let flaw = |row: AuditRow| AuditFlaw::Unsealed { chain: row.chain, sequence: row.sequence };
        flaws.extend(rows.map(flaw));
        Ok(())
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
        let (mut hashes, mut next) = (Hashes::new(), Some(0));
        let (mut begins, mut before) = (None, None::<Seal>);
        while let Some(after) = next {
            let seals = SealRow::after(chain, after, AUDIT_PAGE);
            let page = self.readable::<SealRow>(seals, &mut report.flaws).await?;
            next = page.next(AUDIT_PAGE);
            for row in page.rows {
                let seal = row.seal();
                if before.as_ref().is_some_and(|before| !seal.follows(before)) {
                    report.flaws.push(AuditFlaw::Order { chain, first: seal.first });
                }
                self.check_group(chain, &seal, report).await?;
                hashes.insert(seal.last, seal.hash.clone());
                begins = begins.or(Some(seal.first));
                before = Some(seal);
            }
        }
        let head = |(first, newest): (i64, Seal)| Head {
            chain,
            first,
            last: newest.last,
            hash: newest.hash,
        };
        report.heads.extend(begins.zip(before).map(head));
        Ok(hashes)
    }

    async fn check_group(
        &self,
        chain: i64,
        seal: &Seal,
        report: &mut AuditReport,
    ) -> Result<(), Error> {
        let (first, last) = (seal.first, seal.last);
        let group = AuditRow::of_group(chain, first, last);
        let group = self.readable::<AuditRow>(group, &mut report.flaws).await?.rows;
        let group: Vec<Entry> = group.iter().map(AuditRow::entry).collect();
        if !seal.holds(&group) {
            report.flaws.push(AuditFlaw::Group { chain, first, last });
        }
        report.entries += group.len() as u64;
        Ok(())
    }

    /// All that was signed, oldest first.
    async fn signed_heads(
        &self,
        vault: &Vault,
        report: &mut AuditReport,
    ) -> Result<Vec<SignedHeads>, Error> {
        let (mut next, mut found) = (Some(0), Vec::new());
        while let Some(since) = next {
            let heads = HeadsRow::since(&Timestamp(since), AUDIT_PAGE);
            let page = self.readable::<HeadsRow>(heads, &mut report.flaws).await?;
            next = page.next(AUDIT_PAGE).map(|at| at + 1);
            for signed in page.rows.iter().map(HeadsRow::signed) {
                match signed.holds(vault) {
                    true => found.push(signed),
                    false => report.flaws.push(AuditFlaw::Signature { signed_at: signed.at }),
                }
            }
        }
        Ok(found)
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
