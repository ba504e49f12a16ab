//! The issuers of this server's accounts: keys made at first need and in good time, and kept open
//! for signing. When a key is due is `identity`'s to say, and `operations` writes it down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use domain::AccountId;
use identity::keys::{Key, signing};
use identity::token::{Algorithm, SigningKey};
use operations::issuer::{KeepKeys, Made, wanted};
use store::{AccountRow, IssuerRow, Place, SigningKeyRow};

use crate::limits::SIGNING_KEYS_MAX;
use crate::shared::Shared;

/// The private keys that are open, by account and key.
#[derive(Default)]
pub struct Issuers {
    open: Mutex<HashMap<(AccountId, String), Arc<SigningKey>>>,
    /// Keys are made for one account at a time: it costs more than everything else here.
    making: tokio::sync::Mutex<()>,
}

/// The keys of an account's issuer, with those that were due; `None` where there is no such account.
///
/// # Errors
/// The store does not answer, or no key can be made.
pub async fn keys(shared: &Shared, account: &AccountId) -> Result<Option<Vec<Key>>> {
    let store = &shared.desk.store;
    let row = store.get::<IssuerRow>(IssuerRow::at(account)).await?;
    match row {
        Some(row) if row.due > shared.now() => Ok(Some(row.keys)),
        None if store.get::<AccountRow>(AccountRow::at(account)).await?.is_none() => Ok(None),
        _ => keep(shared, account).await,
    }
}

/// Makes the keys that are due, and forgets those of no more use.
async fn keep(shared: &Shared, account: &AccountId) -> Result<Option<Vec<Key>>> {
    let _making = shared.issuers.making.lock().await;
    let row = shared.desk.store.get::<IssuerRow>(IssuerRow::at(account)).await?;
    let known = row.map(|row| row.keys).unwrap_or_default();
    let mut made = Vec::new();
    for algorithm in wanted(&known, shared.now()) {
        made.push(make(shared, account, algorithm).await?);
    }
    let turn = KeepKeys { account: account.clone(), made };
    Ok(shared.desk.take(&turn, shared.now()).await?)
}

async fn make(shared: &Shared, account: &AccountId, algorithm: Algorithm) -> Result<Made> {
    let key = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await??;
    let kid = key.kid().to_owned();
    let place = Place::of_signing_key(account, &kid);
    let sealed_private = shared.vault.seal(&place, &key.sealable()?)?;
    Ok(Made { algorithm, jwk: key.jwk().clone(), kid, sealed_private })
}

/// The key that signs for an account now.
///
/// # Errors
/// The store does not answer, there is no such account, or its key does not open.
pub async fn signer(
    shared: &Shared,
    account: &AccountId,
    algorithm: Algorithm,
) -> Result<Arc<SigningKey>> {
    let keys = keys(shared, account).await?.context("there is no such account")?;
    let key = signing(&keys, algorithm, shared.now()).context("no key signs at this moment")?;
    let name = (account.clone(), key.kid.clone());
    if let Some(open) = shared.issuers.known(&name) {
        return Ok(open);
    }
    let row = SigningKeyRow::at(account, &key.kid);
    let row = shared.desk.store.get::<SigningKeyRow>(row).await?.context("a key is not there")?;
    let place = Place::of_signing_key(account, &key.kid);
    let private = shared.vault.unseal(&place, &row.sealed_private)?;
    let open = Arc::new(SigningKey::open(algorithm, &private)?);
    shared.issuers.keep(name, open.clone());
    Ok(open)
}

impl Issuers {
    fn known(&self, name: &(AccountId, String)) -> Option<Arc<SigningKey>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// A full table is emptied: it fills again with the keys that sign.
    fn keep(&self, name: (AccountId, String), key: Arc<SigningKey>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= SIGNING_KEYS_MAX {
            open.clear();
        }
        open.insert(name, key);
    }
}
