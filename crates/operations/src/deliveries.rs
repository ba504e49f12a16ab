//! Deliveries as the API lists them, with what became of each change.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::reason::{Disposition, Filter, HeldBack, Reason, StartedPipeline, say};
use domain::{DeliveryId, RepositoryName, Timestamp};
use store::{DeliveryBodyRow, DeliveryRow, DispositionRow, HookRow, Query, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::refusal::Refused;
use crate::table::operation;

const LIST: &str = "towpath:ListDeliveries";

operation! {
    /// `towpath:ListDeliveries`, newest first.
    List: shapes::ListDeliveriesInput => shapes::ListDeliveriesOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) {
        let Ok(query) = list_query(caller, input) else { return Vec::new() };
        let mut wants: Vec<Want> = vec![query.clone().into()];
        for row in view.known_list::<DeliveryRow>(&query) {
            wants.push(dispositions(caller, &row.id).into());
            wants.push(HookRow::at(&row.hook).into());
        }
        wants
    }
    decide(caller, input, view, _, changes) {
        let rows = view.list::<DeliveryRow>(&list_query(caller, input)?);
        let (rows, next_token) = page::cut(caller, LIST, &filter(input), rows, size(input), |row| {
            format!("{} {}", row.received.0, row.id)
        });
        let shown = |row: &&DeliveryRow| shape(caller, row, view);
        let fits = |delivery: &shapes::Delivery| {
            // Forges know repositories in any case of letters.
            let named = |asked: &RepositoryName| {
                let repository = delivery.repository.as_ref();
                repository.is_some_and(|it| it.as_str().eq_ignore_ascii_case(asked.as_str()))
            };
            let by_repository = input.repository.as_ref().is_none_or(named);
            let by_outcome = input.outcome.is_none_or(|it| delivery.dispositions.iter().any(|d| d.outcome == it));
            by_repository && by_outcome
        };
        let deliveries = rows.iter().map(shown).filter(fits).collect();
        Ok((changes, shapes::ListDeliveriesOutput { deliveries, next_token }))
    }
}

fn size(input: &shapes::ListDeliveriesInput) -> usize {
    page::size(input.max_results, LIST_MAX)
}

fn filter(input: &shapes::ListDeliveriesInput) -> String {
    format!("{:?} {:?}", input.repository, input.outcome)
}

fn list_query(caller: &Caller, input: &shapes::ListDeliveriesInput) -> Result<Query, Refused> {
    let cursor = page::cursor(caller, LIST, &filter(input), input.next_token.as_ref())?;
    let before = cursor.as_deref().and_then(|text| text.split_once(' '));
    let before =
        before.and_then(|(at, id)| Some((Timestamp(at.parse().ok()?), DeliveryId::new(id))));
    let (at, id) = before.unwrap_or((Timestamp(i64::MAX), DeliveryId::default()));
    Ok(DeliveryRow::of_account(caller.account(), at, &id, size(input) as i64 + 1))
}

fn dispositions(caller: &Caller, id: &DeliveryId) -> Query {
    DispositionRow::of_delivery(caller.account(), id)
}

/// There is no such delivery.
pub fn not_found(id: &DeliveryId) -> Refused {
    let message = format!("There is no delivery {id}.");
    AwsError::refused("ResourceNotFoundException", message)
}

/// What a list and a single delivery show alike.
fn shape(caller: &Caller, row: &DeliveryRow, view: &View) -> shapes::Delivery {
    let made = view.list::<DispositionRow>(&dispositions(caller, &row.id));
    let hook = view.row::<HookRow>(HookRow::at(&row.hook));
    shapes::Delivery {
        delivery_id: row.id.clone(),
        hook_id: row.hook.clone(),
        received_at: row.received.into(),
        forge: row.provider.clone(),
        settled: row.state == store::inbox::DONE,
        dispositions: made.into_iter().map(|row| disposition(&row.doc)).collect(),
        forge_delivery_id: Some(row.forge_delivery.clone()).filter(|id| !id.is_empty()),
        event: Some(row.event.clone()).filter(|event| !event.is_empty()),
        repository: hook.map(|hook| hook.repository.clone()),
    }
}

