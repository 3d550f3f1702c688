//! Every test of Colloquy, in one binary.
#![allow(clippy::unwrap_used)]

mod analytics;
mod commands;
mod conversations;
mod customers;
mod dashboard;
mod database;
mod docker;
mod docs;
mod events;
mod gaps;
mod grafana;
mod http;
mod jobs;
mod monitoring;
mod quality;
mod recalculation;
mod reconciliation;
mod reliability;
mod roles;
mod schema;
mod sql;
mod stores;
mod support;
