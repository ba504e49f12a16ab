//! The evaluator against chance: a second one that was written to be slow and plain, and the
//! properties that any evaluator of such policies has (P1 to P9 of the threat model).

mod differential;
mod generator;
mod naive;
mod properties;
mod world;
