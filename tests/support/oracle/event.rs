//! An event as a client sends it.

use chrono::{DateTime, DurationRound, SecondsFormat, TimeDelta, Utc};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde_json::{Value, json};
use uuid::Uuid;

/// One event of a conversation; a slice of them is in order of arrival.
#[allow(clippy::struct_field_names)]
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub store_id: Uuid,
    pub conversation_id: Uuid,
    pub event_id: Uuid,
    pub event_type: String,
    pub customer_id: Option<String>,
    pub timestamp: DateTime<Utc>,
    pub event_data: Value,
}

impl Event {
    /// An event with an id of its own and without a customer; microseconds are as exact as times are stored.
    pub fn new(store_id: Uuid, conversation_id: Uuid, event_type: &str, at: DateTime<Utc>, event_data: Value) -> Event {
        Event {
            store_id,
            conversation_id,
            event_id: Uuid::new_v4(),
            event_type: event_type.to_owned(),
            customer_id: None,
            timestamp: at.duration_trunc(TimeDelta::microseconds(1)).unwrap(),
            event_data,
        }
    }

    /// The event in the ingest format; a missing customer is left out.
    pub fn to_json(&self) -> Value {
        let mut event = json!({
            "event_id": self.event_id,
            "conversation_id": self.conversation_id,
            "store_id": self.store_id,
            "event_type": self.event_type,
            "timestamp": self.timestamp.to_rfc3339_opts(SecondsFormat::Micros, true),
            "event_data": self.event_data,
        });
        if let Some(customer_id) = &self.customer_id {
            event["customer_id"] = json!(customer_id);
        }
        event
    }

    /// Reads one line of NDJSON in the ingest format; panics where a required field is missing or malformed.
    pub fn from_json(line: &str) -> Event {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| event[field].as_str().unwrap_or_else(|| panic!("no text in {field}: {line}"));
        let timestamp = DateTime::parse_from_rfc3339(text("timestamp")).unwrap().to_utc();
        Event {
            store_id: text("store_id").parse().unwrap(),
            conversation_id: text("conversation_id").parse().unwrap(),
            event_id: text("event_id").parse().unwrap(),
            event_type: text("event_type").to_owned(),
            customer_id: event["customer_id"].as_str().map(str::to_owned),
            timestamp: timestamp.duration_trunc(TimeDelta::microseconds(1)).unwrap(),
            event_data: match &event["event_data"] {
                Value::Null => json!({}),
                data => data.clone(),
            },
        }
    }

    /// A text in `event_data`, where it is given and not null.
    pub fn text(&self, key: &str) -> Option<String> {
        self.event_data[key].as_str().map(str::to_owned)
    }

    /// The customer: the one named by the event itself before the one in `event_data`.
    pub fn customer(&self) -> Option<String> {
        self.customer_id.clone().or_else(|| self.text("customer_id"))
    }

    /// Whether this is an abandonment made by the system rather than by a client.
    pub fn is_timeout(&self) -> bool {
        self.event_type == "conversation_abandoned" && self.event_data["reason"] == "timeout"
    }

    /// Of a timeout: the time of the event it follows.
    pub fn after(&self) -> Option<DateTime<Utc>> {
        let after = self.event_data["after"].as_str()?;
        Some(DateTime::parse_from_rfc3339(after).unwrap().to_utc())
    }

    /// What a retrieval was about, cut to the 255 characters that a gap's topic may have.
    pub fn topic(&self) -> Option<String> {
        Some(self.text("topic")?.chars().take(255).collect())
    }

    /// How sure a retrieval was, as it was written.
    pub fn confidence(&self) -> Option<Decimal> {
        Some(decimal(self.event_data["confidence"].as_number()?).normalize())
    }

    /// `response_time_ms` in whole microseconds, half away from zero, worked out in decimals as it was written.
    pub fn given_response_us(&self) -> Option<i64> {
        let given_ms = decimal(self.event_data["response_time_ms"].as_number()?);
        let response_us =
            (given_ms * Decimal::ONE_THOUSAND).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        response_us.to_i64()
    }
}

/// A JSON number in decimals.
pub fn decimal(number: &serde_json::Number) -> Decimal {
    let written = number.to_string();
    written.parse().or_else(|_| Decimal::from_scientific(&written)).unwrap()
}
