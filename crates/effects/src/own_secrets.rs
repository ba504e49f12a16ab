//! The server's own secrets of an account: whatever a step prints, these are masked in it.

use domain::{AccountId, Secret};
use store::{AccessKeyRow, ConnectionRow, HookRow, Place, RegistrationRow, TokenRow, View, Want};

use crate::limits::OWN_SECRETS_MAX;
use crate::perform::Performer;

/// Every secret that could be told of an account: access keys, OAuth clients, tokens, hooks.
///
/// # Errors
/// The store does not answer. A secret that does not open is left out: nobody can print it.
pub async fn of_account(performer: &Performer, account: &AccountId) -> anyhow::Result<Vec<Secret>> {
    let (keys, registrations) =
        (AccessKeyRow::of_account(account), RegistrationRow::of_account(account));
    let connections = ConnectionRow::of_account(account, "", OWN_SECRETS_MAX);
    let mut view = View::new();
    let wants = [
        Want::List(keys.clone()),
        Want::List(registrations.clone()),
        Want::List(connections.clone()),
    ];
    performer.store.load(&wants, &mut view).await?;
    let open = |place: Place, sealed: &[u8]| performer.vault.unseal(&place, sealed).ok();
    let mut secrets: Vec<Secret> = Vec::new();
    for row in view.list::<AccessKeyRow>(&keys) {
        secrets.extend(open(Place::of_access_key(account, &row.access_key), &row.sealed_secret));
    }
    for row in view.list::<RegistrationRow>(&registrations) {
        secrets.extend(open(Place::of_registration(account, &row.id), &row.sealed_secret));
    }
    let connections: Vec<ConnectionRow> = view.list(&connections).into_iter().cloned().collect();
    for row in &connections {
        secrets.extend(of_connection(performer, account, row).await?);
    }
    Ok(secrets)
}

async fn of_connection(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionRow,
) -> anyhow::Result<Vec<Secret>> {
    let hooks = HookRow::of_connection(account, &connection.arn, OWN_SECRETS_MAX);
    let token = TokenRow::at(account, &connection.arn);
    let mut view = View::new();
    performer.store.load(&[Want::List(hooks.clone()), Want::Row(token.clone())], &mut view).await?;
    let open = |place: Place, sealed: &[u8]| performer.vault.unseal(&place, sealed).ok();
    let mut secrets = Vec::new();
    if let Some(row) = view.row::<TokenRow>(token) {
        secrets.extend(open(Place::of_access_token(account, &connection.id), &row.sealed_access));
        let refresh = row.sealed_refresh.as_ref();
        secrets.extend(
            refresh.and_then(|it| open(Place::of_refresh_token(account, &connection.id), it)),
        );
    }
    for hook in view.list::<HookRow>(&hooks) {
        let sealed = [Some(&hook.sealed_secret), hook.sealed_previous.as_ref()];
        secrets.extend(
            sealed
                .into_iter()
                .flatten()
                .filter_map(|it| open(Place::of_hook(account, &hook.id), it)),
        );
    }
    Ok(secrets)
}
