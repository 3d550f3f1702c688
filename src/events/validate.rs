//! Checks events in the ingest format, one fault each.
//!
//! `sql/functions/event_fault.sql` states the same rules for producers in SQL; a test runs both on the same events.

use std::{borrow::Cow, collections::BTreeMap, ops::RangeInclusive};

use chrono::{DateTime, Datelike, Duration, TimeZone, Utc};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use super::{Event, EventType};
use crate::http::fields::as_stored;

/// Most bytes an `event_data` may have.
pub const MAX_EVENT_DATA_BYTES: usize = 32 * 1024;
/// Most characters a customer may have.
pub const MAX_CUSTOMER_CHARACTERS: usize = 255;
/// Oldest event that is taken live, in days; older ones are imported.
pub const MAX_AGE_DAYS: i64 = 55;
/// How far a producer's clock may be ahead, in minutes.
pub const MAX_AHEAD_MINUTES: i64 = 5;
/// Offsets of timestamps are nearer to UTC than this.
const MAX_OFFSET_SECONDS: i32 = 16 * 60 * 60;
/// Longest response time, in milliseconds: 30 days.
const MAX_RESPONSE_TIME_MS: i64 = 30 * 24 * 60 * 60 * 1000;

const FIELDS: [&str; 7] =
    ["event_id", "conversation_id", "store_id", "event_type", "customer_id", "timestamp", "event_data"];
const EVENT_TYPES: &str = "This is conversation_started, message_sent, message_received, conversation_resolved, \
    conversation_escalated, conversation_abandoned, knowledge_retrieved or citation_clicked.";
/// Keys of `event_data` whose value is a text.
pub const TEXT_KEYS: [&str; 6] = ["channel", "language", "subject", "topic", "question", "reason"];

/// Why an event is refused. `code` is stable; `docs/errors.md` lists all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Stable name of the kind of fault.
    pub code: &'static str,
    /// Field at fault, `event_data.rating` for one inside `event_data`; none if the event as a whole is.
    pub field: Option<String>,
    /// What the rule is, for people.
    pub detail: &'static str,
}

/// Where events come from, which decides what they may be.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// From a producer whose key belongs to this store.
    Store(Uuid),
    /// From a producer with an admin key, for any store.
    AnyStore,
    /// From a file: of any age, and with timeout events that an archive has kept.
    File,
}

/// Checks one event.
///
/// An event without a timestamp gets `now` plus `index` microseconds, so that the events of a request keep their
/// order; one without an id gets a version 7 UUID. In a file the timestamp is required and an id is made of the event's
/// own text, so that the same file gives the same events every time.
///
/// # Errors
/// Returns the first fault.
pub fn validate(json: &RawValue, origin: Origin, now: DateTime<Utc>, index: usize) -> Result<Event, Fault> {
    let fields: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(json.get()).map_err(|_| fault("invalid_event", None, "An event is a JSON object."))?;
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_ref())) {
        let name: String = name.chars().take(64).collect();
        return Err(fault(
            "unknown_field",
            Some(&name),
            "No such field; what else there is to say goes into event_data.",
        ));
    }
    let field = |name: &str| fields.get(name).copied().filter(|value| value.get() != "null");

    let store_id = required(uuid("store_id", field("store_id"))?, "store_id")?;
    let conversation_id = required(uuid("conversation_id", field("conversation_id"))?, "conversation_id")?;
    let event_id = uuid("event_id", field("event_id"))?.unwrap_or_else(|| match origin {
        Origin::File => Uuid::new_v5(&conversation_id, json.get().as_bytes()),
        Origin::Store(_) | Origin::AnyStore => Uuid::now_v7(),
    });
    let event_type = event_type(field("event_type"))?;
    let raw_data = field("event_data");
    let data = event_data(raw_data)?;
    let customer_id = customer("customer_id", field("customer_id").map(parse))?;
    let named_in_data = customer("event_data.customer_id", present(&data, "customer_id").cloned())?;
    let created_at = timestamp(field("timestamp"), origin, now)?
        .unwrap_or_else(|| now + Duration::microseconds(i64::try_from(index).unwrap_or(0)));
    let response_us = recognised_keys(&data, raw_data)?;
    if event_type == EventType::ConversationAbandoned && data.get("reason").is_some_and(|reason| reason == "timeout") {
        timeout(&data, origin)?;
    }
    if let Origin::Store(own) = origin
        && own != store_id
    {
        return Err(fault("foreign_store", Some("store_id"), "The key belongs to another store."));
    }
    Ok(Event {
        store_id,
        conversation_id,
        event_id,
        event_type,
        customer_id: customer_id.or(named_in_data),
        response_us,
        event_data: raw_data
            .map_or_else(|| RawValue::from_string("{}".to_owned()).unwrap_or_default(), ToOwned::to_owned),
        created_at: as_stored(created_at),
    })
}

