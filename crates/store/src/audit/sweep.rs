//! The oldest entries go when all of them are too old. How old they are, the signed heads tell: what
//! was signed to be there so long ago is at least as old. No other word for it can be trusted.

use super::signed::SignedHeads;
use super::{HeadsRow, SealRow};
use crate::limits::{SIGNED_HEADS_LOOKS, SWEEP_ROWS_MAX};
use crate::record::Error;
use crate::statement::{Statement, Value};
use crate::store::Store;
use crate::vault::Vault;
use domain::Timestamp;
use identity::audit::Head;

const SEALS: &str = "DELETE FROM audit_seals WHERE (chain, last) IN (SELECT chain, last FROM \
     audit_seals WHERE chain = ? AND last < ? ORDER BY last LIMIT ?) RETURNING last";
const ENTRIES: &str = "DELETE FROM audit_entries WHERE (chain, sequence) IN (SELECT chain, sequence \
     FROM audit_entries WHERE chain = ? AND sequence < ? ORDER BY sequence LIMIT ?) RETURNING sequence";
const HEADS: &str = "DELETE FROM audit_heads WHERE (at, holder) IN (SELECT at, holder FROM audit_heads \
     WHERE at < ? ORDER BY at LIMIT ?) RETURNING at";

impl Store {
    /// What a sweep of all that is older than `moment` leaves of the log, signed; `None` where
    /// nothing is old enough. It must be remembered before [`Store::remove_audit`] removes the rest.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sweep_audit(
        &self,
        vault: &Vault,
        witness: Option<&SignedHeads>,
        (moment, at): (Timestamp, Timestamp),
    ) -> Result<Option<SignedHeads>, Error> {
        let old = self.list::<HeadsRow>(HeadsRow::before(&moment, SIGNED_HEADS_LOOKS)).await?;
        let Some(old) = old.iter().map(HeadsRow::signed).find(|it| it.holds(vault)) else {
            return Ok(None);
        };
        let mut heads = self.sign_audit(vault, witness, at).await?.heads;
        let mut moved = false;
        for head in &mut heads {
            if let Some(first) = self.first_to_stay(head, &old.heads).await? {
                moved |= first > head.first;
                head.first = head.first.max(first);
            }
        }
        Ok(moved.then(|| SignedHeads::sign(vault, at, heads)))
    }

    /// A chain's first group behind what is old; its newest stays in any case. One that lost its
    /// beginning to somebody else is not swept: that must not be covered up.
    async fn first_to_stay(&self, head: &Head, old: &[Head]) -> Result<Option<i64>, Error> {
        let old = old.iter().find(|it| it.chain == head.chain);
        let (Some(old), Some(now)) = (old, self.audit_head(head.chain).await?) else {
            return Ok(None);
        };
        if now.first > head.first {
            return Ok(None);
        }
        let next = self.list::<SealRow>(SealRow::after(head.chain, old.last, 1)).await?.pop();
        let newest = self.list::<SealRow>(SealRow::newest(head.chain)).await?.pop();
        Ok(next.or(newest).map(|seal| seal.first))
    }

    /// Removes what lies before the signed beginnings, and signatures that are older than `moment`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_audit(&self, signed: &SignedHeads, moment: Timestamp) -> Result<(), Error> {
        for head in &signed.heads {
            for sql in [SEALS, ENTRIES] {
                self.remove(sql, &[head.chain.into(), head.first.into()]).await?;
            }
        }
        self.remove(HEADS, &[moment.0.into()]).await
    }

    /// In small steps, so that the writer is never held for long.
    async fn remove(&self, sql: &'static str, of: &[Value]) -> Result<(), Error> {
        loop {
            let binds = [of, &[SWEEP_ROWS_MAX.into()]].concat();
            let gone = self.database.run(vec![Statement { sql, binds }]).await?;
            if gone.first().map_or(0, Vec::len) < SWEEP_ROWS_MAX as usize {
                return Ok(());
            }
        }
    }

    /// Where a chain stands; `None` where it has no entries.
    pub(super) async fn audit_head(&self, chain: i64) -> Result<Option<Head>, Error> {
        let newest = self.list::<SealRow>(SealRow::newest(chain)).await?.pop();
        let oldest = self.list::<SealRow>(SealRow::oldest(chain)).await?.pop();
        Ok(newest.zip(oldest).map(|(newest, oldest)| {
            let (first, last) = (oldest.first, newest.last);
            Head { chain, first, last, hash: newest.hash }
        }))
    }

    /// Where each chain stands; a chain without entries is left out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit_heads(&self) -> Result<Vec<Head>, Error> {
        let mut heads = Vec::new();
        for chain in self.chains() {
            heads.extend(self.audit_head(chain).await?);
        }
        Ok(heads)
    }
}
