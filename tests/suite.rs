//! Every test of Colloquy, in one binary.

mod http;
mod stores;
mod support;
