//! What pipelines watch and links point at, and the hooks that this needs.
//!
//! A hook is a desired state of a repository: there while a pipeline or a link wants to hear of
//! pushes, gone when none does any more. Bringing the forge to it is an effect.

mod declared;
mod hook;

use domain::pipeline::PipelineDeclaration;
use domain::{AccountId, Arn, ConnectionArn, PipelineName, RepositoryName};
use store::{Changes, ConnectionRow, HookRow, Key, Query, RepositoryLinkRow, View, Want, WatchRow};

pub(crate) use self::declared::{Reached, reached};
pub use self::declared::{connections, source_action};
pub use self::hook::register;

use self::declared::{Hears, after, before, declared};
use self::hook::{drop_hooks, want_hook, want_looks};
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::turn::Now;

/// A repository by a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Watch {
    connection: ConnectionArn,
    repository: RepositoryName,
}

/// The key of the connection that an ARN names: in the account that the ARN names, where it names
/// one. Whether `account` may have it is a matter of permits.
pub fn connection_key(account: &AccountId, arn: &ConnectionArn) -> Key {
    let owner = Arn::parse(arn.as_str()).map(|arn| arn.account);
    let owner = owner.filter(|owner| !owner.as_str().is_empty());
    ConnectionRow::at(owner.as_ref().unwrap_or(account), &arn.id().to_owned())
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
