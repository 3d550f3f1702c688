//! Where a range begins or ends: a local date or an instant.

use chrono::{DateTime, NaiveDate, Utc};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::database::DatabaseError;
use crate::http::fields;

const RANGE: &str = include_str!("../../sql/recalculation/range.sql");

/// Where a range begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A local day of the store, or of UTC where no store is named; at the end it is included.
    Date(NaiveDate),
    /// An instant; at the end it is the first one after the range.
    Instant(DateTime<Utc>),
}

impl Edge {
    /// Reads a date as `YYYY-MM-DD`, or an instant in RFC 3339.
    ///
    /// # Errors
    /// What is expected, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let date = fields::date(text).map(Self::Date);
        date.or_else(|_| fields::instant(text).map(Self::Instant)).map_err(|_| {
            "must be a date as YYYY-MM-DD, or an instant in RFC 3339, such as 2026-11-22T10:00:00Z.".to_owned()
        })
    }

    fn date(self) -> Option<NaiveDate> {
        if let Self::Date(date) = self { Some(date) } else { None }
    }

    fn instant(self) -> Option<DateTime<Utc>> {
        if let Self::Instant(instant) = self { Some(instant) } else { None }
    }
}

/// A range as instants, half-open.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedRange {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
    /// False if the store that was named does not exist.
    pub is_store: bool,
}

/// Works out the instants of a range, in the timezone of the store or in UTC.
///
/// # Errors
/// When the database fails.
pub async fn resolve(
    client: &Client,
    from: Edge,
    to: Edge,
    store_id: Option<Uuid>,
) -> Result<ResolvedRange, DatabaseError> {
    let row = client.query_one(RANGE, &[&from.date(), &from.instant(), &to.date(), &to.instant(), &store_id]).await?;
    Ok(ResolvedRange { from: row.try_get("from_at")?, to: row.try_get("to_at")?, is_store: row.try_get("is_store")? })
}
