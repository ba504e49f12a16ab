//! The hands that a test, the demo and the command line have on a forge.

pub(crate) mod apps;
pub(crate) mod people;

mod deliveries;
mod parts;
mod pull_requests;
mod pushes;
mod repositories;
