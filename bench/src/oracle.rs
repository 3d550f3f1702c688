//! What Colloquy must answer for a store, computed from the generator's events without a database.

mod history;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use colloquy::events::{Event, EventType};
use serde_json::Value;

use crate::{
    Result,
    generator::{Generator, Store},
};

pub use history::{Counted, History};

/// Metrics of the conversations that started in a range of time.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub total: u64,
    pub resolved: u64,
    pub escalated: u64,
    pub abandoned: u64,
    pub ai_resolved: u64,
    pub messages: u64,
    pub customers: BTreeSet<String>,
    /// First response times in microseconds, in order of size.
    pub first_responses_us: Vec<i64>,
}

impl Expected {
    /// Of a store's conversations on some of its local days, both inclusive.
    #[must_use]
    pub fn of_days(generator: &Generator, store: &Store, first: NaiveDate, last: NaiveDate) -> Self {
        let from = midnight(store.timezone, first);
        let to = midnight(store.timezone, last + Duration::days(1));
        Self::between(generator, store, from, to)
    }

    /// Of a store's conversations between two instants, half-open.
    #[must_use]
    pub fn between(generator: &Generator, store: &Store, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let mut expected = Self::default();
        for events in generator.between(store, from, to) {
            expected.add(&events);
        }
        expected.first_responses_us.sort_unstable();
        expected
    }

    fn add(&mut self, events: &[Event]) {
        self.total += 1;
        self.messages += events.iter().filter(|event| is_message(event)).count() as u64;
        self.customers.extend(events.iter().find_map(|event| event.customer_id.clone()));
        self.first_responses_us.extend(first_response_us(events));
        match outcome(events) {
            EventType::ConversationResolved => {
                self.resolved += 1;
                self.ai_resolved += u64::from(is_by_ai(events));
            }
            EventType::ConversationEscalated => self.escalated += 1,
            _ => self.abandoned += 1,
        }
    }

    /// A percentile as `percentile_cont` has it, in milliseconds.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // millions
    pub fn first_response_ms(&self, fraction: f64) -> Option<f64> {
        let place = fraction * self.first_responses_us.len().checked_sub(1)? as f64;
        let at = |place: f64| self.first_responses_us[place as usize] as f64;
        let (low, high) = (at(place.floor()), at(place.ceil()));
        Some((low + (high - low) * place.fract()) / 1_000.0)
    }

    /// Demands that the `metrics` of an answer say the same.
    ///
    /// # Errors
    /// Names the first number that differs.
    pub fn check(&self, metrics: &Value) -> Result<()> {
        let counts = [
            ("total_conversations", self.total),
            ("resolved_conversations", self.resolved),
            ("escalated_conversations", self.escalated),
            ("abandoned_conversations", self.abandoned),
            ("ai_resolved_conversations", self.ai_resolved),
            ("total_messages", self.messages),
            ("unique_customers", self.customers.len() as u64),
        ];
        for (name, expected) in counts {
            if metrics[name].as_u64() != Some(expected) {
                return Err(format!("{name} is {}, the oracle says {expected}", metrics[name]).into());
            }
        }
        for (name, fraction) in [("p50_first_response_time_ms", 0.5), ("p95_first_response_time_ms", 0.95)] {
            let (answered, expected) = (metrics[name].as_f64(), self.first_response_ms(fraction));
            if answered.zip(expected).is_none_or(|(a, b)| (a - b).abs() > 0.01) && (answered, expected) != (None, None)
            {
                return Err(format!("{name} is {answered:?}, the oracle says {expected:?}").into());
            }
        }
        Ok(())
    }
}

fn is_message(event: &Event) -> bool {
    matches!(event.event_type, EventType::MessageSent | EventType::MessageReceived)
}

/// The last outcome, unless the customer wrote after it; what is left open has timed out by the time it is asked for.
fn outcome(events: &[Event]) -> EventType {
    events.iter().fold(EventType::ConversationAbandoned, |before, event| match event.event_type {
        outcome @ (EventType::ConversationResolved
        | EventType::ConversationEscalated
        | EventType::ConversationAbandoned) => outcome,
        EventType::MessageReceived => EventType::ConversationAbandoned,
        _ => before,
    })
}

/// Whether it was never escalated and no human wrote.
fn is_by_ai(events: &[Event]) -> bool {
    let is_escalated = events.iter().any(|event| event.event_type == EventType::ConversationEscalated);
    !is_escalated && !has_human_message(events)
}

fn has_human_message(events: &[Event]) -> bool {
    events.iter().any(|event| event.event_data.get().contains("\"human\""))
}

/// From the first message of the customer to the answer, or what the answer says of itself.
fn first_response_us(events: &[Event]) -> Option<i64> {
    let asked = events.iter().position(|event| event.event_type == EventType::MessageReceived)?;
    let answer = events[asked..].iter().find(|event| event.event_type == EventType::MessageSent)?;
    answer.response_us.or_else(|| (answer.created_at - events[asked].created_at).num_microseconds())
}

/// Start of a local day, where no midnight is skipped or comes twice.
pub fn midnight(timezone: Tz, date: NaiveDate) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    timezone.from_local_datetime(&midnight).earliest().map_or(midnight.and_utc(), |at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::Expected;

    #[test]
    fn percentiles_are_those_between_two_values() {
        let expected = Expected { first_responses_us: vec![1_000, 2_000, 4_000, 8_000], ..Expected::default() };
        assert_eq!(expected.first_response_ms(0.5), Some(3.0));
        assert_eq!(expected.first_response_ms(1.0), Some(8.0));
        assert_eq!(Expected::default().first_response_ms(0.5), None);
    }
}
