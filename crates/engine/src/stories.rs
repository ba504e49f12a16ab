//! Stories of executions, and random ones.

mod endings;
mod forks;
mod random;
mod sharing;
mod working;
