//! `towpath why ID`: the reason that was decided and stored, looked up.

mod gone;

use domain::reason::{Pending, Reason, say};
use domain::revision::{Seen, Trigger};
use domain::sync::SyncType;
use domain::{ConnectionArn, DeliveryId, ExecutionId, HostArn, Timestamp};
use engine::{Attempt, AttemptState, Effect, ExecutionStatus};
use identity::Ask;
use store::{
    AttemptRow, ConnectionRow, DeliveryRow, DenialRow, DispositionRow, EffectRow, ExecutionRow,
    HookRow, Query, RefusedStatusRow, SyncConfigurationRow, View, Want,
};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::health::{asked, hook_gap};
use crate::intake::{of_fork, open_questions};
use crate::refusal::Refused;
use crate::refused_deliveries::{amiss, of_hook, wants};
use crate::rotation::hooks;
use crate::state::error_details;
use crate::table::operation;
use crate::turn::Now;
use crate::watches::connection_key;
use crate::{awaited, hosts, shares, statuses};

operation! {
    /// `towpath:Explain`.
    Explain: shapes::ExplainInput => shapes::ExplainOutput;
    resource(_, _) { "*".to_owned() }
    also(caller, input, view) {
        // What policies say is for those who may read it ("DecodeAuthorizationMessage", STS).
        let denial = view.known::<DenialRow>(DenialRow::at(caller.account(), &input.id));
        let denial = denial.map(|_| Ask::new("sts:DecodeAuthorizationMessage", "*"));
        denial.into_iter().chain(of_another(caller, &input.id, view)).collect()
    }
    wants(caller, input, view) {
        match What::of(&input.id) {
            What::Delivery(id) => {
                let row = DeliveryRow::at(caller.account(), &id);
                let open = open_questions(caller.account(), &id).map(Want::from);
                [row.into(), dispositions(caller, &id).into()].into_iter().chain(open).collect()
            }
            What::Connection(arn) => {
                let hooks = hooks(caller, &arn, view).map(Want::from);
                let key = connection_key(caller.account(), &arn);
                let row = view.known::<ConnectionRow>(key.clone());
                let refused = row.into_iter().flat_map(|row| wants(row, caller.account(), view));
                let gone = gone::wants(caller, &arn, view);
                let statuses = row.map(|row| statuses::of_connection(caller.account(), &row.arn));
                let policy = shares::key(&arn);
                let own = [Some(Want::from(key)), statuses.map(Want::from), policy.map(Want::from)];
                own.into_iter().flatten().chain(hooks).chain(refused).chain(gone).collect()
            }
            What::Host(arn) => hosts::wants_of_status(caller, &arn, view),
            What::Sync(key) => vec![sync_key(caller, &key).into()],
            What::Execution(id) => {
                let query = execution(caller, &id);
                let known = view.known_list::<ExecutionRow>(&query);
                let attempts = known.first().map(|row| attempts(row));
                let denial = DenialRow::at(caller.account(), &input.id).into();
                let tries = attempts.iter().flat_map(|query| view.known_list::<AttemptRow>(query));
                let forges = awaited::wants(tries.map(|row| &row.doc), view);
                let statuses = known.first().map(|row| statuses::keys_of(&row.account, &row.doc));
                let statuses = statuses.into_iter().flatten().map(Want::from);
                let wants = [Want::from(query), denial].into_iter().chain(forges).chain(statuses);
                wants.chain(attempts.clone().map(Want::from)).collect()
            }
        }
    }
    decide(caller, input, view, now, changes) {
        let output = match What::of(&input.id) {
            What::Delivery(id) => delivery(caller, &id, view),
            What::Connection(arn) => connection(caller, &arn, view, now).or_else(|| {
                let reasons = gone::explain(caller, &arn, view)?;
                Some(output("connection", "MISSING", reasons))
            }),
            What::Host(arn) => host(caller, &arn, view),
            What::Sync(key) => sync(caller, &key, view),
            What::Execution(id) => {
                an_execution(caller, &id, view).or_else(|| denied(caller, &input.id, view))
            }
        };
        let output = output.ok_or_else(|| unknown(&input.id))?;
        Ok((changes, shapes::ExplainOutput { id: input.id.clone(), ..output }))
    }
}

