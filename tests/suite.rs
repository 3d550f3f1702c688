//! Every test of Colloquy, in one binary.

mod analytics;
mod http;
mod stores;
mod support;
