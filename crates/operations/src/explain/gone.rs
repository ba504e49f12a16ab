//! A connection that is not here: whether it was deleted, when and by whom, and what still names it.

use domain::{ConnectionArn, Timestamp};
use store::{AuditRow, ConnectionRow, Query, View, Want, WatchRow};
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::health::{pipelines, users};
use crate::limits::DELETIONS_LOOKED_BACK_MAX;
use crate::watches::connection_key;

/// What [`explain`] looks at, once it is known that the connection is not there.
pub(super) fn wants(caller: &Caller, arn: &ConnectionArn, view: &View) -> Vec<Want> {
    let key = connection_key(caller.account(), arn);
    if !view.has(&key.clone().into()) || view.known::<ConnectionRow>(key).is_some() {
        return Vec::new();
    }
    vec![lately(caller).into(), users(caller.account(), arn).into()]
}

fn lately(caller: &Caller) -> Query {
    let newest = Timestamp(i64::MAX);
    AuditRow::of_account(caller.account(), &newest, 0, 0, DELETIONS_LOOKED_BACK_MAX)
}

/// `None` where nothing tells of it: nobody deleted it here lately, and no pipeline names it.
pub(super) fn explain(
    caller: &Caller,
    arn: &ConnectionArn,
    view: &View,
) -> Option<Vec<shapes::Reason>> {
    let named = pipelines(view.list::<WatchRow>(&users(caller.account(), arn)));
    let deleted = view.list::<AuditRow>(&lately(caller)).into_iter().find(|it| is_end(it, arn));
    if deleted.is_none() && named.is_empty() {
        return None;
    }
    let sentence = match deleted {
        Some(it) => format!("{} deleted it ({})", it.principal, it.action),
        None => "there is no such connection, and no entry of the audit log says what became of it"
            .to_owned(),
    };
    let first = shapes::Reason {
        code: "connection-deleted".to_owned(),
        sentence,
        next_step: None,
        at: deleted.map(|it| it.at.into()),
    };
    let names = || named.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let users = (!named.is_empty()).then(|| shapes::Reason {
        code: "connection-missing".to_owned(),
        sentence: format!("pipelines that name it: {}", names()),
        next_step: Some(
            "make a connection, and write its ARN into their source actions (UpdatePipeline)"
                .to_owned(),
        ),
        at: None,
    });
    Some([first].into_iter().chain(users).collect())
}

/// Under either prefix it is one connection.
fn is_end(entry: &AuditRow, arn: &ConnectionArn) -> bool {
    entry.action.ends_with(":DeleteConnection")
        && ConnectionArn::new(entry.resource.as_str()).id() == arn.id()
}
