//! One raw event as a line in the ingest format.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use uuid::Uuid;

use super::json::compact;

#[derive(Serialize)]
struct Line<'a> {
    event_id: Uuid,
    conversation_id: Uuid,
    store_id: Uuid,
    event_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    timestamp: String,
    event_data: Box<RawValue>,
}

/// The line of a row of `sql/archive/events.sql`, with its line feed. What the database has as `event_data` stays as it is.
pub fn line(row: &Row) -> Result<Vec<u8>, tokio_postgres::Error> {
    let created_at: DateTime<Utc> = row.try_get("timestamp")?;
    let event_data: &str = row.try_get("event_data")?;
    let line = Line {
        event_id: row.try_get("event_id")?,
        conversation_id: row.try_get("conversation_id")?,
        store_id: row.try_get("store_id")?,
        event_type: row.try_get("event_type")?,
        customer_id: row.try_get("customer_id")?,
        timestamp: created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        // A jsonb is JSON. Reading the file back would find out.
        event_data: RawValue::from_string(compact(event_data)).unwrap_or_default(),
    };
    let mut text = serde_json::to_vec(&line).unwrap_or_default();
    text.push(b'\n');
    Ok(text)
}
