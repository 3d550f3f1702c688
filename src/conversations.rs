//! The conversations behind the numbers: lists of them, and one with its timeline.

pub mod filters;
pub mod list;
pub mod show;
