//! The hooks that what is watched needs: each wanted once, asked for where its connection can do it,
//! and removed when nobody wants it any more.

use domain::connection::{ConnectionStatus, HookState, ProviderType};
use domain::{AccountId, EffectId, HookId, Secret, derived_uuid};
use engine::Effect;
use store::{Changes, ConnectionRow, HookRow, NewHook, Place, View};
use wire::error::AwsError;

use super::{Watch, connection_key, guard, hooks};
use crate::caller::Caller;
use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::Now;

/// A hook of the repository, unless there is one that is wanted or registered.
pub(super) fn want_hook(
    caller: &Caller,
    watch: &Watch,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<(), Refused> {
    let account = caller.account();
    let Some(connection) = view.row::<ConnectionRow>(connection_key(account, &watch.connection))
    else {
        return Ok(());
    };
    let known = view.list::<HookRow>(&hooks(account, watch));
    if let Some(hook) = known.iter().find(|hook| hook.state != HookState::Unwanted) {
        again(caller, hook, connection, now, changes);
        return Ok(());
    }
    let hook = new_hook(caller, watch, connection.provider, HookState::Wanted)?;
    again(caller, &hook, connection, now, changes);
    guard(account, watch, view, changes);
    changes.insert(hook);
    Ok(())
}

fn new_hook(
    caller: &Caller,
    watch: &Watch,
    provider: ProviderType,
    state: HookState,
) -> Result<HookRow, Refused> {
    let account = caller.account();
    let id = HookId::new(caller.word(&format!("hook {} {}", watch.connection, watch.repository)));
    let secret =
        Secret::new(caller.word(&format!("secret {} {}", watch.connection, watch.repository)));
    let sealed = caller.sealer.seal(&Place::of_hook(account, &id), &secret);
    Ok(HookRow::from(NewHook {
        id,
        account: account.clone(),
        connection: watch.connection.clone(),
        repository: watch.repository.clone(),
        provider,
        sealed_secret: sealed.map_err(|_| AwsError::internal())?,
        state,
    }))
}

/// Where it is remembered what was seen of a repository that a source action reaches by a token of
/// its own: a hook that no forge has.
pub(super) fn want_looks(
    caller: &Caller,
    watch: &Watch,
    view: &View,
    changes: &mut Changes,
) -> Result<(), Refused> {
    let known = view.list::<HookRow>(&hooks(caller.account(), watch));
    if known.iter().all(|hook| hook.state != HookState::Polled) {
        changes.insert(new_hook(caller, watch, ProviderType::GitHub, HookState::Polled)?);
    }
    Ok(())
}

/// Asks for a hook that the forge does not have yet, where its connection can do it.
fn again(
    caller: &Caller,
    hook: &HookRow,
    connection: &ConnectionRow,
    now: &Now,
    changes: &mut Changes,
) {
    let open = matches!(hook.state, HookState::Wanted | HookState::Failed);
    if open && connection.status == ConnectionStatus::Available {
        register(hook, &caller.uuid("register"), now, changes);
    }
}

/// The effect that registers a hook. `occasion` is what no other wish to register it has: two may
/// come in the same millisecond.
pub fn register(hook: &HookRow, occasion: &str, now: &Now, changes: &mut Changes) {
    let effect = Effect::RegisterHook { account: hook.account.clone(), hook: hook.id.clone() };
    let id = derived_uuid(&["register", hook.id.as_str(), occasion]);
    let id = EffectId::new(format!("eff-register-{id}"));
    changes.effect(new_effect(&hook.account, id, effect, now));
}

/// The hooks of a repository go, those that people put excepted.
pub(super) fn drop_hooks(
    account: &AccountId,
    watch: &Watch,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) {
    for hook in view.list::<HookRow>(&hooks(account, watch)) {
        // One that is unwanted already is being removed.
        let known = view.row::<HookRow>(HookRow::at(&hook.id));
        match known.map(|hook| hook.state) {
            Some(HookState::Polled) => {
                changes.delete::<HookRow>(view, HookRow::at(&hook.id));
                continue;
            }
            // A webhook that people put goes when they delete it.
            _ if hook.connection.is_source_action() => continue,
            _ => {}
        }
        let Some(known) = known.filter(|hook| hook.state != HookState::Unwanted) else { continue };
        changes.put(view, HookRow { state: HookState::Unwanted, ..known.clone() });
        let effect = Effect::RemoveHook { account: account.clone(), hook: hook.id.clone() };
        let id = EffectId::new(format!("eff-remove-{}", hook.id));
        changes.effect(new_effect(account, id, effect, now));
    }
}
