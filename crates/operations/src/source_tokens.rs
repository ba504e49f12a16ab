//! The tokens that source actions bring themselves (`Source/ThirdParty/GitHub/1`).
//!
//! A token is sealed in the place where a connection has its own, under the ARN of the action; the
//! declaration keeps four stars. Whoever sends these back keeps the token. What the token is used
//! for is as with a connection's, and left to `effects`.

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::{ConnectionStatus, HookState, ProviderType};
use domain::pipeline::PipelineDeclaration;
use domain::{ConnectionArn, PipelineName, RegistrationId, Secret};
use engine::ReachedBy;
use store::{
    Changes, ConnectionRow, EffectRow, HookRow, Key, PipelineRow, Place, Query, TokenRow, View,
    Want,
};
use wire::error::AwsError;

use crate::caller::Caller;
use crate::limits::WEBHOOKS_MAX;
use crate::refusal::Refused;
use crate::turn::Now;
use crate::watches::{connection_key, source_action};
use crate::webhooks::{removal, remove};

/// What is shown in the place of a token.
pub const STARS: &str = "****";

/// The key of the configuration that holds the token.
const TOKEN: &str = "OAuthToken";

/// A declaration as it is kept and shown.
pub fn masked(declaration: &PipelineDeclaration) -> PipelineDeclaration {
    let mut masked = declaration.clone();
    let actions = masked.stages.iter_mut().flat_map(|stage| &mut stage.actions);
    for action in actions.filter(|action| action.brings_token()) {
        let token = action.configuration.as_mut().and_then(|it| it.get_mut(TOKEN));
        token.into_iter().for_each(|token| STARS.clone_into(token));
    }
    masked
}

/// The source actions of a declaration that bring a token.
fn of(caller: &Caller, declaration: Option<&PipelineDeclaration>) -> BTreeSet<ConnectionArn> {
    let Some(declaration) = declaration else { return BTreeSet::new() };
    let watches = engine::watches(declaration).into_iter();
    let watches = watches.filter(|watch| watch.by == ReachedBy::Token);
    watches.map(|watch| source_action(caller, declaration, &watch)).collect()
}

/// The declaration that is in force.
pub(crate) fn before<'a>(
    caller: &Caller,
    name: &PipelineName,
    view: &'a View,
) -> Option<&'a PipelineDeclaration> {
    let row = view.known::<PipelineRow>(PipelineRow::at(caller.account(), name));
    row.map(|row| &row.declaration)
}

/// What [`change`] looks at.
pub fn wants(
    caller: &Caller,
    name: &PipelineName,
    declaration: Option<&PipelineDeclaration>,
    view: &View,
) -> Vec<Want> {
    let mut wants: Vec<Want> = vec![PipelineRow::at(caller.account(), name).into()];
    let before = of(caller, before(caller, name, view));
    for arn in &before {
        wants.push(hooks(caller, arn).into());
        for hook in view.known_list::<HookRow>(&hooks(caller, arn)) {
            wants.push(HookRow::at(&hook.id).into());
            wants.push(EffectRow::at(caller.account(), &removal(&hook.id)).into());
        }
    }
    let all = before.into_iter().chain(of(caller, declaration));
    wants.extend(all.flat_map(|arn| keys(caller, &arn).map(Want::from)));
    wants
}

/// The hooks that rest on a token.
fn hooks(caller: &Caller, arn: &ConnectionArn) -> Query {
    HookRow::of_connection(caller.account(), arn, WEBHOOKS_MAX)
}

fn keys(caller: &Caller, arn: &ConnectionArn) -> [Key; 2] {
    let account = caller.account();
    [connection_key(account, arn), TokenRow::at(account, arn)]
}

