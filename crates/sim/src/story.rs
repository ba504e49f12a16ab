//! One seed: a world, and everything that happens in it, one step of one turn at a time.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use domain::{AccountId, PipelineName, Timestamp};
use operations::caller::Sealer;
use operations::limits::LOADS_MAX;
use operations::turn::Turn;
use store::sqlite::Core;
use store::{Changes, CommitError, LineRow, Query, Record, Vault, View};
use wire::TokenKey;

use crate::broken::rules;
use crate::climate::Climate;
use crate::declarations::{ACCOUNT, LONG, SHORT};
use crate::faults::Fault;
use crate::forge::Forge;
use crate::ledger::Ledger;
use crate::mutation::Mutation;
use crate::people::People;
use crate::process::{Performance, Process};
use crate::random::Random;
use crate::turns::{Heard, Play, Purpose, Step, Underway};

/// Something that must hold did not.
#[derive(Debug)]
pub struct Broken {
    /// What.
    pub what: String,
    /// What happened before, in order.
    pub history: Vec<String>,
}

/// What was told of one seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Decisions that were committed.
    pub commits: usize,
    /// Commits that found a row changed.
    pub stale: usize,
}

/// Whether what must hold does.
pub type Held = Result<(), String>;

/// What stays from one seed to the next: the database, empty between stories, and the keys.
pub struct Stage {
    core: Core,
    pub(crate) sealer: Sealer,
    pub(crate) pages: Arc<TokenKey>,
}

impl Stage {
    /// A database in memory, and keys of no value.
    ///
    /// # Errors
    /// The database or a temporary file cannot be made.
    pub fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let vault = Vault::open(&folder.path().join("key"))?;
        let pages = Arc::new(TokenKey::new(&[7; 32]));
        Ok(Self { core: Core::in_memory()?, sealer: Sealer::of(Arc::new(vault)), pages })
    }

    /// Tells the story of a seed, with at most one rule broken on purpose.
    ///
    /// # Errors
    /// [`Broken`]: something that must hold did not.
    pub fn tell(&mut self, seed: u64, mutation: Option<Mutation>) -> Result<Told, Box<Broken>> {
        self.core.begin().expect("a database in memory begins");
        let mut story = Story::of(self, seed, mutation);
        let held = catch_unwind(AssertUnwindSafe(|| story.run()));
        let held = held.unwrap_or_else(|panic| Err(format!("panicked: {}", text(&*panic))));
        let (told, history) = (story.told, std::mem::take(&mut story.history));
        self.core.reset().expect("a database in memory is taken back");
        held.map(|()| told).map_err(|what| Box::new(Broken { what, history }))
    }
}

/// A world under way.
pub struct Story<'a> {
    pub stage: &'a mut Stage,
    pub random: Random,
    pub climate: Climate,
    pub mutation: Option<Mutation>,
    pub at: Timestamp,
    pub process: Process,
    /// Actions being performed, by this life's performers and by those of lives before it.
    pub performances: Vec<Performance>,
    pub performed: u64,
    pub forge: Forge,
    pub people: People,
    pub ledger: Ledger,
    pub told: Told,
    pub history: Vec<String>,
}

impl<'a> Story<'a> {
    fn of(stage: &'a mut Stage, seed: u64, mutation: Option<Mutation>) -> Self {
        let mut random = Random::new(seed);
        let climate = Climate::of(&mut random);
        Self {
            stage,
            random,
            climate,
            mutation,
            at: Timestamp(1_000_000),
            process: Process::new(1),
            performances: Vec::new(),
            performed: 0,
            forge: Forge::default(),
            people: People::default(),
            ledger: Ledger::default(),
            told: Told::default(),
            history: vec![format!("{climate:?}")],
        }
    }

    fn run(&mut self) -> Held {
        self.prepare()?;
        for _ in 0..self.climate.steps {
            self.live()?;
        }
        self.settle()?;
        self.check_quiet()
    }

    /// One thing happens.
    fn live(&mut self) -> Held {
        self.at = Timestamp(self.at.0 + 1 + self.random.below(50) as i64);
        match self.random.below(100) {
            0..60 => self.step_a_turn(),
            60..78 => self.perform(),
            78..82 => {
                let told = self.forge.push(&self.climate, &mut self.random);
                self.note(told);
                Ok(())
            }
            82..89 => self.receive(),
            89..95 => self.ask_something(),
            95..97 => self.pass_time(),
            _ if self.climate.storm && !self.is_at_work() => Ok(()),
            _ if self.random.percent(self.climate.deaths) => self.die(),
            _ => Ok(()),
        }
    }

    /// Begins a turn; its steps are taken later.
    pub fn begin(&mut self, purpose: Purpose, turn: impl Play + 'static) {
        let now = self.process.now(self.at, rules(self.mutation));
        let (play, step) = (Box::new(turn), Step::Load(View::new()));
        self.process.underway.push(Underway { purpose, play, now, step, loads: 0 });
    }

    /// Takes the next step of any turn under way.
    pub fn step_a_turn(&mut self) -> Held {
        let Some(place) = self.random.place(self.process.underway.len()) else {
            return self.perform();
        };
        let mut turn = self.process.underway.swap_remove(place);
        match turn.step {
            Step::Load(seen) => self.load(&mut turn.loads, &*turn.play, seen).map(|step| {
                self.process.underway.push(Underway { step, ..turn });
            }),
            Step::Decide(seen) => match turn.play.decide(&seen, &turn.now) {
                Err(refused) => {
                    self.note(format!("{:?} refused: {refused}", turn.purpose));
                    self.hear(turn.purpose, Heard::Nothing)
                }
                Ok((changes, heard)) if changes.is_empty() => self.hear(turn.purpose, heard),
                Ok((mut changes, heard)) => {
                    changes.saw(&seen);
                    let step = Step::Commit(Box::new(changes), heard);
                    self.process.underway.push(Underway { step, ..turn });
                    Ok(())
                }
            },
            Step::Commit(changes, heard) => {
                turn.step = Step::Load(View::new());
                self.commit(turn, *changes, heard)
            }
        }
    }

