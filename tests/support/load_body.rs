//! Bodies of 100 events that differ only in a number: written once, then copied and numbered.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use uuid::Uuid;

/// Events in each body.
pub const EVENTS: usize = 100;
/// The start of all ids.
pub const RUN: &str = "10ad0001";

const NUMBER: &str = "####-####";

/// A body whose number is not yet filled in.
pub struct Body {
    text: Vec<u8>,
    places: Vec<usize>,
}

impl Body {
    /// Twenty conversations of some time ago, of five events each.
    pub fn new(store_id: Uuid, age: TimeDelta) -> Self {
        let begun_at = Utc::now() - age;
        let events: Vec<String> = (0..EVENTS).map(|nth| event(store_id, nth, begun_at)).collect();
        let text = format!("[{}]", events.join(","));
        let places = text.match_indices(NUMBER).map(|(place, _)| place).collect();
        Self { text: text.into_bytes(), places }
    }

    /// With ids that no other number has.
    pub fn numbered(&self, number: u32) -> Vec<u8> {
        let mut text = self.text.clone();
        let hex = format!("{:04x}-{:04x}", number >> 16, number & 0xffff);
        for place in &self.places {
            text[*place..*place + NUMBER.len()].copy_from_slice(hex.as_bytes());
        }
        text
    }
}

fn event(store_id: Uuid, nth: usize, begun_at: DateTime<Utc>) -> String {
    let (conversation, step) = (nth / 5, nth % 5);
    let (kind, data) = [
        ("conversation_started", "{\"channel\":\"web\",\"language\":\"en\",\"subject\":\"Where is my parcel?\"}"),
        ("message_received", "{\"customer_id\":\"c-17\"}"),
        ("knowledge_retrieved", "{\"topic\":\"shipping\",\"confidence\":0.87}"),
        ("message_sent", "{\"agent\":\"ai\",\"response_time_ms\":820}"),
        ("conversation_resolved", "{}"),
    ][step];
    let at = begun_at + TimeDelta::seconds(i64::try_from(step).unwrap());
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    format!(
        "{{\"event_id\":\"{RUN}-{NUMBER}-8000-{nth:012x}\",\"conversation_id\":\"{RUN}-{NUMBER}-c000-{conversation:012x}\",\
         \"store_id\":\"{store_id}\",\"event_type\":\"{kind}\",\"timestamp\":\"{at}\",\"event_data\":{data}}}"
    )
}
