//! A delivery is decided once more: as if the forge had sent it again, or for one pipeline that is
//! named, which starts whether or not the push is news. A dry run only says what would become of it.

use std::collections::BTreeMap;

use domain::webhook::Proof;
use domain::{DeliveryId, PipelineName};
use store::{Changes, DeliveryBodyRow, DeliveryRow, HookRow, View, Want, WatchRow};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::deliveries::{disposition, not_found};
use crate::intake::{Decision, Intake, Previewed};
use crate::refusal::Refused;
use crate::table::operation;
use crate::turn::{Now, Turn};

operation! {
    /// `towpath:ReplayDelivery`.
    Replay: shapes::ReplayDeliveryInput => shapes::ReplayDeliveryOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) {
        let key = DeliveryRow::at(caller.account(), &input.delivery_id);
        let Some(row) = view.known::<DeliveryRow>(key.clone()) else { return vec![key.into()] };
        let mut wants: Vec<Want> = vec![key.into(), row.body_key().into(), HookRow::at(&row.hook).into()];
        let Some(said) = view.known::<DeliveryBodyRow>(row.body_key()) else { return wants };
        let copy = Copy::of(caller, row, said);
        wants.extend(copy.intake().wants(view));
        if let Some(hook) = view.known::<HookRow>(HookRow::at(&row.hook)) {
            wants.extend(copy.intake().wants_of_replay(&copy.word, hook, view));
        }
        wants
    }
    decide(caller, input, view, now, changes) {
        let mut changes = changes;
        let row = view.row::<DeliveryRow>(DeliveryRow::at(caller.account(), &input.delivery_id));
        let row = row.ok_or_else(|| not_found(&input.delivery_id))?;
        let said = view.row::<DeliveryBodyRow>(row.body_key());
        let said = said.ok_or_else(|| invalid("what it said is not kept any more".to_owned()))?;
        let hook = view.row::<HookRow>(HookRow::at(&row.hook));
        let hook = hook.ok_or_else(|| invalid("the hook that it came to is gone".to_owned()))?;
        let (copy, dry) = (Copy::of(caller, row, said), input.dry_run.unwrap_or(false));
        let mut scratch = Changes::of_loop();
        let into = if dry { &mut scratch } else { &mut changes };
        let output = match &input.pipeline_name {
            Some(pipeline) => copy.start(pipeline, hook, view, now, into)?,
            None => copy.send(hook, view, now, into),
        };
        let replay_id = output.replay_id.filter(|_| !dry);
        Ok((changes, shapes::ReplayDeliveryOutput { dry_run: dry, replay_id, ..output }))
    }
}

fn invalid(why: String) -> Refused {
    AwsError::refused("ValidationException", format!("This delivery cannot be replayed: {why}."))
}

/// The delivery as it would be if it came now, under an id of its own.
struct Copy {
    row: DeliveryRow,
    said: DeliveryBodyRow,
    word: String,
    nonce: [u8; 16],
}

impl Copy {
    fn of(caller: &Caller, row: &DeliveryRow, said: &DeliveryBodyRow) -> Self {
        let word = caller.uuid("replay");
        let id = DeliveryId::new(format!("dlv-{word}"));
        // What came to a webhook is believed as far as it was when it came.
        let verdict = match Proof::parse(&row.verdict) {
            Some(_) => row.verdict.clone(),
            None => format!("replayed from {} by {}", row.id, caller.principal.arn),
        };
        let row = DeliveryRow {
            id: id.clone(),
            state: store::inbox::NEW.to_owned(),
            // It is no repeat of the forge's: the head rule alone decides.
            forge_delivery: String::new(),
            verdict,
            // After the one that it repeats.
            received: row.received.plus_millis(1),
            ..row.clone()
        };
        let said = DeliveryBodyRow { delivery: id, ..said.clone() };
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&caller.nonce[..16]);
        Self { row, said, word, nonce }
    }

    fn intake(&self) -> Intake {
        Intake::new(self.row.clone(), &self.said, BTreeMap::new(), self.nonce)
    }

    /// Written as a delivery that has just come; the intake loop decides it.
    fn send(
        self,
        hook: &HookRow,
        view: &View,
        now: &Now,
        into: &mut Changes,
    ) -> shapes::ReplayDeliveryOutput {
        let mut output = shapes::ReplayDeliveryOutput {
            dry_run: false,
            dispositions: Vec::new(),
            questions: Vec::new(),
            replay_id: Some(self.row.id.clone()),
        };
        for previewed in self.intake().preview(hook, view, now) {
            match previewed {
                Previewed::Settled(doc) => output.dispositions.push(disposition(&doc)),
                Previewed::Asks(what) => output.questions.push(what),
            }
        }
        into.insert(DeliveryRow { received: now.at, ..self.row });
        into.insert(DeliveryBodyRow { received: now.at, ..self.said });
        output
    }

    /// The named pipeline starts, where its own rules let the push in.
    fn start(
        self,
        pipeline: &PipelineName,
        hook: &HookRow,
        view: &View,
        now: &Now,
        into: &mut Changes,
    ) -> Result<shapes::ReplayDeliveryOutput, Refused> {
        let watching = WatchRow::of_repository(&hook.account, &hook.connection, &hook.repository);
        if view.list::<WatchRow>(&watching).iter().all(|watch| watch.pipeline != *pipeline) {
            let repository = &hook.repository;
            return Err(invalid(format!(
                "{pipeline} does not watch {repository} by its connection"
            )));
        }
        let mut lines = BTreeMap::new();
        let mut decision = Decision { seen: view, now, lines: &mut lines, changes: into };
        let became = self.intake().replay(&self.word, pipeline, hook, &mut decision);
        let dispositions: Vec<_> = became.iter().map(disposition).collect();
        if dispositions.is_empty() {
            return Err(invalid("it tells of nothing that starts a pipeline".to_owned()));
        }
        let (questions, replay_id) = (Vec::new(), None);
        Ok(shapes::ReplayDeliveryOutput { dry_run: false, dispositions, questions, replay_id })
    }
}
