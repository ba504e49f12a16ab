//! A delivery is decided once more: as if the forge had sent it again, or for one pipeline that is
//! named, which starts whether or not the push is news. A dry run only says what would become of it;
//! where the forge has to be asked for that first, [`Preview`] asks it.

use std::collections::BTreeMap;

use domain::webhook::Proof;
use domain::{AccountId, DeliveryId, EffectId, PipelineName};
use store::{Changes, DeliveryBodyRow, DeliveryRow, HookRow, Key, View, Want, WatchRow};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::deliveries::{disposition, not_found};
use crate::intake::{Answer, Decision, Intake, Previewed};
use crate::line::new_effect;
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
        wants.extend(copy.intake(BTreeMap::new()).wants(view));
        if let Some(hook) = view.known::<HookRow>(HookRow::at(&row.hook)) {
            wants.extend(copy.intake(BTreeMap::new()).wants_of_replay(&copy.word, hook, view));
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
        let delivery_id = Some(input.delivery_id.clone());
        Ok((changes, shapes::ReplayDeliveryOutput { dry_run: dry, delivery_id, replay_id, ..output }))
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
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&caller.nonce[..16]);
        let by = format!("replayed from {} by {}", row.id, caller.principal.arn);
        Self::named(caller.uuid("replay"), by, nonce, (row, said))
    }

    fn named(
        word: String,
        by: String,
        nonce: [u8; 16],
        (row, said): (&DeliveryRow, &DeliveryBodyRow),
    ) -> Self {
        let id = DeliveryId::new(format!("dlv-{word}"));
        // What came to a webhook is believed as far as it was when it came.
        let verdict = match Proof::parse(&row.verdict) {
            Some(_) => row.verdict.clone(),
            None => by,
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
        Self { row, said, word, nonce }
    }

    fn intake(&self, answers: BTreeMap<u32, Answer>) -> Intake {
        Intake::new(self.row.clone(), &self.said, answers, self.nonce)
    }

    /// Written as a delivery that has just come; the intake loop decides it.
    fn send(
        self,
        hook: &HookRow,
        view: &View,
        now: &Now,
        into: &mut Changes,
    ) -> shapes::ReplayDeliveryOutput {
        let previewed = self.intake(BTreeMap::new()).preview(hook, view, now);
        let replay_id = Some(self.row.id.clone());
        let output = shapes::ReplayDeliveryOutput { replay_id, ..shown(&previewed) };
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
        let became = self.intake(BTreeMap::new()).replay(&self.word, pipeline, hook, &mut decision);
        let dispositions: Vec<_> = became.iter().map(disposition).collect();
        if dispositions.is_empty() {
            return Err(invalid("it tells of nothing that starts a pipeline".to_owned()));
        }
        Ok(shapes::ReplayDeliveryOutput { dispositions, ..Default::default() })
    }
}

/// What each change comes to, as far as it is decided, and what has to be asked first.
fn shown(previewed: &[Previewed]) -> shapes::ReplayDeliveryOutput {
    let mut output = shapes::ReplayDeliveryOutput::default();
    for one in previewed {
        match one {
            Previewed::Settled(doc) => output.dispositions.push(disposition(doc)),
            Previewed::Asks { what, .. } => output.questions.push(what.clone()),
        }
    }
    output
}

/// A dry run whose questions are put: what a delivery would come to if it came now.
pub struct Preview {
    /// The account.
    pub account: AccountId,
    /// The delivery.
    pub delivery: DeliveryId,
    /// What no other preview is called.
    pub word: String,
    /// What was answered so far, by change.
    pub answers: BTreeMap<u32, Answer>,
}

/// What a preview has come to.
pub struct Seen {
    /// In the API's words.
    pub output: shapes::ReplayDeliveryOutput,
    /// What the forge is asked now, by change.
    pub asked: Vec<(u32, EffectId)>,
}

impl Preview {
    fn key(&self) -> Key {
        DeliveryRow::at(&self.account, &self.delivery)
    }

    /// The delivery as it would come now, read as far as what was answered leads.
    fn intake(&self, seen: &View) -> Option<Intake> {
        let row = seen.known::<DeliveryRow>(self.key())?;
        let said = seen.known::<DeliveryBodyRow>(row.body_key())?;
        let by = format!("a dry run of {}", row.id);
        let copy = Copy::named(self.word.clone(), by, [0; 16], (row, said));
        Some(copy.intake(self.answers.clone()))
    }

    fn hook<'a>(&self, seen: &'a View) -> Option<&'a HookRow> {
        let row = seen.known::<DeliveryRow>(self.key())?;
        seen.known::<HookRow>(HookRow::at(&row.hook))
    }
}

impl Turn for Preview {
    /// None where nothing is known of the delivery any more.
    type Answer = Option<Seen>;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![self.key().into()];
        if let Some(row) = seen.known::<DeliveryRow>(self.key()) {
            wants.extend([row.body_key().into(), HookRow::at(&row.hook).into()]);
        }
        wants.extend(self.intake(seen).iter().flat_map(|intake| intake.wants(seen)));
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Option<Seen>), Refused> {
        let mut changes = Changes::of_loop();
        let (Some(intake), Some(hook)) = (self.intake(seen), self.hook(seen)) else {
            return Ok((changes, None));
        };
        let previewed = intake.preview(hook, seen, now);
        let output = shapes::ReplayDeliveryOutput {
            dry_run: true,
            delivery_id: Some(self.delivery.clone()),
            ..shown(&previewed)
        };
        let mut asked = Vec::new();
        for one in previewed {
            if let Previewed::Asks { index, question, effect, .. } = one {
                changes.effect(new_effect(&self.account, question.clone(), *effect, now));
                asked.push((index, question));
            }
        }
        Ok((changes, Some(Seen { output, asked })))
    }
}
