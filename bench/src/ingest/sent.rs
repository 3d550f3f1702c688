//! Events in the ingest format.

use bytes::Bytes;
use chrono::SecondsFormat;
use colloquy::events::Event;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::Result;

/// An event in the ingest format.
#[derive(Serialize)]
struct Sent<'a> {
    event_id: Uuid,
    conversation_id: Uuid,
    store_id: Uuid,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    timestamp: String,
    event_data: &'a RawValue,
}

impl<'a> From<&'a Event> for Sent<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            event_id: event.event_id,
            conversation_id: event.conversation_id,
            store_id: event.store_id,
            event_type: event.event_type.name(),
            customer_id: event.customer_id.as_deref(),
            timestamp: event.created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            event_data: &event.event_data,
        }
    }
}

/// An event as a body of its own, or as a line of a file.
///
/// # Errors
/// Never, but JSON could.
pub fn body_of_one(event: &Event) -> Result<Bytes> {
    Ok(serde_json::to_vec(&Sent::from(event))?.into())
}

/// Events as the body of one request.
///
/// # Errors
/// Never, but JSON could.
pub fn body(events: &[Event]) -> Result<Bytes> {
    let sent: Vec<Sent<'_>> = events.iter().map(Sent::from).collect();
    Ok(serde_json::to_vec(&sent)?.into())
}
