//! Every test of Colloquy, in one binary.

mod commands;
mod http;
mod stores;
mod support;
