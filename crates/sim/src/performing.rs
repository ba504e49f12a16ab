//! The world answers effects: well, badly, late, twice; and what follows from each answer.

use std::collections::BTreeMap;

use domain::forge_event::{ChangedFiles, FilesUnknown, GitRef, RefTarget};
use domain::reason::FailureCode;
use domain::revision::SourceRevision;
use domain::{ArtifactRef, CommitSha, DeliveryId, Digest, HookId};
use engine::{
    AskFiles, AttemptResult, Effect, EventKind, HookOutcome, Produced, RegisteredHook, StartAction,
};
use operations::attempts::{Done, Report, Taken};
use operations::hooks::HookDone;
use operations::intake::{Answer, Intake, Outcome, Said};
use serde_json::Value;
use store::{DeliveryBodyRow, DeliveryRow, EffectRow, HookRow};

use crate::declarations::{CONNECTION, MAIN, REPOSITORY};
use crate::forge::REPOSITORY_ID;
use crate::mutation::Mutation;
use crate::process::{Performance, Progress};
use crate::story::{Held, MarkedDone, Story, account};
use crate::turns::{Heard, Purpose};

impl Story<'_> {
    /// Effects that were committed come into the memory of the process.
    pub fn take_in_hand(&mut self, effects: Vec<EffectRow>) {
        for row in effects {
            self.process.known.insert(row.id.clone());
            if self.breaks(Mutation::EffectDropped) && self.random.percent(10) {
                continue;
            }
            let starts = matches!(row.effect, Effect::StartAction(_));
            if starts && self.breaks(Mutation::HandedOutTwice) && self.random.percent(20) {
                self.process.in_hand.push(row.clone());
            }
            self.process.in_hand.push(row);
        }
    }

    /// The process or one of its performers does something by itself.
    pub fn perform(&mut self) -> Held {
        if self.process.unsure {
            self.look_for_own_effects();
            return Ok(());
        }
        self.take_next_delivery();
        let (effects, performances) = (self.process.in_hand.len(), self.performances.len());
        match self.random.place(effects + performances) {
            Some(place) if place < effects => {
                let row = self.process.in_hand.swap_remove(place);
                self.perform_effect(row);
            }
            Some(place) => self.go_on(place - effects),
            None => {}
        }
        self.check_performers()
    }

    /// After a commit that came to no answer, the process may hold effects that it never saw.
    fn look_for_own_effects(&mut self) {
        self.process.unsure = false;
        let own = self.list::<EffectRow>(EffectRow::of_holder(&self.process.holder(), 1000));
        let unseen = own.into_iter().filter(|row| !self.process.known.contains(&row.id)).collect();
        self.take_in_hand(unseen);
    }

    fn take_next_delivery(&mut self) {
        let free = self.process.deciding.is_none();
        let Some(delivery) = self.process.waiting.pop_front_if(|_| free) else { return };
        let id = delivery.id.clone();
        self.process.deciding = Some(id);
        if self.breaks(Mutation::DispositionForgotten) && self.random.percent(20) {
            return self.begin(Purpose::Intake, MarkedDone(delivery));
        }
        let intake = self.intake(delivery, BTreeMap::new());
        self.begin(Purpose::Intake, intake);
    }

    fn intake(&mut self, delivery: DeliveryRow, answers: BTreeMap<u32, Answer>) -> Intake {
        let said = self.said(&delivery).expect("it was written with the delivery");
        Intake::new(delivery, &said, answers, self.random.bytes())
    }

    fn said(&self, delivery: &DeliveryRow) -> Option<DeliveryBodyRow> {
        self.row::<DeliveryBodyRow>(delivery.body_key())
    }

    /// The forge says where a ref is; meanwhile later deliveries may have been decided.
    fn answer(&mut self, row: EffectRow, id: DeliveryId, index: u32, ref_name: &str) {
        let Some(delivery) = self.row::<DeliveryRow>(DeliveryRow::at(&account(), &id)) else {
            return self.done(row);
        };
        let mut head = self.forge.refs.get(ref_name).cloned();
        if self.breaks(Mutation::HeadRuleIgnoresBefore) {
            let said = self.said(&delivery).expect("it was written with the delivery");
            let told: Value = serde_json::from_slice(&said.body).expect("it is ours");
            let after = CommitSha::new(told["after"].as_str().expect("it is ours"));
            head = (!after.is_zero()).then_some(after);
        }
        let answers = BTreeMap::from([(
            index,
            Answer { question: row.id, said: Said::Head(Ok(head.map(RefTarget::of))) },
        )]);
        let intake = self.intake(delivery, answers);
        self.begin(Purpose::Answer(id), intake);
    }

    /// Git says which files changed, or cannot; either lets a pipeline in that wants any file.
    fn answer_files(&mut self, row: EffectRow, asked: AskFiles) {
        let id = asked.delivery.clone();
        let Some(delivery) = self.row::<DeliveryRow>(DeliveryRow::at(&account(), &id)) else {
            return self.done(row);
        };
        let files = match self.random.percent(20) {
            true => ChangedFiles::Unknown(FilesUnknown::NotTold { why: "it is silent".to_owned() }),
            false => ChangedFiles::Known(vec!["src/wheel.rs".to_owned()]),
        };
        let said = Said::Files { commit: asked.commit, files };
        let answers = BTreeMap::from([(asked.change_index, Answer { question: row.id, said })]);
        let intake = self.intake(delivery, answers);
        self.begin(Purpose::Answer(id), intake);
    }

    fn perform_effect(&mut self, row: EffectRow) {
        if self.climate.lost > 0 && self.random.percent(5) {
            // The world did not answer: the same effect is performed again later.
            self.process.in_hand.push(row);
            return;
        }
        match row.effect.clone() {
            Effect::StartAction(start) => {
                self.performed += 1;
                let (id, epoch) = (self.performed, self.process.epoch);
                let (start, effect, state) = (*start, row.id, Progress::Due);
                self.performances.push(Performance { id, start, effect, epoch, state });
            }
            Effect::AbandonAction { attempt } => {
                let epoch = self.process.epoch;
                let given_up = |it: &Performance| it.start.attempt == attempt && it.epoch == epoch;
                let places =
                    (0..self.performances.len()).filter(|at| given_up(&self.performances[*at]));
                places.collect::<Vec<_>>().into_iter().for_each(|place| self.finish(place, true));
                self.done(row);
            }
            Effect::ReportStatus(_)
            | Effect::RenewToken { .. }
            | Effect::ReadSyncFile(_)
            | Effect::PingHook { .. }
            | Effect::Redeliver { .. }
            | Effect::FetchKeys { .. }
            | Effect::LookAtHost { .. }
            | Effect::Depart { .. }
            | Effect::RevokeToken { .. }
            | Effect::TestConnection { .. } => self.done(row),
            Effect::RegisterHook { hook, .. } => self.register(row, hook),
            Effect::RemoveHook { hook, .. } => {
                self.forge.hooks.retain(|known| *known != hook);
                self.hook_done(row, hook, HookOutcome::Removed);
            }
            Effect::AskHead { delivery, change_index, ref_name, .. } => {
                self.answer(row, delivery, change_index, &ref_name);
            }
            Effect::ChangedFiles(asked) => self.answer_files(row, *asked),
        }
    }

    pub fn done(&mut self, row: EffectRow) {
        self.begin(Purpose::Chore, Done { account: account(), effect: row.id });
    }

    /// The heads are read before the hook is there: whatever is pushed from then on is heard of,
    /// and differs from what was read.
    fn register(&mut self, row: EffectRow, hook: HookId) {
        if self.row::<HookRow>(HookRow::at(&hook)).is_none() {
            return self.hook_done(row, hook, HookOutcome::Removed);
        }
        let before = self.forge.heads();
        self.forge.add_hook(&hook);
        if self.told.commits < 10 {
            let commit = CommitSha::new(self.random.hex(40));
            let told = self.forge.move_to(MAIN, Some(commit), &mut self.random);
            self.note(told);
        }
        let late = self.breaks(Mutation::HeadsReadAfterHook);
        let heads = if late { self.forge.heads() } else { before };
        let (forge_hook_id, repository_id) = (hook.to_string(), REPOSITORY_ID.to_string());
        let registered = RegisteredHook {
            forge_hook_id: Some(forge_hook_id),
            repository_id,
            known_as: None,
            signs: true,
            made: false,
            heads,
        };
        self.hook_done(row, hook, HookOutcome::Registered(registered));
    }

    fn hook_done(&mut self, row: EffectRow, hook: HookId, outcome: HookOutcome) {
        let (account, effect) = (account(), row.id);
        self.begin(Purpose::Chore, HookDone { hook, effect, account, outcome });
    }

    /// A performer goes on.
    fn go_on(&mut self, place: usize) {
        let (quick, long) = (self.random.percent(10), self.climate.storm);
        let goes_on = long && self.random.percent(90);
        let it = &mut self.performances[place];
        match it.state {
            Progress::Running if goes_on => {}
            Progress::Due if !quick => {
                it.state = Progress::Announced;
                let (attempt, holder) = (it.start.attempt.clone(), self.process.holder());
                let kind = EventKind::AttemptStarted { attempt, holder };
                let it = self.performances[place].clone();
                self.report(&it, Purpose::Began(it.id), kind, false);
            }
            Progress::Due | Progress::Running => {
                it.state = Progress::Running;
                let fails = self.climate.steps > 0 && self.random.percent(15);
                self.finish(place, fails);
            }
            Progress::Announced | Progress::Finished => {}
        }
    }

    fn finish(&mut self, place: usize, fails: bool) {
        self.performances[place].state = Progress::Finished;
        let it = self.performances[place].clone();
        let result = if fails { failure() } else { self.success(&it.start) };
        let kind = EventKind::AttemptEnded { attempt: it.start.attempt.clone(), result };
        let purpose = Purpose::Ended { performance: it.id, failed: fails };
        if self.climate.lost > 0 && self.random.percent(10) {
            self.report(&it, purpose.clone(), kind.clone(), true);
        }
        self.report(&it, purpose, kind, true);
    }

    fn report(&mut self, it: &Performance, purpose: Purpose, kind: EventKind, over: bool) {
        let over = over && !self.breaks(Mutation::EffectKept);
        let unfenced = self.breaks(Mutation::FenceIgnored);
        let report = Report {
            attempt: it.start.attempt.clone(),
            kind,
            effect: over.then(|| it.effect.clone()),
            artifacts: Vec::new(),
            epoch: if unfenced { self.process.epoch } else { it.epoch },
            nonce: self.random.bytes(),
        };
        self.begin(purpose, report);
    }

    fn success(&self, start: &StartAction) -> AttemptResult {
        let artifact =
            ArtifactRef { digest: Digest("d".repeat(64)), size: 1, store: "local".into() };
        let outputs = start.work.outputs.iter().map(|it| (it.name.clone(), artifact.clone()));
        let mut produced = Produced { outputs: outputs.collect(), ..Produced::default() };
        if start.work.action_type.provider == "CodeStarSourceConnection" {
            let wanted = start.work.revision.as_ref();
            let commit =
                wanted.map_or_else(|| self.forge.refs[MAIN].clone(), |it| it.commit.clone());
            produced.variables.insert("CommitId".to_owned(), commit.to_string());
            produced.revision = Some(SourceRevision {
                action: start.attempt.action.clone(),
                connection: CONNECTION.into(),
                repository: REPOSITORY.into(),
                git_ref: Some(GitRef::branch("main")),
                commit,
                info: Default::default(),
                url: None,
                protected: None,
            });
        }
        AttemptResult::Succeeded(Box::new(produced))
    }

    /// What follows from a turn that is over.
    pub fn hear(&mut self, purpose: Purpose, heard: Heard) -> Held {
        match (purpose, heard) {
            (Purpose::Intake | Purpose::Answer(_), Heard::Intake(Outcome::Asked)) => {}
            (Purpose::Intake, _) => self.process.deciding = None,
            (Purpose::Answer(id), _) => {
                self.process.deciding.take_if(|deciding| *deciding == id);
            }
            (Purpose::Began(id), Heard::Report(taken)) => self.heard_of_beginning(id, taken)?,
            (Purpose::Ended { performance, failed }, Heard::Report(taken)) => {
                self.check_fence(performance, taken)?;
                if taken == Taken::Yes {
                    self.check_word(performance, failed)?;
                }
                self.performances.retain(|it| it.id != performance);
            }
            (Purpose::Woken { pipeline, at }, _) => self.check_awake(&pipeline, at)?,
            (Purpose::TakenOver(attempt), _) => self.resume(&attempt)?,
            _ => {}
        }
        Ok(())
    }

    fn heard_of_beginning(&mut self, id: u64, taken: Taken) -> Held {
        self.check_fence(id, taken)?;
        let Some(place) = self.performances.iter().position(|it| it.id == id) else {
            return Ok(());
        };
        if taken == Taken::Yes {
            let it = &mut self.performances[place];
            it.state = if it.state == Progress::Announced { Progress::Running } else { it.state };
            return Ok(());
        }
        let gone = self.performances.remove(place);
        // A performer of an earlier life has nothing to clear away: its effect is another's now.
        if gone.epoch == self.process.epoch {
            self.begin(Purpose::Chore, Done { account: account(), effect: gone.effect });
        }
        Ok(())
    }
}

fn failure() -> AttemptResult {
    AttemptResult::Failed { code: FailureCode::JobFailed, message: "exit 1".to_owned() }
}
