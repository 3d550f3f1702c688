//! Every test of Colloquy, in one binary.
#![allow(clippy::unwrap_used)]

mod http;
mod stores;
mod support;
