//! Whose a delivery is: by its address alone, and, at an App's one address, by what it tells of.

use domain::connection::HookState;
use domain::{AccountId, HookId, Installation};
use effects::is_shared;
use store::{ConnectionRow, HookRow, RegistrationRow};

use super::Refusal;
use crate::limits::ROUTES_MAX;
use crate::shared::Shared;

/// Whose hook an address is.
pub(super) enum Whose {
    /// One of a repository.
    Repository(Box<HookRow>),
    /// The one of an App, for all repositories that it is installed on.
    App(Box<RegistrationRow>),
}

pub(super) async fn find(shared: &Shared, id: HookId) -> Result<Whose, Refusal> {
    let failed = |cause| Refusal::not_written(cause, "a hook could not be looked up");
    let store = &shared.desk.store;
    match store.get::<HookRow>(HookRow::at(&id)).await.map_err(failed)? {
        Some(hook) if hook.state != HookState::Polled => {
            let HookRow { account, connection, repository, .. } = &hook;
            // What another account's connection hears is told as long as that one shares it.
            return match is_shared(store, account, connection, repository).await.map_err(failed)? {
                true => Ok(Whose::Repository(Box::new(hook))),
                false => Err(Refusal::UnknownHook),
            };
        }
        Some(_) => return Err(Refusal::UnknownHook),
        None => {}
    }
    let apps = store.list::<RegistrationRow>(RegistrationRow::by_hook(&id)).await;
    let app = apps.map_err(failed)?.into_iter().next();
    app.map(|app| Whose::App(Box::new(app))).ok_or(Refusal::UnknownHook)
}

/// The hooks that a delivery to an App is meant for, with their accounts: those of its repository, at
/// every connection through its installation, of every account that this one is shared with. Where
/// nobody watches the repository, and for news of the installation itself, the App's own.
pub(super) async fn routed(
    shared: &Shared,
    app: &RegistrationRow,
    sent: &webhooks::Headers,
    body: &[u8],
) -> Result<Vec<(AccountId, HookId)>, Refusal> {
    let own = app.hook.iter().map(|hook| (app.account.clone(), hook.clone())).collect();
    let Ok(told) = webhooks::app_delivery(sent, body) else { return Ok(own) };
    let (Some(number), Some(repository)) = (told.installation, told.repository) else {
        return Ok(own);
    };
    let failed = |cause| Refusal::not_written(cause, "a delivery to an App could not be routed");
    let (store, account) = (&shared.desk.store, &app.account);
    let installation = Installation { registration: app.id.clone(), number };
    let through = ConnectionRow::of_installation(account, &installation, ROUTES_MAX);
    let mut hooks = Vec::new();
    for connection in store.list::<ConnectionRow>(through).await.map_err(failed)? {
        let by_connection = HookRow::by_connection(&connection.arn, ROUTES_MAX);
        let listed = store.list::<HookRow>(by_connection).await.map_err(failed)?;
        let meant = |hook: &HookRow| match (&hook.repository_id, &repository.id) {
            (Some(known), Some(told)) => known == told,
            _ => *hook.present_name() == repository.name,
        };
        for HookRow { account, id, repository, .. } in listed.into_iter().filter(meant) {
            if is_shared(store, &account, &connection.arn, &repository).await.map_err(failed)? {
                hooks.push((account, id));
            }
        }
    }
    Ok(if hooks.is_empty() { own } else { hooks })
}
