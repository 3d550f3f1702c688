//! Every test of Colloquy, in one binary.

mod commands;
mod support;
