//! What a pipeline's declaration watches, and how the pipeline is to hear of it.

use std::collections::BTreeSet;

use domain::pipeline::PipelineDeclaration;
use domain::{AccountId, ConnectionArn, PipelineName, RepositoryName};
use engine::ReachedBy;
use store::{ConnectionRow, View, WatchRow};

use super::{Watch, connection_key};
use crate::caller::Caller;

/// The connections that a declaration names.
pub fn connections(declaration: &PipelineDeclaration) -> BTreeSet<ConnectionArn> {
    let connection = |watch: engine::Watch| match watch.by {
        ReachedBy::Connection { arn, .. } => Some(arn),
        ReachedBy::Token => None,
    };
    engine::watches(declaration).into_iter().filter_map(connection).collect()
}

/// Watches and hooks know a connection by the ARN it was made with.
fn canonical(account: &AccountId, arn: &ConnectionArn, view: &View) -> ConnectionArn {
    let row = view.known::<ConnectionRow>(connection_key(account, arn));
    row.map_or_else(|| arn.clone(), |row| row.arn.clone())
}

/// What a pipeline watched until now.
pub(super) fn before(account: &AccountId, pipeline: &PipelineName, view: &View) -> BTreeSet<Watch> {
    let rows = view.known_list::<WatchRow>(&WatchRow::of_pipeline(account, pipeline));
    let watch = |row: &WatchRow| Watch {
        connection: row.connection.clone(),
        repository: row.repository.clone(),
    };
    rows.into_iter().map(watch).collect()
}

/// What it watches by a declaration.
pub(super) fn after(
    caller: &Caller,
    declaration: Option<&PipelineDeclaration>,
    view: &View,
) -> BTreeSet<Watch> {
    declared(caller, declaration, view).map(|(watch, _)| watch).collect()
}

/// How a pipeline is to hear of what it watches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hears {
    /// By a hook of ours.
    ByHook,
    /// By looking, or by webhooks that people put.
    ByLooking,
    /// Not by itself: changes are not detected.
    Nothing,
}

/// What a declaration watches, and how it is to hear of it.
pub(super) fn declared(
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
