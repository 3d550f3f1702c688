//! Cursors: one that was made here gives its key back, and no other text gives anything.
//!
//! The first byte says what the rest is: the text of a cursor, a key as JSON, or the parts of a key and of a change.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use colloquy::http::cursor::{Cursor, Key};
use rust_decimal::Decimal;
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
    assert!(Cursor::read::<String>(text, STORE, QUERY).is_err());
}

/// Behind the right seal may stand anything, as whoever reads the source can make one: a key that a row can have comes
/// back, no other does.
fn as_key(json: &[u8]) {
    comes_back_if_possible::<ByTime>(json);
    comes_back_if_possible::<ByNumber>(json);
    comes_back_if_possible::<i64>(json);
    comes_back_if_possible::<String>(json);
}

fn comes_back_if_possible<K: Key + PartialEq + Debug>(json: &[u8]) {
    let Ok(key) = serde_json::from_slice::<K>(json) else { return };
    let text = Cursor::of(STORE, QUERY, &key);
    assert_eq!(Cursor::read::<K>(&text, STORE, QUERY).ok(), key.is_possible().then_some(key));
}

fn as_parts(parts: &[u8]) {
    let Some((numbers, topic)) = parts.split_at_checked(28) else { return };
    let number = |at: usize| numbers[at..at + 8].iter().fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte));
    let id = Uuid::from_u64_pair(number(8).cast_unsigned(), number(16).cast_unsigned());
    if let Some(at) = DateTime::from_timestamp_micros(number(0)).filter(Key::is_possible) {
        holds((at, id), &numbers[24..]);
    }
    let topic = String::from_utf8_lossy(topic).replace('\0', "");
    holds((Decimal::new(number(0), 2), topic, id), &numbers[24..]);
}

/// The key comes back, but not to another store or query, nor if a character has changed.
fn holds<K: Key + PartialEq + Debug>(key: K, change: &[u8]) {
    let text = Cursor::of(STORE, QUERY, &key);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(Cursor::read::<K>(&text, STORE, QUERY), Ok(key));
    assert!(Cursor::read::<K>(&text, Uuid::nil(), QUERY).is_err());
    assert!(Cursor::read::<K>(&text, STORE, "{}").is_err());
    let at = (usize::from(change[0]) * 256 + usize::from(change[1])) % text.len();
    let mut changed = text.clone().into_bytes();
    changed[at] = change[2];
    if let Ok(changed) = String::from_utf8(changed) {
        assert!(changed == text || Cursor::read::<K>(&changed, STORE, QUERY).is_err());
    }
    assert!(Cursor::read::<K>(&text[..at], STORE, QUERY).is_err());
}
