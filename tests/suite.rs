//! Every test of Colloquy, in one binary.
#![allow(clippy::unwrap_used)]

mod commands;
mod http;
mod stores;
mod support;
