//! The archives that the database knows of.

use chrono::{DateTime, Utc};
use tokio_postgres::Client;

use super::{ArchiveError, error::doing};

const LIST: &str = include_str!("../../sql/archive/list.sql");

/// A file that holds the raw events of a range, half-open.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Start of the range.
    pub from_at: DateTime<Utc>,
    /// End of the range.
    pub to_at: DateTime<Utc>,
    /// Events in the file.
    pub events: i64,
    /// Size of the file, in bytes.
    pub bytes: i64,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// When it was complete.
    pub archived_at: DateTime<Utc>,
    /// When the events were dropped from the database.
    pub dropped_at: Option<DateTime<Utc>>,
    /// Where it was written.
    pub path: String,
}

/// All of them, the earliest range first.
///
/// # Errors
/// When the database fails, for instance because it is not migrated.
pub async fn list(client: &Client) -> Result<Vec<Archive>, ArchiveError> {
    let rows = client.query(LIST, &[]).await.map_err(doing("listing archives"))?;
    Ok(rows
        .iter()
        .map(|row| Archive {
            from_at: row.get("from_at"),
            to_at: row.get("to_at"),
            events: row.get("events"),
            bytes: row.get("bytes"),
            sha256: row.get("sha256"),
            archived_at: row.get("archived_at"),
            dropped_at: row.get("dropped_at"),
            path: row.get("path"),
        })
        .collect())
}