fn fault(code: &'static str, field: Option<&str>, detail: &'static str) -> Fault {
    Fault { code, field: field.map(ToOwned::to_owned), detail }
}

fn required<T>(value: Option<T>, name: &str) -> Result<T, Fault> {
    value.ok_or_else(|| fault("missing_field", Some(name), "This field is required."))
}

/// A JSON value without parts; `false` where the text does not hold one that can be stored (a lone surrogate, too large a
/// number).
fn parse(json: &RawValue) -> Value {
    // No field but `event_data` has parts, and parts would take many times the memory of their text.
    if json.get().starts_with(['[', '{']) {
        return Value::Bool(false);
    }
    serde_json::from_str(json.get()).unwrap_or(Value::Bool(false))
}

fn uuid(name: &str, json: Option<&RawValue>) -> Result<Option<Uuid>, Fault> {
    let Some(json) = json else { return Ok(None) };
    match parse(json) {
        Value::String(text) if text.len() == 36 => Uuid::try_parse(&text).ok(),
        _ => None,
    }
    .map(Some)
    .ok_or_else(|| fault("invalid_uuid", Some(name), "This field is a UUID."))
}

fn event_type(json: Option<&RawValue>) -> Result<EventType, Fault> {
    match parse(required(json, "event_type")?) {
        Value::String(name) => EventType::from_name(&name),
        _ => None,
    }
    .ok_or_else(|| fault("unknown_event_type", Some("event_type"), EVENT_TYPES))
}

fn event_data(json: Option<&RawValue>) -> Result<Value, Fault> {
    let Some(json) = json else { return Ok(Value::Object(serde_json::Map::new())) };
    let invalid = |detail| fault("invalid_event_data", Some("event_data"), detail);
    let rule = "event_data is a JSON object, at most 127 levels deep, of Unicode text and 64-bit numbers.";
    // Looked at before it is taken apart, which takes many times the memory of the text.
    if !json.get().starts_with('{') {
        return Err(invalid(rule));
    } else if json.get().len() > MAX_EVENT_DATA_BYTES {
        return Err(fault("event_data_too_large", Some("event_data"), "event_data is at most 32 KiB."));
    }
    match serde_json::from_str(json.get()) {
        // PostgreSQL cannot store the character U+0000.
        Ok(data @ Value::Object(_)) if json.get().contains("\\u0000") && contains_nul(&data) => {
            Err(invalid("event_data cannot contain the character U+0000."))
        }
        Ok(Value::Object(_)) if has_too_many_decimals(json.get()) => {
            Err(invalid("A number in event_data has at most 16383 decimals."))
        }
        Ok(data @ Value::Object(_)) => Ok(data),
        _ => Err(invalid(rule)),
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(contains_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || contains_nul(value)),
        _ => false,
    }
}

/// Whether a number has more decimals than `PostgreSQL` can store, as `1e-20000` has.
fn has_too_many_decimals(json: &str) -> bool {
    const MOST: i64 = 16_383;
    let can_have = json.len() > 16_000 || json.contains("e-") || json.contains("E-");
    can_have && numbers(json).any(|number| decimals(number) > MOST)
}

/// The numbers of a JSON text as they are written.
fn numbers(json: &str) -> impl Iterator<Item = &str> {
    let mut is_escaped = false;
    let mut is_in_text = false;
    json.split(move |character: char| {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = is_in_text,
            '"' => is_in_text = !is_in_text,
            _ => {}
        }
        is_in_text || !matches!(character, '0'..='9' | '.' | 'e' | 'E' | '+' | '-')
    })
    .filter(|token| token.starts_with(|first: char| first.is_ascii_digit() || first == '-'))
}

fn decimals(number: &str) -> i64 {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    // Only an exponent beyond 64 bits cannot be read.
    let exponent = exponent.trim_start_matches('+').parse().unwrap_or(i64::MIN / 2);
    i64::try_from(fraction).unwrap_or(i64::MAX / 2) - exponent
}

fn customer(name: &str, value: Option<Value>) -> Result<Option<String>, Fault> {
    let detail = "A customer is a text of 1 to 255 characters, without U+0000.";
    match value {
        None => Ok(None),
        Some(Value::String(id)) if id.chars().count() > MAX_CUSTOMER_CHARACTERS => {
            Err(fault("customer_id_too_long", Some(name), detail))
        }
        Some(Value::String(id)) if !id.is_empty() && !id.contains('\0') => Ok(Some(id)),
        Some(_) => Err(fault("invalid_customer_id", Some(name), detail)),
    }
}

