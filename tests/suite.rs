//! Every test of Colloquy, in one binary.

mod support;
