//! The console over HTTP, with real turns on a real store.

mod events;
mod pages;
mod sign_in;
mod world;
