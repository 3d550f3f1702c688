//! Numbers about conversations.

mod property;
