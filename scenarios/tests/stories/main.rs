//! End-to-end stories: a real server on loopback, the practice forge, and what is expected.

mod backups;
mod bad_input;
mod connections;
mod deliveries;
mod executions;
mod forges;
mod handshakes;
mod hooks;
mod pushes;
mod restarts;
mod servers;
mod steps;
mod syncs;
mod tokens;
mod triggers;
mod troubleshooting;
