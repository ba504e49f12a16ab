//! Deliveries, and what became of each change in them.

use super::words::why;
use super::{LoadError, Shelf};
use crate::href::Href;
use crate::limits::{BODY_BYTES_SHOWN, DELIVERIES_SHOWN};
use crate::moment::Moment;
use crate::view::deliveries::{Body, Deliveries, Delivery, DeliveryLine, Disposition, Verdict};
use crate::view::picture::Passenger;
use crate::view::{Frame, Phrase, Status, Tone};
use domain::connection::ProviderType;
use domain::reason::{Disposition as Became, Filter, Reason};
use domain::{DeliveryId, Timestamp};
use store::{DeliveryBodyRow, DeliveryRow, DispositionRow, HookRow};

impl Shelf<'_> {
    /// The newest deliveries first, those before a moment and id.
    pub async fn deliveries(
        &self,
        frame: Frame,
        before: Option<(Timestamp, DeliveryId)>,
    ) -> Result<Deliveries, LoadError> {
        let (before, id) = before.unwrap_or((Timestamp(i64::MAX), DeliveryId::default()));
        let page = DeliveryRow::of_account(self.account, before, &id, DELIVERIES_SHOWN);
        let rows: Vec<DeliveryRow> = self.store.list(page).await?;
        let became = rows.iter().map(|row| DispositionRow::of_delivery(self.account, &row.id));
        let became: Vec<Vec<DispositionRow>> = self.lists(became.collect()).await?;
        let mut deliveries = Vec::with_capacity(rows.len());
        for (row, became) in rows.iter().zip(became) {
            deliveries.push(self.delivery_line(row, became).await?);
        }
        let full = rows.len() as i64 == DELIVERIES_SHOWN;
        let older = rows.last().filter(|_| full).map(|last| {
            let before = format!("{}.{}", last.received.0, last.id);
            Href::inside(&["deliveries"]).with("before", &before)
        });
        Ok(Deliveries { frame, deliveries, older })
    }

    /// One delivery.
    pub async fn delivery(&self, frame: Frame, id: &DeliveryId) -> Result<Delivery, LoadError> {
        let row = self.store.get::<DeliveryRow>(DeliveryRow::at(self.account, id)).await?;
        let row = row.ok_or_else(|| LoadError::Unknown(format!("There is no delivery {id}.")))?;
        let became = DispositionRow::of_delivery(self.account, id);
        let became = self.store.list(became).await?;
        let said = self.store.get::<DeliveryBodyRow>(row.body_key()).await?;
        Ok(Delivery {
            frame,
            line: self.delivery_line(&row, became).await?,
            replay: Href::inside(&["deliveries", row.id.as_str(), "replay"]),
            forge_id: Some(row.forge_delivery).filter(|id| !id.is_empty()),
            signature: signature(row.verdict),
            body: said.as_ref().and_then(|said| body(&said.body)),
            headers: said.map(|said| said.headers.into_iter().collect()).unwrap_or_default(),
        })
    }

    async fn delivery_line(
        &self,
        row: &DeliveryRow,
        became: Vec<DispositionRow>,
    ) -> Result<DeliveryLine, LoadError> {
        let hook = self.store.get::<HookRow>(HookRow::at(&row.hook)).await?;
        let forge = ProviderType::parse(&row.provider).map(super::connections::provider);
        Ok(DeliveryLine {
            id: row.id.to_string(),
            href: Href::inside(&["deliveries", row.id.as_str()]),
            at: Moment(row.received),
            forge: forge.map_or_else(|| row.provider.clone(), str::to_owned),
            event: row.event.clone(),
            repository: hook.map(|hook| hook.repository.to_string()),
            status: overall(&row.state, &became),
            dispositions: became.iter().map(|row| disposition(&row.doc)).collect(),
        })
    }
}

/// The weightiest disposition stands for the delivery.
fn overall(state: &str, became: &[DispositionRow]) -> Status {
    let weight = |row: &&DispositionRow| match &row.doc {
        Became::Started { .. } | Became::Synced { .. } => 5,
        Became::Unusable { .. } => 4,
        Became::Filtered(Filter::Pipelines { .. }) => 3,
        Became::Filtered(_) => 2,
        Became::Stale { .. } => 1,
        Became::Duplicate(_) => 0,
    };
    match became.iter().max_by_key(weight) {
        Some(row) => status(&row.doc),
        None if state == store::inbox::DONE => Status::new(Tone::Idle, "Filtered"),
        None => Status::new(Tone::Waiting, "Waiting"),
    }
}

