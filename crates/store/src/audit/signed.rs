//! Where the log was signed to stand. A chain begins where the signatures say: only a sweep moves
//! that, and signs it before it deletes anything. So whoever cuts the log and waits for the next
//! signature gets one over what was there, which shows for good.

use super::{HeadsRow, SealRow};
use crate::limits::SIGNED_HEADS_LOOKS;
use crate::record::Error;
use crate::store::Store;
use crate::vault::{Signature, Vault};
use domain::{HolderId, Timestamp};
use identity::audit::Head;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where all chains stood at a moment, with the signature of a key that the database does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHeads {
    /// When.
    pub at: Timestamp,
    /// Where each chain stood.
    pub heads: Vec<Head>,
    /// Over both.
    pub signature: Signature,
}

impl SignedHeads {
    /// Signs where the chains stand.
    pub fn sign(vault: &Vault, at: Timestamp, heads: Vec<Head>) -> Self {
        let signature = vault.sign(&text(at, &heads));
        Self { at, heads, signature }
    }

    /// Whether one of the keys here signed it.
    pub fn holds(&self, vault: &Vault) -> bool {
        vault.signed(&text(self.at, &self.heads), &self.signature)
    }

    /// The row that says so, of the server that signed.
    pub fn row(self, holder: HolderId) -> HeadsRow {
        let Self { at, heads, signature } = self;
        HeadsRow { at, holder, heads, signature }
    }
}

fn text(at: Timestamp, heads: &[Head]) -> String {
    let heads = serde_json::to_string(heads).expect("heads are text and numbers");
    format!("towpath audit heads\n{}\n{heads}", at.0)
}

/// What all signatures together say of each chain: the latest beginning and the latest end. Of what
/// several servers sign at once, neither ever goes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Signed {
    chains: BTreeMap<i64, Head>,
    /// When the newest of them was signed.
    pub(super) at: Option<Timestamp>,
}

impl Signed {
    /// Adds what was found to be signed.
    pub(super) fn add(&mut self, signed: &SignedHeads) {
        self.at = self.at.max(Some(signed.at));
        for head in &signed.heads {
            let known = self.chains.entry(head.chain).or_insert_with(|| head.clone());
            known.first = known.first.max(head.first);
            if known.last < head.last {
                (known.last, known.hash) = (head.last, head.hash.clone());
            }
        }
    }

    /// What is signed of a chain.
    pub(super) fn of(&self, chain: i64) -> Option<&Head> {
        self.chains.get(&chain)
    }

    /// What is signed of every chain that anything is signed of.
    pub(super) fn heads(&self) -> impl Iterator<Item = &Head> {
        self.chains.values()
    }
}

impl Store {
    /// Signs where the log stands now, on top of what was signed before. `witness` is what is
    /// remembered of that outside the database.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_audit(
        &self,
        vault: &Vault,
        witness: Option<&SignedHeads>,
        at: Timestamp,
    ) -> Result<SignedHeads, Error> {
        let signed = self.signed(vault, witness).await?;
        let mut heads = Vec::new();
        for chain in self.chains() {
            heads.extend(self.head_to_sign(chain, &signed).await?);
        }
        Ok(SignedHeads::sign(vault, at, heads))
    }

    /// A chain that does not have what was signed of it is signed as it was, and as long as it does
    /// not.
    async fn head_to_sign(&self, chain: i64, signed: &Signed) -> Result<Option<Head>, Error> {
        let now = self.audit_head(chain).await?;
        Ok(match (now, signed.of(chain)) {
            (now, None) => now,
            (Some(now), Some(signed)) if self.has(signed).await? => {
                Some(Head { first: signed.first, ..now })
            }
            (_, Some(signed)) => Some(signed.clone()),
        })
    }

    async fn has(&self, head: &Head) -> Result<bool, Error> {
        let seal = self.get::<SealRow>(SealRow::at(&head.chain, &head.last)).await?;
        Ok(seal.is_some_and(|seal| seal.hash == head.hash))
    }

    /// What the newest signatures say, and the witness.
    pub(super) async fn signed(
        &self,
        vault: &Vault,
        witness: Option<&SignedHeads>,
    ) -> Result<Signed, Error> {
        let newest = HeadsRow::before(&Timestamp(i64::MAX), SIGNED_HEADS_LOOKS);
        let rows = self.list::<HeadsRow>(newest).await?;
        let mut signed = Signed::default();
        let all = rows.iter().map(HeadsRow::signed).chain(witness.cloned());
        all.filter(|it| it.holds(vault)).for_each(|it| signed.add(&it));
        Ok(signed)
    }
}
