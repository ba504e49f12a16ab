//! Sealing keys change without a stop: what an older key sealed is sealed anew with the newest one, a
//! few rows at a time.
//!
//! A row that is sealed with an older key says so itself, in the bytes that name its key. So nothing
//! else remembers how far it has come, and a crash in the middle leaves nothing behind. Handshakes are
//! left out: they last for minutes. What the audit log signed stays signed as it was, which is why
//! an older key stays in the file.

use crate::connections::TokenRow;
use crate::handshakes::{HostRow, RegistrationRow};
use crate::hooks::HookRow;
use crate::limits::RESEALED_ROWS_MAX;
use crate::places::Place;
use crate::record::{Error, Query, Record};
use crate::statement::Value;
use crate::store::Store;
use crate::vault::{Vault, VaultError};
use crate::view::{View, Want};
use crate::{
    AccessKeyRow, Changes, CommitError, DepartureRow, Kept, ParameterValueRow, RevocationRow,
    SecretValueRow, SigningKeyRow, VariableRow,
};
use domain::{AccountId, ConnectionArn};

/// What came of one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Rows that are sealed with the newest key now.
    pub rows: usize,
    /// Rows that could not be opened, and stay as they are.
    pub broken: usize,
}

/// A row with sealed columns.
trait Sealing: Record {
    /// Some rows that an older key sealed.
    fn older(newest: &Value, limit: i64) -> Query;
    /// The same row, sealed with the newest key.
    fn resealed(self, vault: &Vault) -> Result<Self, VaultError>;
}

macro_rules! sealings {
    ($($row:ident: |$it:ident, $vault:ident| $reseal:block)*) => {
        $(impl Sealing for $row {
            fn older(newest: &Value, limit: i64) -> Query {
                Self::sealed_before(newest, limit)
            }

            fn resealed(mut self, $vault: &Vault) -> Result<Self, VaultError> {
                let $it = &mut self;
                $reseal
                Ok(self)
            }
        })*

        impl Store {
            /// Seals anew some of what an older key sealed; call it again while it finds any.
            ///
            /// # Errors
            /// The store does not answer.
            pub async fn reseal(&self, vault: &Vault) -> Result<Resealed, Error> {
                let mut done = Resealed::default();
                $(self.reseal_rows::<$row>(vault, &mut done).await?;)*
                Ok(done)
            }

            /// How many rows an older key sealed, up to a thousand or so of each kind.
            ///
            /// # Errors
            /// The store does not answer.
            pub async fn sealed_before(&self, vault: &Vault) -> Result<usize, Error> {
                let newest = Value::Blob(vault.newest());
                let mut count = 0;
                $(count += self.list::<$row>($row::older(&newest, 10 * RESEALED_ROWS_MAX)).await?.len();)*
                Ok(count)
            }
        }
    };
}

