//! The server's own secrets of an account: whatever a step prints, these are masked in it.

use domain::revision::Trigger;
use domain::{AccountId, Secret};
use store::{AccessKeyRow, ConnectionRow, HookRow, Place, RegistrationRow, TokenRow, View, Want};

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
    let (keys, registrations) =
        (AccessKeyRow::of_account(account), RegistrationRow::of_account(account));
    let connections = ConnectionRow::of_account(account, "", OWN_SECRETS_MAX);
    let source_actions = ConnectionRow::of_source_actions(account, "", OWN_SECRETS_MAX);
    let mut view = View::new();
    let wants = [
        Want::List(keys.clone()),
        Want::List(registrations.clone()),
        Want::List(connections.clone()),
        Want::List(source_actions.clone()),
    ];
    performer.store.load(&wants, &mut view).await?;
    let open = |place: Place, sealed: &[u8]| performer.vault.unseal(&place, sealed).ok();
    let mut secrets: Vec<Secret> = Vec::new();
    for row in view.list::<AccessKeyRow>(&keys) {
        secrets.extend(open(Place::of_access_key(account, &row.access_key), &row.sealed_secret));
    }
    for row in view.list::<RegistrationRow>(&registrations) {
        secrets.extend(open(Place::of_registration(account, &row.id), &row.sealed_secret));
        let of_app = [
            (Place::of_app_key(account, &row.id), &row.sealed_key),
            (Place::of_app_hook(account, &row.id), &row.sealed_hook_secret),
        ];
        let of_app =
            of_app.into_iter().filter_map(|(place, sealed)| Some((place, sealed.as_ref()?)));
        secrets.extend(of_app.filter_map(|(place, sealed)| open(place, sealed)));
    }
    let reached_by = view.list::<ConnectionRow>(&connections).into_iter();
    for row in reached_by.chain(view.list::<ConnectionRow>(&source_actions)) {
        let token = TokenRow::at(account, &row.arn);
        let Some(token) = performer.store.get::<TokenRow>(token).await? else { continue };
        let (id, generation) = (&row.id, token.generation);
        let (access, refresh) = (&token.sealed_access, token.sealed_refresh.as_ref());
        secrets.extend(open(Place::of_access_token(account, id, generation), access));
        let place = Place::of_refresh_token(account, id, generation);
        secrets.extend(refresh.and_then(|it| open(place, it)));
    }
    secrets.extend(performer.apps.secrets());
    secrets.extend(of_hooks(performer, account, trigger).await?);
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
        let open = |it: &Vec<u8>| performer.vault.unseal(&place, it).ok();
        secrets.extend(sealed.into_iter().flatten().filter_map(open));
    }
    Ok(secrets)
}
