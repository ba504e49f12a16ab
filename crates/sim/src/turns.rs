//! A turn between two of its steps, so that others can be taken in between.

use domain::{AttemptRef, DeliveryId, PipelineName, Timestamp};
use operations::attempts::Taken;
use operations::intake::Outcome;
use operations::refusal::Refused;
use operations::table::Answered;
use operations::turn::{Now, Turn};
use store::{Changes, View, Want};

/// A turn of any kind.
pub trait Play {
    fn wants(&self, seen: &View) -> Vec<Want>;
    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Heard), Refused>;
}

impl<T: Turn> Play for T
where
    Heard: From<T::Answer>,
{
    fn wants(&self, seen: &View) -> Vec<Want> {
        Turn::wants(self, seen)
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Heard), Refused> {
        Turn::decide(self, seen, now).map(|(changes, answer)| (changes, answer.into()))
    }
}

/// What a turn answered.
#[derive(Clone, Debug)]
pub enum Heard {
    Nothing,
    Call,
    Intake(Outcome),
    Report(Taken),
}

impl From<()> for Heard {
    fn from((): ()) -> Self {
        Self::Nothing
    }
}

/// Here whatever was not told is found by the next look.
impl From<bool> for Heard {
    fn from(_: bool) -> Self {
        Self::Nothing
    }
}

impl From<Answered> for Heard {
    fn from(answered: Answered) -> Self {
        answered.map_or_else(|refused| panic!("a root was refused: {refused}"), |_| Self::Call)
    }
}

impl From<Outcome> for Heard {
    fn from(outcome: Outcome) -> Self {
        Self::Intake(outcome)
    }
}

impl From<Taken> for Heard {
    fn from(taken: Taken) -> Self {
        Self::Report(taken)
    }
}

/// An API call's turn, whatever its operation.
pub struct Call(pub Box<dyn Turn<Answer = Answered>>);

impl Turn for Call {
    type Answer = Answered;

    fn wants(&self, seen: &View) -> Vec<Want> {
        self.0.wants(seen)
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Answered), Refused> {
        self.0.decide(seen, now)
    }
}

/// Why a turn is taken: what follows once it is over.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Somebody asked; the request is repeated where its outcome is not known.
    Call(String),
    /// A delivery is decided, in its turn.
    Intake,
    /// The forge has answered a question about a delivery.
    Answer(DeliveryId),
    /// A performer says that it has begun.
    Began(u64),
    /// A performer says how it went.
    Ended { performance: u64, failed: bool },
    /// An attempt of a dead process is this one's from now on.
    TakenOver(AttemptRef),
    /// A line whose time had come is asked what is due.
    Woken { pipeline: PipelineName, at: Timestamp },
    /// Nothing follows.
    Chore,
}

/// Which step comes next.
pub enum Step {
    Load(View),
    Decide(View),
    Commit(Box<Changes>, Heard),
}

/// A turn under way.
pub struct Underway {
    pub purpose: Purpose,
    pub play: Box<dyn Play>,
    pub now: Now,
    pub step: Step,
    pub loads: usize,
}

impl Underway {
    /// The same turn from its beginning: what it saw is void.
    pub fn again(self) -> Self {
        Self { step: Step::Load(View::new()), loads: 0, ..self }
    }
}
