//! Which forge a source that is being fetched waits for, since when, and until when: told to whoever
//! asks why an execution does not go on. It is looked up from what is remembered; nobody is asked.

use std::collections::BTreeMap;

use domain::endpoints::own_endpoint;
use domain::pipeline::ActionCategory;
use domain::reason::{AwaitedForge, Pending, Reason, say};
use domain::{ActionExecutionId, AttemptRef, source_action_id};
use engine::{Attempt, AttemptState, FactKind};
use store::{
    ConnectionRow, EffectRow, FactRow, HostRow, Key, Query, RegistrationRow, Store, TokenRow, View,
    Want,
};
use url::Url;

use crate::limits::FACTS_LOOKED_AT;
use crate::line::effect_id;
use crate::turn;
use crate::watches::connection_key;

/// What has to be seen to tell it of those of these attempts that wait for a forge.
pub fn wants<'a>(attempts: impl IntoIterator<Item = &'a Attempt>, seen: &View) -> Vec<Want> {
    let sources = attempts.into_iter().filter(|it| is_fetched(it));
    sources.flat_map(|attempt| wants_of(attempt, seen)).collect()
}

/// The forge that an attempt waits for; `None` where it waits for none, or none is known.
pub fn forge(attempt: &Attempt, seen: &View) -> Option<Pending> {
    if !is_fetched(attempt) {
        return None;
    }
    let connection = seen.known::<ConnectionRow>(connection(attempt)?)?;
    let since = match &attempt.state {
        AttemptState::Running { since, .. } => *since,
        AttemptState::Waiting(_) | AttemptState::Ended { .. } => attempt.began,
    };
    let of = &attempt.of;
    let effect = effect(attempt, seen).and_then(|key| seen.known::<EffectRow>(key));
    Some(Pending::Source(Box::new(AwaitedForge {
        stage: of.stage.clone(),
        action: of.action.clone(),
        attempt: of.attempt,
        provider: connection.provider,
        host: host(connection, seen)?,
        connection: connection.arn.clone(),
        since,
        until: attempt.deadline,
        silence: effect.and_then(|row| row.silence.clone()),
    })))
}

/// The same as text.
pub fn sentence(attempt: &Attempt, seen: &View) -> Option<String> {
    forge(attempt, seen).map(|pending| say(Reason::Pending(&pending)).text())
}

/// The forges that these attempts wait for, for who shows them without a turn.
///
/// # Errors
/// What is remembered could not be read.
pub async fn look(
    store: &Store,
    attempts: &[Attempt],
) -> Result<BTreeMap<ActionExecutionId, Pending>, store::Error> {
    let seen = turn::see(store, |seen| wants(attempts, seen)).await?;
    let of = |attempt: &Attempt| Some((attempt.id.clone(), forge(attempt, &seen)?));
    Ok(attempts.iter().filter_map(of).collect())
}

fn is_fetched(attempt: &Attempt) -> bool {
    let is_source = attempt.work.action_type.category == ActionCategory::Source;
    is_source && attempt.is_live()
}

/// The connection that the action names, or what stands in its place where it brings a token.
fn connection(attempt: &Attempt) -> Option<Key> {
    let AttemptRef { account, pipeline, stage, action, .. } = &attempt.of;
    if attempt.work.action_type.is_older_github() {
        return Some(ConnectionRow::at(account, &source_action_id(pipeline, stage, action)));
    }
    let named = attempt.work.configuration.get("ConnectionArn")?;
    Some(connection_key(account, &domain::ConnectionArn::new(named.as_str())))
}

fn wants_of(attempt: &Attempt, seen: &View) -> Vec<Want> {
    let Some(key) = connection(attempt) else { return Vec::new() };
    let mut wants: Vec<Want> = vec![key.clone().into(), facts(attempt).into()];
    wants.extend(effect(attempt, seen).map(Want::from));
    let Some(row) = seen.known::<ConnectionRow>(key) else { return wants };
    match (&row.host_arn, &row.installation) {
        (Some(host), _) => wants.push(HostRow::at(&row.account, &host.id().to_owned()).into()),
        (None, Some(installation)) => {
            wants.push(RegistrationRow::at(&row.account, &installation.registration).into());
        }
        (None, None) => {
            let key = TokenRow::at(&row.account, &row.arn);
            let token = seen.known::<TokenRow>(key.clone());
            let registration = token.map(|it| RegistrationRow::at(&it.account, &it.registration));
            wants.push(key.into());
            wants.extend(registration.map(Want::from));
        }
    }
    wants
}

/// Host and port of a connection's forge.
fn host(row: &ConnectionRow, seen: &View) -> Option<String> {
    let registered = |id: &domain::RegistrationId| {
        let key = RegistrationRow::at(&row.account, id);
        seen.known::<RegistrationRow>(key).map(|it| it.endpoint.as_str())
    };
    let endpoint = match (&row.host_arn, &row.installation) {
        (Some(host), _) => {
            let key = HostRow::at(&row.account, &host.id().to_owned());
            seen.known::<HostRow>(key).map(|it| it.endpoint.as_str())
        }
        (None, Some(installation)) => registered(&installation.registration),
        (None, None) => {
            let token = seen.known::<TokenRow>(TokenRow::at(&row.account, &row.arn));
            token.and_then(|it| it.endpoint.as_deref().or_else(|| registered(&it.registration)))
        }
    };
    let url = Url::parse(endpoint.or_else(|| own_endpoint(row.provider))?).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn facts(attempt: &Attempt) -> Query {
    let AttemptRef { account, pipeline, execution, .. } = &attempt.of;
    FactRow::of_execution(account, pipeline, execution, 0, FACTS_LOOKED_AT)
}

/// The effect that fetches it, which is the first that its beginning asked for.
fn effect(attempt: &Attempt, seen: &View) -> Option<Key> {
    let facts = seen.known_list::<FactRow>(&facts(attempt));
    let began = facts.into_iter().find(|row| {
        matches!(&row.fact.kind, FactKind::AttemptBegan(began) if began.attempt == attempt.of)
    })?;
    let AttemptRef { account, pipeline, .. } = &attempt.of;
    Some(EffectRow::at(account, &effect_id(account, pipeline, began.fact.id, 0)))
}