/// Of another account's connection only they are told who may see it.
fn of_another(caller: &Caller, id: &str, view: &View) -> Option<Ask> {
    let What::Connection(arn) = What::of(id) else { return None };
    let row = view.known::<ConnectionRow>(connection_key(caller.account(), &arn))?;
    (row.account != *caller.account()).then(|| shares::seeing(caller, &arn, view))?
}

/// What an id is of: its prefix tells.
enum What {
    Delivery(DeliveryId),
    Connection(ConnectionArn),
    Host(HostArn),
    /// What is kept in step with a file.
    Sync((SyncType, String)),
    Execution(ExecutionId),
}

impl What {
    fn of(id: &str) -> Self {
        match id {
            _ if id.starts_with("dlv-") => Self::Delivery(DeliveryId::new(id)),
            _ if id.starts_with(SYNC) => {
                let rest = &id[SYNC.len()..];
                let typed = rest.split_once('/').and_then(|(kind, resource)| {
                    Some((SyncType::parse(kind)?, resource.to_owned()))
                });
                Self::Sync(typed.unwrap_or((SyncType::CodePipelineSync, rest.to_owned())))
            }
            _ if id.starts_with("arn:") && id.contains(":host/") => Self::Host(HostArn::new(id)),
            _ if id.starts_with("arn:") => Self::Connection(ConnectionArn::new(id)),
            _ => Self::Execution(ExecutionId::new(id)),
        }
    }
}

/// `sync:PIPELINE`, or `sync:CFN_STACK_SYNC/STACK`.
const SYNC: &str = "sync:";

fn unknown(id: &str) -> Refused {
    if let What::Connection(arn) = What::of(id) {
        let message = format!(
            "There is no connection {arn}. Make one, and write its ARN into the source actions that \
             name this one (UpdatePipeline)."
        );
        return AwsError::refused("ResourceNotFoundException", message);
    }
    let message = format!(
        "Nothing here is called '{id}'. Give a delivery's id (dlv-…), an execution's id, a \
         connection's or host's ARN, or what is kept in step with a file (sync:PIPELINE)."
    );
    AwsError::refused("ResourceNotFoundException", message)
}

fn dispositions(caller: &Caller, id: &DeliveryId) -> Query {
    DispositionRow::of_delivery(caller.account(), id)
}

fn execution(caller: &Caller, id: &ExecutionId) -> Query {
    ExecutionRow::by_id(caller.account(), id)
}

fn attempts(row: &ExecutionRow) -> Query {
    AttemptRow::of_execution(&row.account, &row.pipeline, &row.execution)
}

fn reason(reason: Reason, at: Option<Timestamp>) -> shapes::Reason {
    let said = say(reason);
    shapes::Reason {
        code: said.code.to_owned(),
        sentence: said.text(),
        next_step: said.next_text(),
        at: at.map(Into::into),
    }
}

fn output(kind: &str, status: &str, reasons: Vec<shapes::Reason>) -> shapes::ExplainOutput {
    let (kind, status) = (kind.to_owned(), status.to_owned());
    shapes::ExplainOutput { id: String::new(), kind, status, reasons }
}

fn delivery(caller: &Caller, id: &DeliveryId, view: &View) -> Option<shapes::ExplainOutput> {
    let row = view.row::<DeliveryRow>(DeliveryRow::at(caller.account(), id))?;
    let rows = view.list::<DispositionRow>(&dispositions(caller, id));
    let said = |row: &DispositionRow| reason(Reason::Disposition(&row.doc), None);
    let decided = rows.iter().map(|row| said(row));
    if row.state == store::inbox::DONE {
        let status = rows.first().map_or("decided", |row| &row.kind);
        return Some(output("delivery", status, decided.collect()));
    }
    let open = open_questions(caller.account(), id);
    let open = open.iter().flat_map(|query| view.list::<EffectRow>(query));
    let mut waits: Vec<_> = open.filter_map(waits_for).collect();
    if waits.is_empty() {
        waits.push(reason(Reason::Pending(&Pending::Turn), Some(row.received)));
    }
    Some(output("delivery", "waiting", waits.into_iter().chain(decided).collect()))
}

