#![doc = include_str!("../README.md")]

pub mod answers;
mod askers;
pub mod authority;
pub mod backup;
pub mod config;
mod denials;
pub mod first_start;
pub mod folder;
mod gateway;
pub mod http;
pub mod issuer_keys;
pub mod issuers;
pub mod jobs;
mod leave;
pub mod limits;
pub mod listener;
pub mod loops;
pub mod minting;
mod needed;
mod older_objects;
mod opening;
mod patient;
mod places;
mod previews;
mod refusals;
pub mod running;
pub mod shared;
pub mod step_secrets;
pub mod tls;

pub use config::{Config, ConfigError, Layers};
pub use folder::DataFolder;
pub use running::{Running, Surroundings, start};
