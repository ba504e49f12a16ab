//! The server's own secrets of an account: whatever a step prints, these are masked in it.

use domain::revision::Trigger;
use domain::{AccountId, Secret};
use store::{AccessKeyRow, ConnectionRow, HookRow, Place, RegistrationRow, TokenRow};

use crate::limits::OWN_SECRETS_MAX;
use crate::perform::Performer;

/// The secrets of an account that a step could come near: access keys, OAuth clients, tokens, and the
/// hooks of the repository that was pushed to.
///
/// # Errors
/// The store does not answer. A secret that does not open is left out: nobody can print it.
pub async fn of_account(
    performer: &Performer,
    account: &AccountId,
    trigger: &Trigger,
) -> anyhow::Result<Vec<Secret>> {
    let (keys, registrations, connections, hooks) = tokio::try_join!(
        of_keys(performer, account),
        of_registrations(performer, account),
        of_connections(performer, account),
        of_hooks(performer, account, trigger),
    )?;
    let of_apps = performer.apps.secrets().into_iter();
    Ok([keys, registrations, connections, hooks].into_iter().flatten().chain(of_apps).collect())
}

fn open(performer: &Performer, place: &Place, sealed: &[u8]) -> Option<Secret> {
    performer.vault.unseal(place, sealed).ok()
}

async fn of_keys(performer: &Performer, account: &AccountId) -> anyhow::Result<Vec<Secret>> {
    let rows = performer.store.list::<AccessKeyRow>(AccessKeyRow::of_account(account)).await?;
    let secret = |row: AccessKeyRow| {
        open(performer, &Place::of_access_key(account, &row.access_key), &row.sealed_secret)
    };
    Ok(rows.into_iter().filter_map(secret).collect())
}

/// Of an OAuth client its secret; of an App its key and its hook's secret besides.
async fn of_registrations(
    performer: &Performer,
    account: &AccountId,
) -> anyhow::Result<Vec<Secret>> {
    let rows = RegistrationRow::of_account(account);
    let mut secrets = Vec::new();
    for row in performer.store.list::<RegistrationRow>(rows).await? {
        let sealed = [
            (Place::of_registration(account, &row.id), Some(&row.sealed_secret)),
            (Place::of_app_key(account, &row.id), row.sealed_key.as_ref()),
            (Place::of_app_hook(account, &row.id), row.sealed_hook_secret.as_ref()),
        ];
        let sealed = sealed.into_iter().filter_map(|(place, sealed)| Some((place, sealed?)));
        secrets.extend(sealed.filter_map(|(place, sealed)| open(performer, &place, sealed)));
    }
    Ok(secrets)
}

/// The tokens of connections, and of source actions that brought their own.
async fn of_connections(performer: &Performer, account: &AccountId) -> anyhow::Result<Vec<Secret>> {
    let store = &performer.store;
    let reached_by = ConnectionRow::of_account(account, "", OWN_SECRETS_MAX);
    let source_actions = ConnectionRow::of_source_actions(account, "", OWN_SECRETS_MAX);
    let mut rows = store.list::<ConnectionRow>(reached_by).await?;
    rows.extend(store.list::<ConnectionRow>(source_actions).await?);
    let mut secrets = Vec::new();
    for row in rows {
        let token = TokenRow::at(account, &row.arn);
        let Some(token) = store.get::<TokenRow>(token).await? else { continue };
        let (id, generation) = (&row.id, token.generation);
        let place = Place::of_access_token(account, id, generation);
        secrets.extend(open(performer, &place, &token.sealed_access));
        let place = Place::of_refresh_token(account, id, generation);
        let refresh = token.sealed_refresh.as_ref();
        secrets.extend(refresh.and_then(|sealed| open(performer, &place, sealed)));
    }
    Ok(secrets)
}

/// The secrets of the hooks of the repository that was pushed to. An account may have thousands of
/// others, and a step is no nearer to them than anybody else.
async fn of_hooks(
    performer: &Performer,
    account: &AccountId,
    trigger: &Trigger,
) -> anyhow::Result<Vec<Secret>> {
    let Trigger::WebhookV2(push) = trigger else { return Ok(Vec::new()) };
    let hooks = HookRow::of_repository(account, &push.connection, &push.repository);
    let mut secrets = Vec::new();
    for hook in performer.store.list::<HookRow>(hooks).await? {
        let sealed = [Some(&hook.sealed_secret), hook.sealed_previous.as_ref()];
        let place = Place::of_hook(account, &hook.id);
        let sealed = sealed.into_iter().flatten();
        secrets.extend(sealed.filter_map(|it| open(performer, &place, it)));
    }
    Ok(secrets)
}
