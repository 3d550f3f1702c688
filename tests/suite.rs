//! Every test of Colloquy, in one binary.

mod analytics;
mod events;
mod http;
mod jobs;
mod sql;
mod stores;
mod support;
