//! Numbers about conversations.

mod freshness;
mod property;
