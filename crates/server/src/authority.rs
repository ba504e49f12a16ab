//! Whom an access key speaks for, kept in memory under its account's generation.
//!
//! Every commit that touches keys, roles or policies raises the generation, so a key that was
//! revoked by this server or another is refused at its next call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{AccessKeyId, AccountId, Secret, Timestamp};
use identity::Authority;
use operations::session;
use operations::standing::Whose;
use operations::turn::Desk;
use store::{AccessKeyRow, AccountRow, Changes, KeyUse, Place, Store, Vault, View, Want};

use crate::limits::{AUTHORITIES_MAX, KEY_USE_SECONDS};

/// A key that may sign: for whom, and with what.
#[derive(Debug)]
pub struct Signer {
    /// Whom it speaks for, and until when that holds.
    pub authority: Authority,
    /// What it signs with.
    pub secret: Secret,
    /// When its use was written down last, in milliseconds; a session's never is.
    noted: AtomicI64,
}

impl Signer {
    fn new(authority: Authority, secret: Secret, noted: Timestamp) -> Self {
        Self { authority, secret, noted: AtomicI64::new(noted.0) }
    }

    /// Whether a use now is to be written down: said once in an interval.
    fn is_due(&self, at: Timestamp) -> bool {
        let last = self.noted.load(Relaxed);
        at.0.saturating_sub(last) >= 1000 * KEY_USE_SECONDS
            && self.noted.compare_exchange(last, at.0, Relaxed, Relaxed).is_ok()
    }

    /// Notes what the key was used for, now and then, and lets nobody wait for it.
    pub fn note_use(&self, desk: &Desk, used: impl FnOnce() -> KeyUse, at: Timestamp) {
        if self.is_due(at) {
            let (desk, key) = (desk.clone(), self.authority.principal.access_key.clone());
            let used = used();
            tokio::spawn(async move {
                if let Err(cause) = write_use(&desk, &key, used).await {
                    tracing::debug!(%cause, "a key's use was not noted");
                }
            });
        }
    }
}

async fn write_use(desk: &Desk, key: &AccessKeyId, used: KeyUse) -> anyhow::Result<()> {
    let (place, mut seen) = (AccessKeyRow::at(key), View::new());
    desk.store.load(&[Want::Row(place.clone())], &mut seen).await?;
    let Some(row) = seen.row::<AccessKeyRow>(place).cloned() else { return Ok(()) };
    let mut changes = Changes::of_loop();
    changes.put(&seen, AccessKeyRow { used: Some(used), ..row });
    let committed = desk.store.commit(changes).await?;
    (desk.hand_over)(committed.effects);
    Ok(())
}

/// The authorities that were looked up so far.
#[derive(Default)]
pub struct Authorities {
    keys: Known,
    /// Apart from the others: a session's key is nobody's without its token.
    sessions: Known,
}

/// Signers by the keys that they sign with.
#[derive(Default)]
struct Known(Mutex<HashMap<AccessKeyId, Arc<Signer>>>);

impl Authorities {
    /// The authority of a key; `None` for a key that is unknown or not active.
    ///
    /// # Errors
    /// The store did not answer, or the secret cannot be opened with this server's sealing key.
    pub async fn of(
        &self,
        key: &AccessKeyId,
        desk: &Desk,
        vault: &Vault,
    ) -> anyhow::Result<Option<Arc<Signer>>> {
        if let Some(known) = self.keys.get(key) {
            let generation = generation(&desk.store, &known.authority.principal.account).await?;
            if generation.is_some_and(|generation| known.authority.holds(generation)) {
                return Ok(Some(known));
            }
        }
        let found = look_up(key, desk, vault).await?.map(Arc::new);
        self.keys.put(key, found.clone());
        Ok(found)
    }

    /// The authority of a session's key, which is good with its own token only; `None` where whoever
    /// the session is of is no more.
    ///
    /// # Errors
    /// The token is not good, or the store did not answer.
    pub async fn of_session(
        &self,
        key: &AccessKeyId,
        unverified_token: &str,
        desk: &Desk,
        vault: &Vault,
        at: Timestamp,
    ) -> anyhow::Result<Result<Option<Arc<Signer>>, session::Unusable>> {
        // Opened each time: what is kept under the key says nothing of the token that came with it.
        let (session, secret) = match session::open(key, unverified_token, vault, at) {
            Ok(opened) => opened,
            Err(unusable) => return Ok(Err(unusable)),
        };
        let Some(generation) = generation(&desk.store, &session.account).await? else {
            return Ok(Ok(None));
        };
        let known = self.sessions.get(key).filter(|known| known.authority.holds(generation));
        if known.as_ref().is_some_and(|known| known.secret == secret) {
            return Ok(Ok(known));
        }
        let principal = desk.session(&session, key.clone()).await?;
        let signer = |principal| {
            Signer::new(Authority { principal, generation }, secret, Timestamp(i64::MAX))
        };
        let found = principal.map(signer).map(Arc::new);
        self.sessions.put(key, found.clone());
        Ok(Ok(found))
    }
}

impl Known {
    fn get(&self, key: &AccessKeyId) -> Option<Arc<Signer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// A full table is emptied: it fills again with the keys that are in use.
    fn put(&self, key: &AccessKeyId, found: Option<Arc<Signer>>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= AUTHORITIES_MAX {
            known.clear();
        }
        match found {
            Some(signer) => drop(known.insert(key.clone(), signer)),
            None => drop(known.remove(key)),
        }
    }
}

async fn generation(store: &Store, account: &AccountId) -> Result<Option<i64>, store::Error> {
    let row = store.get::<AccountRow>(AccountRow::at(account)).await?;
    Ok(row.map(|row| row.generation))
}

async fn look_up(key: &AccessKeyId, desk: &Desk, vault: &Vault) -> anyhow::Result<Option<Signer>> {
    let store = &desk.store;
    let Some(first) = store.get::<AccessKeyRow>(AccessKeyRow::at(key)).await? else {
        return Ok(None);
    };
    // The state that counts is read after the generation: a change in between then only makes
    // the next call look again.
    let generation = generation(store, &first.account).await?;
    let row = store.get::<AccessKeyRow>(AccessKeyRow::at(key)).await?.filter(|row| row.active);
    let (Some(generation), Some(row)) = (generation, row) else {
        return Ok(None);
    };
    let secret = vault.unseal(&Place::of_access_key(&row.account, key), &row.sealed_secret)?;
    let whose = match row.user {
        None => Whose::Root(row.account),
        Some(folded) => Whose::User(row.account, folded),
    };
    let principal = desk.principal(&whose, key.clone()).await?;
    let noted = row.used.map_or(Timestamp(0), |used| used.at);
    let signer = |principal| Signer::new(Authority { principal, generation }, secret, noted);
    Ok(principal.map(signer))
}
