//! What pipelines watch and links point at, and the hooks that this needs.
//!
//! A hook is a desired state of a repository: there while a pipeline or a link wants to hear of
//! pushes, gone when none does any more. Bringing the forge to it is an effect.

use std::collections::BTreeSet;

use domain::connection::{ConnectionStatus, HookState, ProviderType};
use domain::pipeline::PipelineDeclaration;
use domain::{
    AccountId, Arn, ConnectionArn, EffectId, HookId, PipelineName, RepositoryName, Secret,
    derived_uuid,
};
use engine::{Effect, ReachedBy};
use store::{
    Changes, ConnectionRow, HookRow, Key, Place, Query, RepositoryLinkRow, View, Want, WatchRow,
};
use wire::error::AwsError;

use crate::caller::Caller;
use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::Now;

/// A repository by a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Watch {
    connection: ConnectionArn,
    repository: RepositoryName,
}

/// The connections that a declaration names.
pub fn connections(declaration: &PipelineDeclaration) -> BTreeSet<ConnectionArn> {
    let connection = |watch: engine::Watch| match watch.by {
        ReachedBy::Connection { arn, .. } => Some(arn),
        ReachedBy::Token => None,
    };
    engine::watches(declaration).into_iter().filter_map(connection).collect()
}

/// The key of the connection that an ARN names: in the account that the ARN names, where it names
/// one. Whether `account` may have it is a matter of permits.
pub fn connection_key(account: &AccountId, arn: &ConnectionArn) -> Key {
    let owner = Arn::parse(arn.as_str()).map(|arn| arn.account);
    let owner = owner.filter(|owner| !owner.as_str().is_empty());
    ConnectionRow::at(owner.as_ref().unwrap_or(account), &arn.id().to_owned())
}

/// Watches and hooks know a connection by the ARN it was made with.
fn canonical(account: &AccountId, arn: &ConnectionArn, view: &View) -> ConnectionArn {
    let row = view.known::<ConnectionRow>(connection_key(account, arn));
    row.map_or_else(|| arn.clone(), |row| row.arn.clone())
}

fn watching(account: &AccountId, watch: &Watch) -> Query {
    WatchRow::of_repository(account, &watch.connection, &watch.repository)
}

fn hooks(account: &AccountId, watch: &Watch) -> Query {
    HookRow::of_repository(account, &watch.connection, &watch.repository)
}

fn links(account: &AccountId, watch: &Watch) -> Query {
    RepositoryLinkRow::of_repository(account, &watch.connection, &watch.repository)
}

/// What [`change`] looks at.
pub fn wants(
    caller: &Caller,
    pipeline: &PipelineName,
    declaration: Option<&PipelineDeclaration>,
    view: &View,
) -> Vec<Want> {
    let account = caller.account();
    let mut wants: Vec<Want> = vec![WatchRow::of_pipeline(account, pipeline).into()];
    let named = declaration.map(connections).unwrap_or_default();
    wants.extend(named.iter().map(|arn| connection_key(account, arn).into()));
    for watch in before(account, pipeline, view).union(&after(caller, declaration, view)) {
        wants.push(row_key(account, pipeline, watch).into());
        wants.extend(wants_of(account, watch, view));
    }
    wants
}

/// Who wants to hear of a repository, and the hooks that it has.
fn wants_of(account: &AccountId, watch: &Watch, view: &View) -> Vec<Want> {
    let mut wants: Vec<Want> = vec![
        connection_key(account, &watch.connection).into(),
        watching(account, watch).into(),
        links(account, watch).into(),
        hooks(account, watch).into(),
    ];
    let known = view.known_list::<HookRow>(&hooks(account, watch));
    wants.extend(known.into_iter().map(|hook| HookRow::at(&hook.id).into()));
    wants
}

fn before(account: &AccountId, pipeline: &PipelineName, view: &View) -> BTreeSet<Watch> {
    let rows = view.known_list::<WatchRow>(&WatchRow::of_pipeline(account, pipeline));
    let watch = |row: &WatchRow| Watch {
        connection: row.connection.clone(),
        repository: row.repository.clone(),
    };
    rows.into_iter().map(watch).collect()
}

fn after(
    caller: &Caller,
    declaration: Option<&PipelineDeclaration>,
    view: &View,
) -> BTreeSet<Watch> {
    declared(caller, declaration, view).map(|(watch, _)| watch).collect()
}

/// How a pipeline is to hear of what it watches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hears {
    /// By a hook of ours.
    ByHook,
    /// By looking, or by webhooks that people put.
    ByLooking,
    /// Not by itself: changes are not detected.
    Nothing,
}

/// What a declaration watches, and how it is to hear of it.
fn declared(
    caller: &Caller,
    declaration: Option<&PipelineDeclaration>,
    view: &View,
) -> impl Iterator<Item = (Watch, Hears)> {
    let watch = move |declaration, watch: engine::Watch| {
        let (connection, hears) = match &watch.by {
            ReachedBy::Connection { arn, listens: true } => {
                (canonical(caller.account(), arn, view), Hears::ByHook)
            }
            ReachedBy::Connection { arn, listens: false } => {
                (canonical(caller.account(), arn, view), Hears::Nothing)
            }
            ReachedBy::Token => (source_action(caller, declaration, &watch), Hears::ByLooking),
        };
        (Watch { connection, repository: watch.repository }, hears)
    };
    let of = move |declaration| {
        engine::watches(declaration).into_iter().map(move |it| watch(declaration, it))
    };
    declaration.into_iter().flat_map(of)
}