/// Keeps the tokens that a declaration brings, and forgets those that it names no more; `None`:
/// the pipeline is deleted.
///
/// # Errors
/// Stars where no token is kept.
pub fn change(
    caller: &Caller,
    name: &PipelineName,
    declaration: Option<&PipelineDeclaration>,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<(), Refused> {
    let after = of(caller, declaration);
    for gone in of(caller, before(caller, name, view)).difference(&after) {
        forget(caller, gone, view, now, changes);
    }
    let brought = declaration.map(|it| brought(caller, it)).unwrap_or_default();
    for (arn, Brought { path, token }) in brought {
        if let Err(problem) = engine::usable_token(&token) {
            let message = format!("{path}.configuration.{TOKEN}: {problem}");
            return Err(AwsError::refused("InvalidActionDeclarationException", message));
        }
        if token != STARS {
            keep(caller, &arn, &Secret::new(token), view, now, changes)?;
        } else if view.row::<TokenRow>(TokenRow::at(caller.account(), &arn)).is_none() {
            let message = format!(
                "{path}.configuration.{TOKEN}: {STARS} stands for the token that {arn} has, and it \
                 has none: write the token"
            );
            return Err(AwsError::refused("InvalidActionDeclarationException", message));
        }
    }
    Ok(())
}

struct Brought {
    path: String,
    token: String,
}

fn brought(caller: &Caller, declaration: &PipelineDeclaration) -> BTreeMap<ConnectionArn, Brought> {
    let arns = engine::watches(declaration)
        .into_iter()
        .map(|watch| (watch.source_action.clone(), source_action(caller, declaration, &watch)));
    let arns: BTreeMap<_, _> = arns.collect();
    let first = declaration.stages.iter().take(1).flat_map(|stage| &stage.actions).enumerate();
    let brings = first.filter(|(_, action)| action.brings_token());
    let brought = brings.filter_map(|(at, action)| {
        let token = action.setting(TOKEN)?.to_owned();
        let path = format!("stages[0].actions[{at}]");
        Some((arns.get(&action.name)?.clone(), Brought { path, token }))
    });
    brought.collect()
}

/// Seals the token where a connection has its own, as the next of those that were there.
fn keep(
    caller: &Caller,
    arn: &ConnectionArn,
    token: &Secret,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<(), Refused> {
    let account = caller.account();
    let known = view.row::<TokenRow>(TokenRow::at(account, arn));
    let generation = known.map_or(0, |row| row.generation) + 1;
    let place = Place::of_access_token(account, arn.id(), generation);
    let sealed = caller.sealer.seal(&place, token).map_err(|_| AwsError::internal())?;
    changes.put(view, connection_of(caller, arn, view, now));
    changes.put(
        view,
        TokenRow {
            account: account.clone(),
            connection: arn.clone(),
            sealed_access: sealed,
            sealed_refresh: None,
            expires: None,
            scopes: Vec::new(),
            generation,
            granted: now.at,
            registration: RegistrationId::default(),
            endpoint: caller.endpoints.of(ProviderType::GitHub).map(str::to_owned),
        },
    );
    Ok(())
}

/// What stands for a connection: its forge is reached by the action's own token, so it is usable.
fn connection_of(caller: &Caller, arn: &ConnectionArn, view: &View, now: &Now) -> ConnectionRow {
    let known = view.row::<ConnectionRow>(connection_key(caller.account(), arn));
    ConnectionRow {
        account: caller.account().clone(),
        id: arn.id().to_owned(),
        arn: arn.clone(),
        name: String::new(),
        provider: ProviderType::GitHub,
        host_arn: None,
        created: known.map_or(now.at, |row| row.created),
        status: ConnectionStatus::Available,
        login: None,
        tags: BTreeMap::new(),
        throttled: known.and_then(|row| row.throttled.clone()),
        installation: None,
        installed_in: None,
        installation_seen: None,
        left: None,
    }
}

/// A token goes with its action, unless GitHub has a hook of it still: then it is kept until that
/// is removed, and `leftover` forgets it.
fn forget(caller: &Caller, arn: &ConnectionArn, view: &View, now: &Now, changes: &mut Changes) {
    let listed = view.list::<HookRow>(&hooks(caller, arn));
    let hooks = listed.iter().filter_map(|hook| view.row::<HookRow>(HookRow::at(&hook.id)));
    let at_forge = hooks.filter(|hook| !matches!(hook.state, HookState::Given | HookState::Polled));
    let mut kept = false;
    for hook in at_forge {
        kept = true;
        if hook.state != HookState::Unwanted {
            remove(hook, view, now, changes);
        }
    }
    if !kept {
        let [connection, token] = keys(caller, arn);
        changes.delete::<ConnectionRow>(view, connection);
        changes.delete::<TokenRow>(view, token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_shown_as_four_stars() {
        let action = |kind: &str, owner: &str| {
            json!({"name": kind, "actionTypeId": {
                "category": "Source", "owner": owner, "provider": kind, "version": "1",
            }, "configuration": {"Owner": "ada", "OAuthToken": "ghp_secret"}})
        };
        let stage = json!({"name": "Source", "actions": [action("GitHub", "ThirdParty")]});
        let declared = json!({"name": "p", "roleArn": "r", "stages": [stage]});
        let declared = serde_json::from_value(declared).expect("a pipeline");
        let shown = serde_json::to_string(&masked(&declared)).expect("it writes");
        assert!(
            !shown.contains("ghp_secret") && shown.contains("\"OAuthToken\":\"****\""),
            "{shown}"
        );
    }
}
