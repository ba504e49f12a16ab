//! What the first start makes: the account, an access key, and the key that seals page tokens.

use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::{AccessKeyId, AccountId, Entropy, Secret, Timestamp};
use store::{AccessKeyRow, AccountRow, Changes, MetaRow, Place, Record, Store, Vault, View, Want};

pub use operations::accounts::FIRST_ACCOUNT;

use crate::folder::DataFolder;

/// The row of the key that seals page tokens: the first secret of every database.
const PAGE_KEY: &str = "page-token-key";

/// Makes account and access key where there is no account yet, and writes the key to the data
/// folder; no default password exists.
///
/// # Errors
/// The store or the disk does not answer.
pub async fn prepare(
    store: &Store,
    vault: &Vault,
    entropy: &dyn Entropy,
    folder: &DataFolder,
    at: Timestamp,
) -> Result<()> {
    let account = AccountId::new(FIRST_ACCOUNT);
    let known = store.get::<AccountRow>(AccountRow::at(&account)).await?;
    if known.is_some() && folder.path.join("credentials").exists() {
        return Ok(());
    }
    let word = |entropy: &dyn Entropy| entropy.uuid().replace('-', "");
    let access_key = AccessKeyId::new(format!("AKIA{}", &word(entropy).to_uppercase()[..16]));
    let secret = Secret::new(format!("{}{}", word(entropy), &word(entropy)[..8]));
    let sealed_secret = vault.seal(&Place::of_access_key(&account, &access_key), &secret)?;
    let key = AccessKeyRow {
        access_key,
        account: account.clone(),
        sealed_secret,
        active: true,
        created: at,
        user: None,
        used: None,
    };
    let mut changes = Changes::of_loop();
    let mut seen = View::new();
    let wants = [Want::Row(AccountRow::at(&account))];
    store.load(&wants, &mut seen).await?;
    let generation = known.map_or(1, |row| row.generation + 1);
    changes.put(&seen, AccountRow { account, generation, created: at, alias: None });
    // The key is on disk before it is good: a crash in between makes another one at the next start.
    folder.write_credentials(&key.access_key, &secret)?;
    changes.insert(key);
    store.commit(changes).await?;
    Ok(())
}

/// Opens the sealing key, making it at the first start of all. A database that is in use holds
/// secrets which a new key would not open.
///
/// # Errors
/// The key is missing where it must not be, or cannot be used; the store does not answer.
pub async fn vault(store: &Store, key: &Path) -> Result<Vault> {
    let in_use = store.get::<MetaRow>(MetaRow::at(&PAGE_KEY.to_owned())).await?.is_some();
    if in_use && !key.exists() {
        bail!(
            "the sealing key {} is not there, and the database holds secrets that were sealed with \
             it: put it back, or name its place with --sealing-key",
            key.display()
        );
    }
    if let Some(parent) = key.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make {} for the sealing key", parent.display()))?;
    }
    Ok(Vault::open(key)?)
}

fn page_key_place<'a>(name: &'a str, account: &'a AccountId) -> Place<'a> {
    Place { table: "meta", row: name, column: "value", version: 0, account }
}

/// Seals the key of page tokens anew where an older sealing key sealed it; says whether it did.
///
/// # Errors
/// The store does not answer, or the key does not open.
pub async fn reseal_page_key(store: &Store, vault: &Vault) -> Result<bool> {
    let (name, account) = (PAGE_KEY.to_owned(), AccountId::new(""));
    let (place, at) = (page_key_place(&name, &account), MetaRow::at(&name));
    let mut seen = View::new();
    store.load(&[Want::Row(at.clone())], &mut seen).await?;
    let Some(row) = seen.row::<MetaRow>(at).cloned() else { return Ok(false) };
    let sealed = hex::decode(&row.value)?;
    if vault.sealed_last(&sealed) {
        return Ok(false);
    }
    let value = hex::encode(vault.seal(&place, &vault.unseal(&place, &sealed)?)?);
    let mut changes = Changes::of_loop();
    changes.put(&seen, MetaRow { value, ..row });
    store.commit(changes).await?;
    Ok(true)
}

/// The key that seals page tokens: made once, the same on every server of one store.
///
/// # Errors
/// The store does not answer.
pub async fn page_key(
    store: &Store,
    vault: &Vault,
    entropy: &dyn Entropy,
) -> Result<wire::TokenKey> {
    let (name, account) = (PAGE_KEY.to_owned(), AccountId::new(""));
    let place = page_key_place(&name, &account);
    for _ in 0..2 {
        if let Some(row) = store.get::<MetaRow>(MetaRow::at(&name)).await? {
            let key = vault.unseal(&place, &hex::decode(&row.value)?)?;
            return Ok(wire::TokenKey::new(key.expose().as_bytes()));
        }
        let key = Secret::new(format!("{}{}", entropy.uuid(), entropy.uuid()));
        let row = MetaRow { key: name.clone(), value: hex::encode(vault.seal(&place, &key)?) };
        let mut seen = View::new();
        store.load(&[Want::Row(row.key())], &mut seen).await?;
        let mut changes = Changes::of_loop();
        changes.put(&seen, row);
        // Another server may have made it first: then that one is read.
        let _ = store.commit(changes).await;
    }
    bail!("the key of page tokens could not be made")
}
