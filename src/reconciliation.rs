//! Reconciliation: raw events, conversations, rollups and views compared with each other, each difference by name.

mod check;
mod report;
pub mod show;
mod units;

pub(crate) use check::CONVERSATIONS as DIFFERENCE_SQL;
pub use check::{Check, Mode};
pub use report::{Counts, LISTED, Report, Span, Status};
