//! Conversation analytics for AI support agents, native to TimescaleDB.
#![forbid(unsafe_code)]

pub mod events;
pub mod import;
pub mod schema;
