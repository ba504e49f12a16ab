//! End-to-end stories: a real server on loopback, the practice forge, and what is expected.

#[macro_use]
mod at_each_forge;
mod apps;
mod attacks;
mod audit;
mod backups;
mod bad_input;
mod clones;
mod connections;
mod deliveries;
mod executions;
mod federation;
mod forges;
mod handshakes;
mod hooks;
mod issuer;
mod migrations;
mod older_action;
mod permissions;
mod polling;
mod pushes;
mod replays;
mod repositories;
mod requests;
mod restarts;
mod servers;
mod signatures;
mod sources;
mod statuses;
mod step_tokens;
mod steps;
mod syncs;
mod tokens;
mod triggers;
mod troubleshooting;
mod webhooks;
