//! The content gaps of a store in short, for the dashboard.

use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;

use crate::http::problem::Problem;
use crate::http::reply;

/// The statement; parameter `store_id`.
pub const SUMMARY: &str = include_str!("../../sql/gaps/summary.sql");

/// How many gaps there are of each status, and the five unresolved ones asked for most.
#[derive(Serialize)]
pub struct Summary {
    identified: i64,
    in_progress: i64,
    resolved: i64,
    top: Vec<Box<RawValue>>,
}

impl Summary {
    /// Puts the rows of the statement together.
    ///
    /// # Errors
    /// When they are not those of the statement.
    pub fn of(rows: &[Row]) -> Result<Self, Problem> {
        let parts = reply::parts(rows)?;
        let counts = parts.rows("counts").next().ok_or(Problem::Internal)?;
        Ok(Self {
            identified: counts.try_get("identified")?,
            in_progress: counts.try_get("in_progress")?,
            resolved: counts.try_get("resolved")?,
            top: parts.array("top", &["identified", "in_progress", "resolved"])?,
        })
    }
}
