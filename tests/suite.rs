//! Every test of Colloquy, in one binary.

mod analytics;
mod events;
mod http;
mod stores;
mod support;
