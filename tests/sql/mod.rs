//! The SQL files, and functions that stand on their own.

mod analyst_views;
mod backfill;
pub mod contract;
mod local_time;
pub mod plans;
mod schema;
mod student_t;
