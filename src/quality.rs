//! Quality of conversations, as people or programs score it.

pub mod score;
pub mod scores;
