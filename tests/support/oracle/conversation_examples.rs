//! Conversations worked out by hand.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Conversation, Event, Outcome, conversations};

pub(super) const HOUR_US: i64 = 3_600_000_000;

pub(super) fn at(us: i64) -> DateTime<Utc> {
    "2026-11-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::microseconds(us)
}

pub(super) fn event(id: u128, us: i64, event_type: &str, event_data: Value) -> Event {
    Event {
        store_id: Uuid::from_u128(1),
        conversation_id: Uuid::from_u128(2),
        event_id: Uuid::from_u128(id),
        event_type: event_type.to_owned(),
        customer_id: None,
        timestamp: at(us),
        event_data,
    }
}

pub(super) fn received(id: u128, us: i64) -> Event {
    event(id, us, "message_received", json!({}))
}

fn sent(id: u128, us: i64, event_data: Value) -> Event {
    event(id, us, "message_sent", event_data)
}

fn rows(events: &[Event]) -> Vec<Conversation> {
    conversations(events, &|_| Duration::minutes(30), None)
}

pub(super) fn only_row(events: &[Event]) -> Conversation {
    let mut rows = rows(events);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

#[test]
fn responses_answer_the_first_waiting_message() {
    let row = only_row(&[
        sent(1, 0, json!({"response_time_ms": 9000})),
        received(2, 1_000),
        received(3, 5_000),
        sent(4, 7_000, json!({})),
        sent(5, 8_000, json!({"response_time_ms": 1})),
        received(6, 9_000),
        sent(7, 9_500, json!({"response_time_ms": 12.0005})),
        received(8, 10_000),
        sent(9, 11_000, json!({"response_time_ms": null, "agent": "ai"})),
    ]);
    assert_eq!((row.messages_sent, row.messages_received), (5, 4));
    assert_eq!(row.first_response_us, Some(6_000));
    // 12.0005 ms are 12,000.5 µs, and half goes away from zero.
    assert_eq!((row.response_us, row.response_count), (6_000 + 12_001 + 1_000, 3));
    assert_eq!((row.outcome, row.event_count), (Outcome::Open, 9));
}

#[test]
fn equal_times_are_ordered_by_event_id() {
    let answered = only_row(&[sent(0xff << 120, 0, json!({})), received(1, 0)]);
    assert_eq!((answered.response_us, answered.response_count), (0, 1));
    let unanswered = only_row(&[received(0xff << 120, 0), sent(1, 0, json!({}))]);
    assert_eq!(unanswered.response_count, 0);
}

#[test]
fn the_last_outcome_counts_until_the_customer_writes_again() {
    let resolved = |id, us| event(id, us, "conversation_resolved", json!({"rating": 3}));
    let escalated = event(3, 2, "conversation_escalated", json!({}));
    let mut events = vec![received(1, 0), resolved(2, 1)];
    let row = only_row(&events);
    assert_eq!((row.outcome, row.outcome_at, row.ai_resolved), (Outcome::Resolved, Some(at(1)), true));
    events.extend([escalated, resolved(4, 3)]);
    let row = only_row(&events);
    assert_eq!((row.outcome, row.outcome_at, row.ai_resolved), (Outcome::Resolved, Some(at(3)), false));
    events.extend([received(5, 4), received(6, 5), event(7, 6, "citation_clicked", json!({"rating": 5}))]);
    let row = only_row(&events);
    assert_eq!((row.outcome, row.outcome_at, row.reopened_at), (Outcome::Open, None, Some(at(4))));
    assert_eq!((row.rating, row.citations_clicked), (Some(5), 1));
    events.push(event(8, 7, "conversation_abandoned", json!({"reason": "bored"})));
    let row = only_row(&events);
    assert_eq!((row.outcome, row.outcome_at, row.reopened_at), (Outcome::Abandoned, Some(at(7)), Some(at(4))));
}

#[test]
fn reopened_at_is_the_latest_reopening() {
    let resolved = |id, us| event(id, us, "conversation_resolved", json!({}));
    let row =
        only_row(&[received(1, 0), resolved(2, 1), received(3, 2), resolved(4, 3), received(5, 4), received(6, 5)]);
    assert_eq!((row.outcome, row.reopened_at), (Outcome::Open, Some(at(4))));
}

#[test]
fn a_human_message_is_not_ai() {
    let resolved = event(3, 2, "conversation_resolved", json!({}));
    let row = only_row(&[received(1, 0), sent(2, 1, json!({"agent": "human"})), resolved.clone()]);
    assert_eq!((row.outcome, row.ai_resolved), (Outcome::Resolved, false));
    let customer = event(4, 1, "message_received", json!({"agent": "human"}));
    assert!(only_row(&[received(1, 0), customer, resolved]).ai_resolved);
}

#[test]
fn an_id_is_split_at_720_hours() {
    let month_us = 720 * HOUR_US;
    let events = [received(4, 2 * month_us - 1), received(3, month_us), received(1, 0), received(2, month_us - 1)];
    let starts: Vec<_> = rows(&events).iter().map(|row| (row.started_at, row.event_count)).collect();
    assert_eq!(starts, [(at(0), 2), (at(month_us), 2)]);
    // One microsecond earlier, and every row begins and ends elsewhere.
    let moved: Vec<Event> = events.into_iter().chain([received(5, -1)]).collect();
    let starts: Vec<_> = rows(&moved).iter().map(|row| (row.started_at, row.event_count)).collect();
    assert_eq!(starts, [(at(-1), 2), (at(month_us - 1), 2), (at(2 * month_us - 1), 1)]);
}

#[test]
fn the_earliest_copy_of_an_event_counts_over_the_whole_id() {
    let copies = [received(1, 800 * HOUR_US), received(1, 5), received(1, 5), received(1, 7), received(2, 0)];
    let row = only_row(&copies);
    assert_eq!((row.started_at, row.last_event_at, row.event_count), (at(0), at(5), 2));
    let mut elsewhere = received(1, 6);
    elsewhere.store_id = Uuid::from_u128(7);
    assert_eq!(rows(&[received(1, 5), elsewhere]).len(), 2);
}

#[test]
fn customer_channel_and_language_are_the_first_named() {
    let mut named = event(2, 1, "message_received", json!({"customer_id": "inner", "channel": null}));
    named.customer_id = Some("outer".to_owned());
    let later = event(3, 2, "message_sent", json!({"customer_id": "later", "channel": "web", "language": "ne"}));
    let inner = event(4, 0, "conversation_started", json!({"customer_id": "inner"}));
    let row = only_row(&[received(1, 0), named.clone(), later.clone()]);
    assert_eq!((row.customer_id.as_deref(), row.channel.as_deref()), (Some("outer"), Some("web")));
    assert_eq!(row.language.as_deref(), Some("ne"));
    assert_eq!(only_row(&[named, inner]).customer_id.as_deref(), Some("inner"));
}

#[test]
fn events_survive_json() {
    let mut original = event(1, 123_456, "message_sent", json!({"response_time_ms": 0.5}));
    assert_eq!(Event::from_json(&original.to_json().to_string()), original);
    original.customer_id = Some("c-1".to_owned());
    assert_eq!(Event::from_json(&original.to_json().to_string()), original);
    assert_eq!(original.to_json()["timestamp"], "2026-11-01T00:00:00.123456Z");
}