    /// One load of what is wanted next; each is of a moment of its own.
    fn load(&mut self, loads: &mut usize, play: &dyn Play, mut seen: View) -> Result<Step, String> {
        let missing = seen.missing(&play.wants(&seen));
        if missing.is_empty() {
            return Ok(Step::Decide(seen));
        }
        *loads += 1;
        if *loads > LOADS_MAX {
            return Err(format!("a turn wants more after {LOADS_MAX} loads: {missing:?}"));
        }
        self.stage.core.load(&missing, &mut seen).map_err(|why| why.to_string())?;
        Ok(Step::Load(seen))
    }

    fn commit(&mut self, turn: Underway, mut changes: Changes, heard: Heard) -> Held {
        let fault = Fault::at_commit(&self.climate, &mut self.random);
        if fault == Fault::Lost {
            self.note(format!("{:?} was not committed", turn.purpose));
            if self.breaks(Mutation::FailedCommitBelieved) {
                return self.hear(turn.purpose, heard);
            }
            self.repeat(turn);
            return Ok(());
        }
        if self.breaks(Mutation::ReadsNotChecked) {
            self.stage.core.believe(&mut changes).map_err(|why| why.to_string())?;
        }
        let written: Vec<_> = [LONG, SHORT]
            .map(PipelineName::new)
            .into_iter()
            .filter(|name| changes.writes(&LineRow::at(&account(), name)))
            .collect();
        match self.stage.core.commit(changes) {
            Ok(committed) => {
                self.told.commits += 1;
                self.note(format!("{:?} at {}: {heard:?}", turn.purpose, turn.now.at.0));
                self.check_commit(&written)?;
                if fault == Fault::Unknown {
                    self.note("… and nobody knows".to_owned());
                    self.process.unsure = true;
                    self.repeat(turn);
                    return Ok(());
                }
                self.take_in_hand(committed.effects);
                self.hear(turn.purpose, heard)
            }
            Err(CommitError::Stale) => {
                self.told.stale += 1;
                self.process.underway.push(turn.again());
                Ok(())
            }
            Err(other) => Err(format!("a commit failed: {other}")),
        }
    }

    /// A turn whose outcome is not known is taken again by whoever wanted it.
    fn repeat(&mut self, turn: Underway) {
        match (&turn.purpose, self.breaks(Mutation::RequestTokenForgotten)) {
            (Purpose::Call(request), true) if request.starts_with("start") => {
                let name = request.rsplit(' ').next().unwrap_or_default().to_owned();
                self.request_start(&name, false);
            }
            _ => self.process.underway.push(turn.again()),
        }
    }

    /// Whether this rule is broken on purpose.
    pub fn breaks(&self, rule: Mutation) -> bool {
        self.mutation == Some(rule)
    }

    pub fn note(&mut self, told: String) {
        self.history.push(told);
    }

    /// A list, as it is now.
    pub fn list<R: Record>(&self, query: Query) -> Vec<R> {
        let mut seen = View::new();
        self.stage.core.load(&[query.clone().into()], &mut seen).expect("it reads");
        seen.list::<R>(&query).into_iter().cloned().collect()
    }

    /// A row, as it is now.
    pub fn row<R: Record>(&self, key: store::Key) -> Option<R> {
        let mut seen = View::new();
        self.stage.core.load(&[key.clone().into()], &mut seen).expect("it reads");
        seen.known::<R>(key).cloned()
    }

    /// Writes what is there before the story begins, or comes in from outside.
    pub fn put_down(&mut self, change: impl FnOnce(&mut Changes)) -> Held {
        let mut changes = Changes::of_loop();
        change(&mut changes);
        self.stage.core.commit(changes).map(drop).map_err(|why| why.to_string())
    }

    /// Loads everything that a turn wants.
    pub fn look(&self, wants: impl Fn(&View) -> Vec<store::Want>) -> View {
        let mut seen = View::new();
        loop {
            let missing = seen.missing(&wants(&seen));
            if missing.is_empty() {
                return seen;
            }
            self.stage.core.load(&missing, &mut seen).expect("it reads");
        }
    }
}

/// What a panic of the code under test says.
fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}

/// The account of every story.
pub fn account() -> AccountId {
    AccountId::new(ACCOUNT)
}

/// A delivery counts as decided, and nothing says what became of it.
pub struct MarkedDone(pub store::DeliveryRow);

impl Turn for MarkedDone {
    type Answer = operations::intake::Outcome;

    fn wants(&self, _: &View) -> Vec<store::Want> {
        vec![self.0.key().into()]
    }

    fn decide(
        &self,
        seen: &View,
        _: &operations::turn::Now,
    ) -> Result<(Changes, Self::Answer), operations::refusal::Refused> {
        let mut changes = Changes::of_loop();
        changes.put(
            seen,
            store::DeliveryRow { state: store::inbox::DONE.to_owned(), ..self.0.clone() },
        );
        Ok((changes, operations::intake::Outcome::Settled))
    }
}
