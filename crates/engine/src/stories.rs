//! Stories of executions, and random ones.

mod endings;
mod random;
mod sharing;
mod working;