/// What a change waits for whose question is open.
fn waits_for(row: &EffectRow) -> Option<shapes::Reason> {
    let silence = row.silence.clone();
    let pending = match &row.effect {
        Effect::AskHead { ref_name, .. } => Pending::Head { ref_name: ref_name.clone(), silence },
        Effect::ChangedFiles(asked) => Pending::Files { commit: asked.commit.clone(), silence },
        _ => return None,
    };
    Some(reason(Reason::Pending(&pending), Some(row.created)))
}

/// What is missing, or whom it speaks for; then what else keeps pushes from being told.
fn connection(
    caller: &Caller,
    arn: &ConnectionArn,
    view: &View,
    now: &Now,
) -> Option<shapes::ExplainOutput> {
    let row = view.row::<ConnectionRow>(connection_key(caller.account(), arn))?;
    let missing = row.status.missing().map(|missing| shapes::Reason {
        code: "connection-incomplete".to_owned(),
        sentence: missing.sentence().to_owned(),
        next_step: missing.is_finished_by_connecting().then(|| {
            format!(
                "sign in at the forge, then finish connecting in the console or by the link that \
                 `towpath connections authorize {arn}` prints"
            )
        }),
        at: None,
    });
    let hooks: Vec<_> =
        hooks(caller, arn, view).map(|query| view.list::<HookRow>(&query)).unwrap_or_default();
    let asked = asked(hooks.iter().copied());
    let has_hooks = asked.map_or_else(String::new, |at| {
        format!("; the forge said at {} that it has the webhooks", at.rfc3339())
    });
    let usable = || shapes::Reason {
        code: "connection-available".to_owned(),
        sentence: format!(
            "{} authorised it{has_hooks}",
            row.login.as_deref().unwrap_or("somebody")
        ),
        next_step: None,
        at: None,
    };
    let throttled = row.throttled_at(now.at).map(|throttle| shapes::Reason {
        code: "forge-left-alone".to_owned(),
        sentence: format!(
            "{} is not asked until {}, because {}",
            throttle.host,
            throttle.until.rfc3339(),
            throttle.why
        ),
        next_step: None,
        at: None,
    });
    let refused = amiss(row, caller.account(), view, now.at);
    let gap = |hook: &HookRow| hook_gap(hook, of_hook(&hook.id, &refused));
    let gaps = hooks.into_iter().filter_map(gap);
    let gaps = gaps.map(|gap| reason(Reason::Hook(&gap), None));
    let first = missing.unwrap_or_else(usable);
    let statuses = statuses::of_connection(caller.account(), &row.arn);
    let statuses = view.list::<RefusedStatusRow>(&statuses).into_iter().map(statuses::reason);
    let reasons = [first].into_iter().chain(throttled).chain(gaps).chain(statuses).collect();
    Some(output("connection", row.status.as_str(), reasons))
}

/// What is missing of a host, and who must mend it.
fn host(caller: &Caller, arn: &HostArn, view: &View) -> Option<shapes::ExplainOutput> {
    let (row, status) = hosts::known_status(caller, arn, view)?;
    let reason = match status.missing() {
        Some(missing) => shapes::Reason {
            code: "host-incomplete".to_owned(),
            sentence: missing.sentence().into_owned(),
            next_step: Some(missing.step(&row.arn)),
            at: None,
        },
        None => shapes::Reason {
            code: "host-available".to_owned(),
            sentence: format!("connections to {} can be authorised", row.endpoint),
            next_step: None,
            at: None,
        },
    };
    Some(output("host", status.as_str(), vec![reason]))
}

fn sync_key(caller: &Caller, (kind, resource): &(SyncType, String)) -> store::Key {
    SyncConfigurationRow::at(caller.account(), kind, resource)
}

/// The blockers that stand come first, then the steps of the last attempt.
fn sync(caller: &Caller, key: &(SyncType, String), view: &View) -> Option<shapes::ExplainOutput> {
    let row = view.row::<SyncConfigurationRow>(sync_key(caller, key))?;
    let standing = row.blockers.iter().filter(|it| it.resolved.is_none());
    let mut reasons: Vec<_> = standing
        .map(|it| shapes::Reason {
            code: "sync-blocked".to_owned(),
            sentence: it.reason.clone(),
            next_step: Some(format!(
                "mend it and push to {} again, or resolve blocker {} with UpdateSyncBlocker",
                row.branch, it.id
            )),
            at: Some(it.created.into()),
        })
        .collect();
    let Some(latest) = &row.latest else {
        reasons.push(shapes::Reason {
            code: "sync-never-begun".to_owned(),
            sentence: format!("nothing was pushed to {} since it was configured", row.branch),
            next_step: Some(format!("push a change of {}", row.config_file)),
            at: Some(row.created.into()),
        });
        return Some(output("sync", "NEVER", reasons));
    };
    reasons.extend(latest.events.iter().map(|event| shapes::Reason {
        code: format!("sync-{}", event.kind.as_str().to_lowercase().replace('_', "-")),
        sentence: event.text.clone(),
        next_step: None,
        at: Some(event.at.into()),
    }));
    Some(output("sync", latest.state.as_str(), reasons))
}

