//! Cursors: one that was made here gives its key back, and no other text gives anything.
//!
//! The first byte says what the rest is: the text of a cursor, a key as JSON, or the parts of a key and of a change.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use colloquy::http::cursor::Cursor;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::event_decoding::STORE;

const QUERY: &str = "{\"status\":null}";

type ByTime = (DateTime<Utc>, Uuid);
type ByNumber = (Decimal, String, Uuid);

pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    match first % 3 {
        0 => as_text(&String::from_utf8_lossy(rest)),
        1 => as_key(rest),
        _ => as_parts(rest),
    }
}

/// Nobody guesses a seal.
fn as_text(text: &str) {
    assert!(Cursor::read::<ByTime>(text, STORE, QUERY).is_err());
    assert!(Cursor::read::<ByNumber>(text, STORE, QUERY).is_err());
    assert!(Cursor::read::<Box<RawValue>>(text, STORE, QUERY).is_err());
}

/// Behind the right seal may stand anything, as whoever reads the source can make one.
fn as_key(json: &[u8]) {
    let Ok(key) = serde_json::from_slice::<Box<RawValue>>(json) else { return };
    let text = Cursor::of(STORE, QUERY, &key);
    assert_eq!(Cursor::read::<Box<RawValue>>(&text, STORE, QUERY).expect("it was made here").get(), key.get());
    reads_the_same_again::<ByTime>(&text);
    reads_the_same_again::<ByNumber>(&text);
    reads_the_same_again::<i64>(&text);
}

fn reads_the_same_again<Key: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    if let Ok(key) = Cursor::read::<Key>(text, STORE, QUERY) {
        assert_eq!(Cursor::read::<Key>(&Cursor::of(STORE, QUERY, &key), STORE, QUERY), Ok(key));
    }
}

fn as_parts(parts: &[u8]) {
    let Some((numbers, topic)) = parts.split_at_checked(28) else { return };
    let number = |at: usize| numbers[at..at + 8].iter().fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
    let id = Uuid::from_u64_pair(number(8).cast_unsigned(), number(16).cast_unsigned());
    if let Some(at) = DateTime::from_timestamp_micros(number(0)) {
        holds((at, id), &numbers[24..]);
    }
    holds((Decimal::new(number(0), 2), String::from_utf8_lossy(topic).into_owned(), id), &numbers[24..]);
}

/// The key comes back, but not to another store or query, nor if a character has changed.
fn holds<Key: Serialize + DeserializeOwned + PartialEq + Debug>(key: Key, change: &[u8]) {
    let text = Cursor::of(STORE, QUERY, &key);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(Cursor::read::<Key>(&text, STORE, QUERY), Ok(key));
    assert!(Cursor::read::<Key>(&text, Uuid::nil(), QUERY).is_err());
    assert!(Cursor::read::<Key>(&text, STORE, "{}").is_err());
    let at = (usize::from(change[0]) * 256 + usize::from(change[1])) % text.len();
    let mut changed = text.clone().into_bytes();
    changed[at] = change[2];
    if let Ok(changed) = String::from_utf8(changed) {
        assert!(changed == text || Cursor::read::<Key>(&changed, STORE, QUERY).is_err());
    }
    assert!(Cursor::read::<Key>(&text[..at], STORE, QUERY).is_err());
}
