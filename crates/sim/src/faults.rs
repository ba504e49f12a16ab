//! What a commit may come to beside success.

use crate::climate::Climate;
use crate::random::Random;

/// A fault at one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None.
    No,
    /// Nothing is written, and the process knows.
    Lost,
    /// It is written, and the process does not know.
    Unknown,
}

impl Fault {
    pub fn at_commit(climate: &Climate, random: &mut Random) -> Self {
        match () {
            () if random.percent(climate.lost) => Self::Lost,
            () if random.percent(climate.unknown) => Self::Unknown,
            () => Self::No,
        }
    }
}