fn an_execution(caller: &Caller, id: &ExecutionId, view: &View) -> Option<shapes::ExplainOutput> {
    let rows = view.list::<ExecutionRow>(&execution(caller, id));
    let row = rows.into_iter().next()?;
    let (doc, attempts) = (&row.doc, view.list::<AttemptRow>(&attempts(row)));
    let mut reasons: Vec<_> = found_by_look(doc).into_iter().collect();
    match &doc.status {
        ExecutionStatus::Waiting(wait) => {
            reasons.push(reason(Reason::Wait(wait), Some(doc.updated)))
        }
        ExecutionStatus::Ended(end) => reasons.push(reason(Reason::End(end), Some(doc.updated))),
        ExecutionStatus::InStage(_) | ExecutionStatus::BetweenStages => {}
    }
    reasons.extend(of_fork(doc));
    for attempt in attempts.iter().map(|row| &row.doc) {
        reasons
            .extend(attempt.wait().map(|wait| reason(Reason::Wait(&wait), Some(attempt.updated))));
        reasons.extend(
            awaited::forge(attempt, view)
                .map(|forge| reason(Reason::Pending(&forge), Some(attempt.updated))),
        );
        reasons.extend(running(attempt));
        reasons.extend(error_details(attempt).map(|details| shapes::Reason {
            code: "attempt-failed".to_owned(),
            sentence: format!(
                "{} / {}, attempt {}: {}",
                attempt.of.stage,
                attempt.of.action,
                attempt.of.attempt,
                details.message.unwrap_or_default()
            ),
            next_step: None,
            at: Some(attempt.updated.into()),
        }));
    }
    let refused = statuses::of_execution(&row.account, doc, view);
    reasons.extend(refused.into_iter().map(statuses::reason));
    Some(output("execution", doc.status_word(), reasons))
}

/// Why a call was refused: the decision, then every statement that was looked at.
fn denied(caller: &Caller, id: &str, view: &View) -> Option<shapes::ExplainOutput> {
    let row = view.row::<DenialRow>(DenialRow::at(caller.account(), &id.to_owned()))?;
    let sentence = |(index, sentence): (usize, String)| shapes::Reason {
        code: if index == 0 { "denied" } else { "statement" }.to_owned(),
        sentence,
        next_step: None,
        at: (index == 0).then(|| row.at.into()),
    };
    let reasons = row.explanation.say().into_iter().enumerate().map(sentence).collect();
    Some(output("denial", "Denied", reasons))
}

/// Who looks for the delivery of such an execution looks in vain.
fn found_by_look(doc: &engine::Execution) -> Option<shapes::Reason> {
    let Trigger::WebhookV2(push) = &doc.trigger else { return None };
    (push.seen == Seen::Reconciled).then(|| shapes::Reason {
        code: "found-by-a-look".to_owned(),
        sentence: format!(
            "No delivery told of it: a look at {} found {} at {}",
            push.repository,
            push.git_ref,
            push.commit.short()
        ),
        next_step: None,
        at: Some(doc.started.into()),
    })
}

/// What an execution waits for where nobody is asked: an action that is being performed.
fn running(attempt: &Attempt) -> Option<shapes::Reason> {
    let AttemptState::Running { holder, since } = &attempt.state else { return None };
    let of = &attempt.of;
    let sentence = format!(
        "{} / {}, attempt {}: it is being performed by {holder}, until {} at the latest",
        of.stage,
        of.action,
        of.attempt,
        attempt.deadline.rfc3339(),
    );
    let (code, at) = ("action-running".to_owned(), Some((*since).into()));
    Some(shapes::Reason { code, sentence, next_step: None, at })
}
