//! What the API's operations and the loops' turns come to, on a real store in memory.

mod actions;
mod bad_input;
mod bound;
mod complete;
mod ends;
mod explain;
mod filters;
mod heads;
mod identity;
mod installations;
mod names;
mod organisation;
mod pages;
mod proxies;
mod questions;
mod refusals;
mod s3;
mod secrets;
mod several;
mod simulations;
mod strangers;
mod sts;
mod syncs;
mod tokens;
mod told;
mod world;
