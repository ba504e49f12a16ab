//! A repository is reached by a connection from now on, and not by a token of the action's own: what
//! is known of the branch goes over, so that a push between the two is found, and not taken for what
//! was there before.

use domain::ConnectionArn;
use domain::RepositoryName;
use domain::forge_event::GitRef;
use domain::pipeline::PipelineDeclaration;
use store::{Changes, HeadRow, Key, View, Want};

use crate::caller::Caller;
use crate::source_tokens::before;
use crate::turn::Now;
use crate::watches::{Reached, reached};

/// A branch's head under its old key and its new one.
struct Move {
    from: Key,
    to: Key,
    connection: ConnectionArn,
    repository: RepositoryName,
    ref_name: String,
}

fn moves(caller: &Caller, after: &PipelineDeclaration, view: &View) -> Vec<Move> {
    let account = caller.account();
    let Some(before) = before(caller, &after.name, view) else { return Vec::new() };
    let news: Vec<_> = reached(caller, after, view);
    let by_connection = |it: &&Reached| !it.connection.is_source_action();
    let mut moves = Vec::new();
    for old in reached(caller, before, view) {
        let same = |new: &&Reached| new.repository == old.repository;
        let new = news.iter().filter(by_connection).find(same);
        let Some(new) = new.filter(|_| old.connection.is_source_action()) else { continue };
        let ref_name = GitRef::branch(&*old.branch).full();
        let key = |arn: &ConnectionArn| HeadRow::at(account, arn, &old.repository, &ref_name);
        moves.push(Move {
            from: key(&old.connection),
            to: key(&new.connection),
            connection: new.connection.clone(),
            repository: old.repository.clone(),
            ref_name: ref_name.clone(),
        });
    }
    moves
}

/// What [`change`] looks at.
pub(crate) fn wants(caller: &Caller, after: &PipelineDeclaration, view: &View) -> Vec<Want> {
    let moves = moves(caller, after, view).into_iter();
    moves.flat_map(|it| [it.from, it.to]).map(Want::from).collect()
}

/// Takes over what is known of branches, where nothing is known by the connection yet.
pub(crate) fn change(
    caller: &Caller,
    after: &PipelineDeclaration,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) {
    for it in moves(caller, after, view) {
        let known = view.row::<HeadRow>(it.from).and_then(|row| row.sha.clone());
        if known.is_some() && view.row::<HeadRow>(it.to).is_none() {
            changes.put(
                view,
                HeadRow {
                    account: caller.account().clone(),
                    connection: it.connection,
                    repository: it.repository,
                    ref_name: it.ref_name,
                    sha: known,
                    updated: now.at,
                    merged: None,
                },
            );
        }
    }
}
