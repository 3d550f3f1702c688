//! Every test of Colloquy, in one binary.
#![allow(clippy::unwrap_used)]

mod analytics;
mod commands;
mod conversations;
mod docs;
mod events;
mod gaps;
mod http;
mod jobs;
mod quality;
mod recalculation;
mod reconciliation;
mod sql;
mod stores;
mod support;
