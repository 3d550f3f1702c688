//! Bodies of POST /events: every event of them keeps the rules, and can be sent again as exports write it.
//!
//! The first byte says whether the rest is NDJSON, and where it comes from.

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use colloquy::events::Event;
use colloquy::events::ingest::{Checked, MAX_EVENTS, check};
use colloquy::events::validate::{MAX_AGE_DAYS, MAX_CUSTOMER_CHARACTERS, MAX_EVENT_DATA_BYTES, Origin, validate};
use colloquy::http::reply::rfc3339;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use uuid::Uuid;

/// The store of the key; a seed names it.
pub const STORE: Uuid = Uuid::from_u128(0x1111_1111_1111_4111_8111_1111_1111_1111);
const ORIGINS: [Origin; 3] = [Origin::Store(STORE), Origin::AnyStore, Origin::File];
const CODES: [&str; 15] = [
    "customer_id_too_long",
    "event_data_too_large",
    "foreign_store",
    "invalid_customer_id",
    "invalid_event",
    "invalid_event_data",
    "invalid_timestamp",
    "invalid_uuid",
    "invalid_value",
    "missing_field",
    "reserved_reason",
    "timestamp_in_future",
    "timestamp_too_old",
    "unknown_event_type",
    "unknown_field",
];
const LONGEST_RESPONSE_US: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// The clock of the server: always the same, so that a corpus stays what it is.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("an instant")
}

pub fn run(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let origin = ORIGINS[usize::from(first / 2) % ORIGINS.len()];
    let body = Bytes::copy_from_slice(body);
    match check(&body, first % 2 == 1, origin, now()) {
        Ok(checked) => {
            is_whole(&checked);
            is_the_same_in_an_array(&checked, origin);
            checked.events.iter().for_each(|event| keeps_the_rules(event, origin, checked.texts.len()));
            checked.events.iter().for_each(|event| can_be_sent_again(event, origin));
        }
        Err(problem) => assert!(problem.is_of_body(), "{problem:?}"),
    }
}

/// Each event of the body is either good or has a fault.
fn is_whole(checked: &Checked) {
    assert!((1..=MAX_EVENTS).contains(&checked.texts.len()));
    assert_eq!(checked.events.len(), checked.places.len());
    let mut places: Vec<usize> = checked.errors.iter().map(|error| error.index).collect();
    places.extend(&checked.places);
    places.sort_unstable();
    assert!(places.into_iter().eq(0..checked.texts.len()));
    for error in &checked.errors {
        assert!(CODES.contains(&error.fault.code), "{:?}", error.fault);
        assert!(error.fault.field.as_ref().is_none_or(|field| field.chars().count() <= 64), "{:?}", error.fault);
    }
}

/// The form of the body decides nothing about its events.
fn is_the_same_in_an_array(checked: &Checked, origin: Origin) {
    let body = [b"{\"events\":[".as_slice(), &checked.texts.join(&b","[..]), b"]}"].concat();
    let again = check(&body.into(), false, origin, now()).expect("the same events");
    let faults = |checked: &Checked| checked.errors.iter().map(|e| (e.index, e.fault.clone())).collect::<Vec<_>>();
    assert_eq!(again.texts, checked.texts);
    assert_eq!(again.places, checked.places);
    assert_eq!(faults(&again), faults(checked));
}

fn keeps_the_rules(event: &Event, origin: Origin, events: usize) {
    assert!(!matches!(origin, Origin::Store(_)) || event.store_id == STORE);
    assert_eq!(event.created_at.timestamp_subsec_nanos() % 1000, 0);
    // The events of a request without timestamps are a microsecond apart.
    let spread = Duration::microseconds(i64::try_from(events).expect("a small number"));
    assert!(event.created_at <= now() + Duration::minutes(5) + spread);
    let oldest = if matches!(origin, Origin::File) { Duration::days(20_000) } else { Duration::days(MAX_AGE_DAYS) };
    assert!(event.created_at >= now() - oldest);
    assert!(event.response_us.is_none_or(|us| (0..=LONGEST_RESPONSE_US).contains(&us)));
    if let Some(customer) = &event.customer_id {
        assert!((1..=MAX_CUSTOMER_CHARACTERS).contains(&customer.chars().count()) && !customer.contains('\0'));
    }
    assert!(event.event_data.get().len() <= MAX_EVENT_DATA_BYTES);
    let data: Value = serde_json::from_str(event.event_data.get()).expect("JSON");
    assert!(data.is_object() && !data.to_string().contains("\\u0000") || data.to_string().contains("\\\\u0000"));
}

fn can_be_sent_again(event: &Event, origin: Origin) {
    let again = validate(&as_exported(event), origin, now(), 0).unwrap_or_else(|fault| panic!("{fault:?}: {event:?}"));
    assert_eq!(again.event_data.get(), event.event_data.get());
    let key = |event: &Event| (event.store_id, event.conversation_id, event.event_id, event.created_at);
    assert_eq!(key(&again), key(event));
    assert_eq!((again.event_type, again.response_us), (event.event_type, event.response_us));
    assert_eq!(again.customer_id, event.customer_id);
}

/// An event as a line of an archive or of an export.
fn as_exported(event: &Event) -> Box<RawValue> {
    let fields = json!({
        "event_id": event.event_id,
        "conversation_id": event.conversation_id,
        "store_id": event.store_id,
        "event_type": event.event_type.name(),
        "customer_id": event.customer_id,
        "timestamp": rfc3339(event.created_at),
    });
    let mut line = to_raw_value(&fields).expect("JSON").get().to_owned();
    line.truncate(line.len() - 1);
    RawValue::from_string(format!("{line},\"event_data\":{}}}", event.event_data)).expect("JSON")
}