sealings! {
    AccessKeyRow: |row, vault| {
        let place = Place::of_access_key(&row.account, &row.access_key);
        row.sealed_secret = anew(vault, &place, &row.sealed_secret)?;
    }
    SigningKeyRow: |row, vault| {
        let place = Place::of_signing_key(&row.account, &row.kid);
        row.sealed_private = anew(vault, &place, &row.sealed_private)?;
    }
    RegistrationRow: |row, vault| {
        let place = Place::of_registration(&row.account, &row.id);
        row.sealed_secret = anew(vault, &place, &row.sealed_secret)?;
        let place = Place::of_app_key(&row.account, &row.id);
        row.sealed_key = maybe(vault, &place, row.sealed_key.as_ref())?;
        let place = Place::of_app_hook(&row.account, &row.id);
        row.sealed_hook_secret = maybe(vault, &place, row.sealed_hook_secret.as_ref())?;
    }
    HostRow: |row, vault| {
        let place = Place::of_proxy_password(&row.account, &row.id);
        row.sealed_proxy_password = maybe(vault, &place, row.sealed_proxy_password.as_ref())?;
    }
    HookRow: |row, vault| {
        let place = Place::of_hook(&row.account, &row.id);
        row.sealed_secret = anew(vault, &place, &row.sealed_secret)?;
        row.sealed_previous = maybe(vault, &place, row.sealed_previous.as_ref())?;
    }
    TokenRow: |row, vault| {
        let of = (&row.account, &row.connection, row.generation);
        (row.sealed_access, row.sealed_refresh) =
            tokens(vault, of, (&row.sealed_access, row.sealed_refresh.as_ref()))?;
    }
    DepartureRow: |row, vault| {
        let of = (&row.account, &row.connection, row.generation);
        (row.sealed_access, row.sealed_refresh) =
            tokens(vault, of, (&row.sealed_access, row.sealed_refresh.as_ref()))?;
    }
    RevocationRow: |row, vault| {
        let of = (&row.account, &row.connection, row.generation);
        (row.sealed_access, row.sealed_refresh) =
            tokens(vault, of, (&row.sealed_access, row.sealed_refresh.as_ref()))?;
    }
    SecretValueRow: |row, vault| {
        let (account, secret, id) = (row.account.clone(), row.secret.clone(), row.id.clone());
        let kept = Kept::Secret { account, secret, id };
        row.sealed_value = kept.placed(|place| anew(vault, place, &row.sealed_value))?;
    }
    ParameterValueRow: |row, vault| {
        let (account, parameter) = (row.account.clone(), row.parameter.clone());
        let kept = Kept::Parameter { account, parameter, number: row.number };
        row.sealed_value = kept.placed(|place| anew(vault, place, &row.sealed_value))?;
    }
    VariableRow: |row, vault| {
        let (account, scope, name) = (row.account.clone(), row.scope.clone(), row.name.clone());
        let kept = Kept::Variable { account, scope, name };
        row.sealed_value = kept.placed(|place| anew(vault, place, &row.sealed_value))?;
    }
}

fn anew(vault: &Vault, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    vault.seal(place, &vault.unseal(place, sealed)?)
}

/// A connection's access and refresh token, wherever a row keeps them.
fn tokens(
    vault: &Vault,
    (account, connection, generation): (&AccountId, &ConnectionArn, i64),
    (access, refresh): (&[u8], Option<&Vec<u8>>),
) -> Result<(Vec<u8>, Option<Vec<u8>>), VaultError> {
    let place = Place::of_access_token(account, connection.id(), generation);
    let access = anew(vault, &place, access)?;
    let place = Place::of_refresh_token(account, connection.id(), generation);
    Ok((access, maybe(vault, &place, refresh)?))
}

fn maybe(
    vault: &Vault,
    place: &Place,
    sealed: Option<&Vec<u8>>,
) -> Result<Option<Vec<u8>>, VaultError> {
    sealed.map(|sealed| anew(vault, place, sealed)).transpose()
}

impl Store {
    async fn reseal_rows<R: Sealing>(
        &self,
        vault: &Vault,
        done: &mut Resealed,
    ) -> Result<(), Error> {
        for row in self.list::<R>(R::older(&Value::Blob(vault.newest()), RESEALED_ROWS_MAX)).await?
        {
            let key = row.key();
            let mut seen = View::new();
            self.load(&[Want::Row(key.clone())], &mut seen).await?;
            // It may have been written or deleted since the list was read.
            let Some(row) = seen.row::<R>(key).cloned() else { continue };
            let Ok(row) = row.resealed(vault) else {
                done.broken += 1;
                continue;
            };
            let mut changes = Changes::of_loop();
            changes.put(&seen, row);
            match self.commit(changes).await {
                Ok(_) => done.rows += 1,
                // Whoever was faster sealed it with the newest key.
                Err(CommitError::Stale) => {}
                Err(cause) => return Err(cause.into()),
            }
        }
        Ok(())
    }
}
