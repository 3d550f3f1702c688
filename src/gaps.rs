//! Content gaps: topics on which the knowledge of a store has no confident answer, and who works on them.

pub mod change;
pub mod create;
pub mod list;
pub mod show;
pub mod summary;

/// What a gap can be in, as requests and the database name it.
pub const STATUSES: [(&str, &str); 3] =
    [("identified", "identified"), ("in_progress", "in_progress"), ("resolved", "resolved")];
