#![doc = include_str!("../README.md")]

pub mod config;
pub mod folder;
pub mod limits;
pub mod listener;
pub mod tls;
