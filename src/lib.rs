//! Conversation analytics for AI support agents, native to TimescaleDB.
#![forbid(unsafe_code)]

pub mod schema;
