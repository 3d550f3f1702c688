//! Every test of Colloquy, in one binary.

mod analytics;
mod docs;
mod events;
mod http;
mod sql;
mod stores;
mod support;