fn timestamp(json: Option<&RawValue>, origin: Origin, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Fault> {
    let name = Some("timestamp");
    let Some(json) = json else {
        return if matches!(origin, Origin::File) { required(None, "timestamp") } else { Ok(None) };
    };
    let at = match parse(json) {
        // chrono alone would also take a typographic minus, and offsets and years that PostgreSQL does not.
        Value::String(text) if text.is_ascii() => DateTime::parse_from_rfc3339(&text)
            .ok()
            .filter(|at| at.year() >= 1 && at.offset().local_minus_utc().abs() < MAX_OFFSET_SECONDS),
        _ => None,
    }
    .ok_or_else(|| fault("invalid_timestamp", name, "A timestamp is RFC 3339 text with an offset."))?;
    let at = as_stored(at.to_utc());
    if at > now + Duration::minutes(MAX_AHEAD_MINUTES) {
        return Err(fault("timestamp_in_future", name, "More than 5 minutes ahead of the server."));
    }
    if matches!(origin, Origin::File) {
        // Offsets of timezones are multiples of 15 minutes since 1972 only.
        let oldest = Utc.with_ymd_and_hms(1972, 1, 8, 0, 0, 0).single();
        if oldest.is_some_and(|oldest| at < oldest) {
            return Err(fault("timestamp_too_old", name, "Before 8 January 1972."));
        }
    } else if at < now - Duration::days(MAX_AGE_DAYS) {
        let detail = "More than 55 days ago; history goes in through colloquy import.";
        return Err(fault("timestamp_too_old", name, detail));
    }
    Ok(Some(at))
}

fn present<'a>(data: &'a Value, key: &str) -> Option<&'a Value> {
    data.get(key).filter(|value| !value.is_null())
}

/// Checks the keys of `event_data` that mean something, and returns the response time in microseconds.
fn recognised_keys(data: &Value, raw: Option<&RawValue>) -> Result<Option<i64>, Fault> {
    let invalid = |key: &str, detail| fault("invalid_value", Some(&format!("event_data.{key}")), detail);
    for key in TEXT_KEYS {
        if present(data, key).is_some_and(|value| !value.is_string()) {
            return Err(invalid(key, "This is a text."));
        }
    }
    if present(data, "agent").is_some_and(|agent| agent != "ai" && agent != "human") {
        return Err(invalid("agent", "This is ai or human."));
    }
    let number = |key: &str, range: RangeInclusive<Decimal>, detail| match present(data, key) {
        None => Ok(None),
        Some(value) => as_written(value, raw, key)
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(|| invalid(key, detail)),
    };
    let longest = Decimal::from(MAX_RESPONSE_TIME_MS);
    let response_time_ms =
        number("response_time_ms", Decimal::ZERO..=longest, "This is a number from 0 to 2592000000 (30 days).")?;
    let integer = "This is an integer from 1 to 5.";
    if number("rating", Decimal::ONE..=Decimal::from(5), integer)?.is_some_and(|rating| !rating.is_integer()) {
        return Err(invalid("rating", integer));
    }
    number("confidence", Decimal::ZERO..=Decimal::ONE, "This is a number from 0 to 1.")?;
    // Half a microsecond rounds away from zero.
    Ok(response_time_ms.and_then(|ms| {
        (ms * Decimal::ONE_THOUSAND).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()
    }))
}

/// A number of `event_data` as written, not as the nearest binary fraction; of a key given twice, the last one.
fn as_written(value: &Value, event_data: Option<&RawValue>, key: &str) -> Option<Decimal> {
    if let Some(integer) = value.as_i64() {
        return Some(Decimal::from(integer));
    }
    let nearest = value.as_f64()?;
    let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(event_data?.get()).ok()?;
    let written = fields.get(key)?.get();
    Decimal::from_str_exact(written)
        .or_else(|_| Decimal::from_scientific(written))
        .ok()
        // More digits than a decimal has. Negative numbers are out of every range, however small.
        .or_else(|| Decimal::from_f64_retain(nearest).filter(|_| nearest >= 0.0))
}

/// Timeouts are made by the database; only a file that an archive wrote may hold them.
fn timeout(data: &Value, origin: Origin) -> Result<(), Fault> {
    if !matches!(origin, Origin::File) {
        return Err(fault("reserved_reason", Some("event_data.reason"), "Timeouts are made by Colloquy itself."));
    }
    data.get("after")
        .and_then(Value::as_str)
        .and_then(|after| DateTime::parse_from_rfc3339(after).ok())
        .map(|_| ())
        .ok_or_else(|| fault("invalid_value", Some("event_data.after"), "This is RFC 3339 text with an offset."))
}