/// A branch of a repository that a source action reaches.
pub(crate) struct Reached {
    pub(crate) connection: ConnectionArn,
    pub(crate) repository: RepositoryName,
    pub(crate) branch: String,
}

/// What the source actions of a declaration reach, by which connection as it was made.
pub(crate) fn reached(
    caller: &Caller,
    declaration: &PipelineDeclaration,
    view: &View,
) -> Vec<Reached> {
    let branches = declaration.sources().map(|source| source.branch().to_owned());
    let watches = declared(caller, Some(declaration), view).zip(branches);
    let reached = |((watch, _), branch): ((Watch, Hears), String)| Reached {
        connection: watch.connection,
        repository: watch.repository,
        branch,
    };
    watches.map(reached).collect()
}

/// What stands in a connection's place for a source action that brings a token of its own.
pub fn source_action(
    caller: &Caller,
    declaration: &PipelineDeclaration,
    watch: &engine::Watch,
) -> ConnectionArn {
    let (region, account) = (&caller.region, caller.account());
    let (stage, action) = (&watch.stage, &watch.source_action);
    ConnectionArn::of_source_action(region, account, &declaration.name, stage, action)
}

fn row_key(account: &AccountId, pipeline: &PipelineName, watch: &Watch) -> Key {
    WatchRow::at(account, &watch.connection, &watch.repository, pipeline)
}

/// Brings watches and hooks to what the pipeline now declares; `None`: it is deleted.
///
/// # Errors
/// A secret cannot be sealed.
pub fn change(
    caller: &Caller,
    pipeline: &PipelineName,
    declaration: Option<&PipelineDeclaration>,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<(), Refused> {
    let account = caller.account();
    let (before, after) = (before(account, pipeline, view), after(caller, declaration, view));
    for changed in before.symmetric_difference(&after) {
        guard(account, changed, view, changes);
    }
    for gone in before.difference(&after) {
        changes.delete::<WatchRow>(view, row_key(account, pipeline, gone));
        let others = view.list::<WatchRow>(&watching(account, gone));
        let linked = !view.list::<RepositoryLinkRow>(&links(account, gone)).is_empty();
        if !linked && others.iter().all(|row| row.pipeline == *pipeline) {
            drop_hooks(account, gone, view, now, changes);
        }
    }
    for new in after.difference(&before) {
        changes.put(
            view,
            WatchRow {
                account: account.clone(),
                connection: new.connection.clone(),
                repository: new.repository.clone(),
                pipeline: pipeline.clone(),
            },
        );
    }
    for (watch, hears) in declared(caller, declaration, view) {
        match hears {
            Hears::ByHook => want_hook(caller, &watch, view, now, changes)?,
            Hears::ByLooking => want_looks(caller, &watch, view, changes)?,
            Hears::Nothing => {}
        }
    }
    Ok(())
}

/// What [`link`] and [`unlink`] look at.
pub fn wants_of_link(
    account: &AccountId,
    connection: &ConnectionArn,
    repository: &RepositoryName,
    view: &View,
) -> Vec<Want> {
    wants_of(account, &linked(connection, repository), view)
}

fn linked(connection: &ConnectionArn, repository: &RepositoryName) -> Watch {
    Watch { connection: connection.clone(), repository: repository.clone() }
}

/// A repository gets a link, by the connection as it was made: it needs a hook.
///
/// # Errors
/// A secret cannot be sealed.
pub fn link(
    caller: &Caller,
    connection: &ConnectionArn,
    repository: &RepositoryName,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<(), Refused> {
    let watch = linked(connection, repository);
    guard(caller.account(), &watch, view, changes);
    want_hook(caller, &watch, view, now, changes)
}

/// A repository loses its link: without another, and without a pipeline that watches, its hooks go.
pub fn unlink(gone: &RepositoryLinkRow, view: &View, now: &Now, changes: &mut Changes) {
    let (account, watch) = (&gone.account, linked(&gone.connection, &gone.repository));
    guard(account, &watch, view, changes);
    let mut others = view.list::<RepositoryLinkRow>(&links(account, &watch));
    others.retain(|row| row.id != gone.id);
    if others.is_empty() && view.list::<WatchRow>(&watching(account, &watch)).is_empty() {
        drop_hooks(account, &watch, view, now, changes);
    }
}

/// Lists are not checked at commit. Whoever changes who watches, or adds a hook, also writes the
/// row of the connection: of two who do so at once, the second sees what the first has done. A
/// connection of another account is only looked at: at worst a repository then has two hooks.
fn guard(account: &AccountId, watch: &Watch, view: &View, changes: &mut Changes) {
    let row = view.row::<ConnectionRow>(connection_key(account, &watch.connection));
    if let Some(row) = row.filter(|row| row.account == *account) {
        changes.put(view, row.clone());
    }
}

/// A hook of the repository, unless there is one that is wanted or registered.
fn want_hook(
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
    Ok(HookRow {
        id,
        account: account.clone(),
        connection: watch.connection.clone(),
        repository: watch.repository.clone(),
        forge_hook_id: None,
        sealed_secret: sealed.map_err(|_| AwsError::internal())?,
        sealed_previous: None,
        state,
        provider,
        repository_id: None,
        signs: None,
        trouble: None,
        known_as: None,
        verified: None,
        heads_known: None,
        previous_until: None,
        asked: None,
        requests_known: None,
        looks: None,
    })
}

/// Where it is remembered what was seen of a repository that a source action reaches by a token of
/// its own: a hook that no forge has.
fn want_looks(
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

fn drop_hooks(account: &AccountId, watch: &Watch, view: &View, now: &Now, changes: &mut Changes) {
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
