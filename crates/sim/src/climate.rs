//! What a seed's world is like. Some promises hold only where nothing is lost on the way; a calm
//! climate is one in which they can be checked.

use crate::random::Random;

/// Chances are in percent of the moments at which a thing could happen.
#[derive(Clone, Copy, Debug)]
pub struct Climate {
    /// Deliveries come in the order of the pushes.
    pub ordered: bool,
    /// A branch may go back to a commit that it was at before. Only told apart from a late
    /// delivery where deliveries are in order.
    pub returns: bool,
    /// A delivery never comes.
    pub drops: usize,
    /// The forge sends a delivery again, under the same id.
    pub redeliveries: usize,
    /// Somebody sends the same bytes under a fresh id.
    pub replays: usize,
    /// A commit fails, and nothing is written.
    pub lost: usize,
    /// A commit is applied, and nobody says so.
    pub unknown: usize,
    /// The process dies.
    pub deaths: usize,
    /// What is performed takes long, and the process dies over it again and again.
    pub storm: bool,
    /// Pipelines are changed, deleted and made anew.
    pub churn: bool,
    /// Hours pass at once.
    pub jumps: usize,
    /// How long it lasts.
    pub steps: usize,
}

impl Climate {
    pub fn of(random: &mut Random) -> Self {
        let ordered = random.percent(50);
        let rough = random.percent(70);
        let rate = |most: usize, random: &mut Random| if rough { random.below(most) } else { 0 };
        let churn = random.percent(35);
        let storm = rough && random.percent(15);
        Self {
            ordered,
            churn,
            // Two hooks of one repository tell of each push twice, interleaved as they please.
            returns: ordered && !churn && random.percent(60),
            drops: if random.percent(30) { 15 } else { 0 },
            redeliveries: random.below(25),
            replays: if random.percent(70) { random.below(40) } else { 0 },
            lost: rate(12, random),
            unknown: rate(12, random),
            deaths: if storm { 100 } else { rate(30, random) },
            storm,
            jumps: if random.percent(15) { 40 } else { 0 },
            steps: 150 + random.below(250),
        }
    }

    /// Whether every push is heard of once, in order, by pipelines that stay what they are: then
    /// each starts exactly one execution. Where a branch returns, a replay may tell of its newest
    /// head before the deliveries on the way do; these are stale then.
    pub fn is_calm(&self) -> bool {
        let foretold = self.returns && self.replays > 0;
        self.ordered && self.drops == 0 && !self.churn && !foretold
    }

    /// The same world with no more faults.
    pub fn settled(self) -> Self {
        Self { lost: 0, unknown: 0, deaths: 0, storm: false, jumps: 0, ..self }
    }
}