/// A disposition as the API shows it, with its words.
pub fn disposition(doc: &Disposition) -> shapes::Disposition {
    let said = say(Reason::Disposition(doc));
    let (outcome, started, held_back) = parts(doc);
    let (reference, after) = doc.change().unzip();
    shapes::Disposition {
        outcome,
        code: said.code.to_owned(),
        sentence: said.text(),
        started: started
            .iter()
            .map(|it| shapes::StartedExecution {
                pipeline_name: it.pipeline.clone(),
                pipeline_execution_id: it.execution.clone(),
            })
            .collect(),
        held_back: held_back
            .iter()
            .map(|it| {
                let said = say(Reason::Hold(&it.rule));
                let (code, sentence) = (said.code.to_owned(), said.text());
                shapes::HeldBack { pipeline_name: it.pipeline.clone(), code, sentence }
            })
            .collect(),
        reference: reference.map(|subject| subject.full()),
        before: None,
        after: after.flatten().cloned(),
    }
}

fn parts(doc: &Disposition) -> (shapes::Outcome, &[StartedPipeline], &[HeldBack]) {
    match doc {
        Disposition::Started { pipelines, held_back, .. } => {
            (shapes::Outcome::Started, pipelines, held_back)
        }
        Disposition::Synced { held_back, .. } => (shapes::Outcome::Started, &[], held_back),
        Disposition::Duplicate(_) => (shapes::Outcome::Duplicate, &[], &[]),
        Disposition::Filtered(Filter::Pipelines { held_back, .. }) => {
            (shapes::Outcome::Filtered, &[], held_back)
        }
        Disposition::Filtered(_) => (shapes::Outcome::Filtered, &[], &[]),
        Disposition::Stale { .. } => (shapes::Outcome::Stale, &[], &[]),
        Disposition::Unusable { .. } => (shapes::Outcome::Unusable, &[], &[]),
    }
}

/// The kind of a disposition, as it is stored and counted.
pub fn kind(doc: &Disposition) -> &'static str {
    parts(doc).0.as_str()
}

operation! {
    /// `towpath:GetDelivery`: headers and body too.
    Get: shapes::GetDeliveryInput => shapes::GetDeliveryOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) {
        let key = DeliveryRow::at(caller.account(), &input.delivery_id);
        let row = view.known::<DeliveryRow>(key.clone());
        let told = row.map(|row| [HookRow::at(&row.hook).into(), row.body_key().into()]);
        let of_delivery = [key.into(), dispositions(caller, &input.delivery_id).into()];
        of_delivery.into_iter().chain(told.into_iter().flatten()).collect()
    }
    decide(caller, input, view, _, changes) {
        let row = view.row::<DeliveryRow>(DeliveryRow::at(caller.account(), &input.delivery_id));
        let row = row.ok_or_else(|| not_found(&input.delivery_id))?;
        // Once its retention is over there are no headers, and a body of no bytes.
        let said = view.row::<DeliveryBodyRow>(row.body_key());
        let secret = |name: &str| name.contains("signature") || name.contains("token");
        let headers = said.iter().flat_map(|said| &said.headers);
        let shown = headers.filter(|(name, _)| !secret(name));
        let body = said.map(|said| said.body.as_slice()).unwrap_or_default();
        let wanted = Some(body).filter(|_| input.include_body != Some(false));
        let text = wanted.map(std::str::from_utf8);
        let output = shapes::GetDeliveryOutput {
            delivery: shape(caller, row, view),
            headers: shown.map(|(name, value)| (name.clone(), value.clone())).collect(),
            verdict: row.verdict.clone(),
            body_bytes: body.len() as u64,
            body_base64: matches!(text, Some(Err(_))).then(|| STANDARD.encode(body)),
            body: text.and_then(Result::ok).map(str::to_owned),
        };
        Ok((changes, output))
    }
}