fn status(became: &Became) -> Status {
    let (tone, code) = match became {
        Became::Started { .. } | Became::Synced { .. } => (Tone::Succeeded, "Started"),
        Became::Duplicate(_) => (Tone::Idle, "Duplicate"),
        Became::Filtered(_) => (Tone::Idle, "Filtered"),
        Became::Stale { .. } => (Tone::Stopped, "Stale"),
        Became::Unusable { .. } => (Tone::Failed, "Unusable"),
    };
    Status::new(tone, code)
}

fn disposition(became: &Became) -> Disposition {
    let mut why = why(Reason::Disposition(became));
    let mut started = Vec::new();
    if let Became::Started { pipelines, .. } = became {
        for it in pipelines {
            why.sentence.push(Phrase::plain(" "));
            why.sentence.extend(super::words::why(Reason::Start(&it.rule)).sentence);
            let href = super::picture::execution_href(&it.pipeline, &it.execution);
            started.push(Passenger { id: it.execution.to_string(), href, revision: None });
        }
    }
    Disposition { change: change(became), status: status(became), why, started }
}

/// The ref that a change was about, or the place in the delivery that cannot be read.
fn change(became: &Became) -> String {
    match became {
        Became::Unusable { at, .. } => at.clone(),
        told => told.change().map(|(subject, _)| subject.full()).unwrap_or_default(),
    }
}

/// A delivery whose signature does not hold is refused and never written down.
fn signature(verdict: String) -> Verdict {
    Verdict { status: Status::new(Tone::Succeeded, "Verified"), how: verdict }
}

/// The body as text, indented where it is JSON; `None` once its retention is over.
fn body(bytes: &[u8]) -> Option<Body> {
    let json = || serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let pretty = json().and_then(|value| serde_json::to_string_pretty(&value).ok());
    let mut text = pretty.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned());
    let cut = text.len() > BODY_BYTES_SHOWN;
    text.truncate(text.floor_char_boundary(BODY_BYTES_SHOWN));
    (!bytes.is_empty()).then_some(Body { size: bytes.len() as u64, text, cut })
}

/// The place in the list that an address names, `<milliseconds>.<id>`.
pub fn before(text: &str) -> Option<(Timestamp, DeliveryId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp(at.parse().ok()?), DeliveryId::new(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::forge_event::GitRef;
    use domain::reason::Duplicate;

    #[test]
    fn a_delivery_stands_as_its_weightiest_change() {
        let row = |doc: Became| DispositionRow {
            account: "000000000000".into(),
            delivery: "dlv-1".into(),
            change_index: 0,
            kind: String::new(),
            doc,
        };
        let duplicate = row(Became::Duplicate(Duplicate::SameDelivery { first: "dlv-0".into() }));
        let started = row(Became::Started {
            subject: GitRef::branch("main").into(),
            commit: "a".into(),
            pipelines: vec![],
            held_back: vec![],
        });
        assert_eq!(overall("done", &[duplicate.clone(), started]).code, "Started");
        assert_eq!(overall("done", &[duplicate]).code, "Duplicate");
        assert_eq!(overall("new", &[]).code, "Waiting");
    }

    #[test]
    fn a_body_is_shown_readable_and_bounded() {
        assert_eq!(body(b"{\"a\":1}").unwrap().text, "{\n  \"a\": 1\n}");
        assert_eq!(body(b"\xff\xfe").unwrap().text, "\u{fffd}\u{fffd}");
        assert!(body(b"").is_none());
        let long = "ä".repeat(BODY_BYTES_SHOWN);
        let shown = body(long.as_bytes()).unwrap();
        assert!(shown.cut && shown.text.len() <= BODY_BYTES_SHOWN);
    }

    #[test]
    fn a_place_in_the_list_reads_back() {
        assert_eq!(before("12.dlv-3"), Some((Timestamp(12), DeliveryId::new("dlv-3"))));
        assert_eq!(before("x"), None);
    }
}
