//! The people behind conversations: how they are erased.

pub mod erase;
