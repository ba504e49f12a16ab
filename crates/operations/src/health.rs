//! How a connection fares: its hooks, and whether its forge is left alone for a while.

use std::collections::BTreeSet;

use domain::connection::{HookState, Looks};
use domain::reason::HookGap;
use domain::{AccountId, ConnectionArn, PipelineName, RepositoryName, Timestamp};
use store::{ConnectionRow, HookRow, Query, RefusedDeliveryRow, RefusedStatusRow, Want, WatchRow};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::connections::seen_or_source_action;
use crate::limits::USERS_TOLD_MAX;
use crate::refused_deliveries::{self, of_connection, of_hook};
use crate::rotation::hooks;
use crate::table::operation;
use crate::turn::Now;
use crate::watches::connection_key;
use crate::{shares, statuses};

mod app;
mod elsewhere;

operation! {
    /// `towpath:GetConnectionHealth`, also of a source action that brings a token of its own, and of
    /// a connection that another account shares: with the caller's account's hooks and pipelines.
    Get: shapes::GetConnectionHealthInput => shapes::GetConnectionHealthOutput;
    resource(_, input) { input.connection_arn.to_string() }
    ask(caller, input, view, ask) { shares::for_own(caller, &input.connection_arn, view, ask) }
    also(caller, input, view) {
        shares::seeing(caller, &input.connection_arn, view).into_iter().collect()
    }
    wants(caller, input, view) {
        let key = connection_key(caller.account(), &input.connection_arn);
        let hooks = hooks(caller, &input.connection_arn, view);
        let row = view.known::<ConnectionRow>(key);
        let refused = row.map(|row| of_connection(caller.account(), &row.arn).into());
        let app = row.into_iter().flat_map(|row| app::wants(row, view));
        let users = row.map(|row| users(caller.account(), &row.arn).into());
        let others = row.and_then(|row| elsewhere::wants(row, caller.account())).map(Want::from);
        let statuses = row.map(|row| statuses::of_connection(caller.account(), &row.arn).into());
        let shared = shares::wants(caller, &input.connection_arn);
        let wants = [hooks.map(Want::from), refused, users, others, statuses];
        wants.into_iter().flatten().chain(shared).chain(app).collect()
    }
    decide(caller, input, view, now, changes) {
        let row = seen_or_source_action(caller, &input.connection_arn, view)?;
        let query = hooks(caller, &input.connection_arn, view).ok_or_else(AwsError::internal)?;
        let throttled = row.throttled_at(now.at);
        let refused = view.list::<RefusedDeliveryRow>(&of_connection(caller.account(), &row.arn));
        let hooks = view.list::<HookRow>(&query);
        let app = app::shown(row, caller.account(), &hooks, view);
        let statuses = statuses::of_connection(caller.account(), &row.arn);
        let statuses = view.list::<RefusedStatusRow>(&statuses).into_iter().map(statuses::shape);
        let shape = |hook: &&HookRow| shape(hook, of_hook(&hook.id, &refused), now);
        let output = shapes::GetConnectionHealthOutput {
            pipelines: pipelines(view.list(&users(caller.account(), &row.arn))),
            connection_arn: row.arn.clone(),
            status: row.status.as_str().to_owned(),
            hooks: hooks.iter().map(shape).collect(),
            missing: row.status.missing().map(|missing| missing.sentence().to_owned()),
            login: row.login.clone(),
            throttled_host: throttled.map(|it| it.host.clone()),
            throttled_until: throttled.map(|it| it.until.into()),
            throttled_because: throttled.map(|it| it.why.clone()),
            app,
            other_accounts: elsewhere::shown(row, caller.account(), view),
            refused_statuses: Some(statuses.collect()).filter(|it: &Vec<_>| !it.is_empty()),
        };
        Ok((changes, output))
    }
}

/// Who watches anything by a connection.
pub(crate) fn users(account: &AccountId, connection: &ConnectionArn) -> Query {
    WatchRow::of_connection(account, connection, USERS_TOLD_MAX)
}

/// The pipelines among them, by name.
pub(crate) fn pipelines(users: Vec<&WatchRow>) -> Vec<PipelineName> {
    let names: BTreeSet<_> = users.into_iter().map(|watch| watch.pipeline.clone()).collect();
    names.into_iter().collect()
}

/// As of when the forge is known to have all of these hooks that are registered there.
pub fn asked<'a>(hooks: impl IntoIterator<Item = &'a HookRow>) -> Option<Timestamp> {
    let mut known = hooks.into_iter().filter(|hook| hook.state == HookState::Registered);
    let first = known.next()?.asked?;
    known.try_fold(first, |oldest, hook| Some(oldest.min(hook.asked?)))
}

/// What is not as it should be with a hook; `None` where it tells of every push. `refused`: what it
/// refused and says that something is amiss.
pub fn hook_gap(hook: &HookRow, refused: Option<&RefusedDeliveryRow>) -> Option<HookGap> {
    match gap_at_forge(hook) {
        unheard @ (None | Some(HookGap::Unheard { .. })) => {
            refused.map(|row| unsigned(hook, row)).or(unheard)
        }
        other => other,
    }
}

fn unsigned(hook: &HookRow, row: &RefusedDeliveryRow) -> HookGap {
    let (repository, why) = (hook.repository.clone(), row.why.clone());
    HookGap::Unsigned { repository, at: row.last, why, count: row.count }
}

fn gap_at_forge(hook: &HookRow) -> Option<HookGap> {
    let (repository, trouble) = (hook.repository.clone(), hook.trouble.clone());
    match (hook.state, trouble) {
        (HookState::Failed, trouble) => {
            Some(HookGap::Refused { repository, trouble: trouble.unwrap_or_default() })
        }
        (HookState::Unwanted, _) => None,
        (HookState::Polled, _) => Some(gap_of_looks(repository, hook.looks.as_ref())),
        (_, Some(trouble)) => Some(HookGap::Amiss { repository, trouble }),
        (HookState::Wanted, None) => Some(HookGap::Wanted { repository }),
        (HookState::Registered | HookState::Given, None) => {
            hook.verified.is_none().then_some(HookGap::Unheard { repository })
        }
    }
}

fn gap_of_looks(repository: RepositoryName, looks: Option<&Looks>) -> HookGap {
    match looks.and_then(|looks| looks.missed.clone()) {
        Some(missed) => HookGap::Unseen { repository, missed },
        None => {
            HookGap::Polled { repository, every_seconds: looks.map(|looks| looks.every_seconds) }
        }
    }
}

fn shape(hook: &HookRow, refused: Option<&RefusedDeliveryRow>, now: &Now) -> shapes::HookHealth {
    let overlap = hook.previous_until.filter(|_| hook.believes_previous(now.at));
    let missed = hook.looks.as_ref().and_then(|looks| looks.missed.as_ref());
    shapes::HookHealth {
        hook_id: hook.id.clone(),
        repository: hook.repository.clone(),
        state: hook.state.as_str().to_owned(),
        present_name: hook.known_as.clone(),
        verified_at: hook.verified.map(Into::into),
        asked_at: hook.asked.map(Into::into),
        trouble: missed.map(|missed| missed.why.clone()).or_else(|| hook.trouble.clone()),
        looked_at_every_seconds: hook.looks.as_ref().map(|looks| looks.every_seconds),
        missed_looks: missed.map(|missed| missed.count),
        missed_since: missed.and_then(|missed| missed.first).map(Into::into),
        last_missed_at: missed.map(|missed| missed.last.into()),
        previous_secret_until: overlap.map(Into::into),
        refused: refused.map(refused_deliveries::shape),
    }
}
