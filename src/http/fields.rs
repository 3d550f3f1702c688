//! How parameters and fields are read: each by its name and a rule, with all faults collected before any is told.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A local date as `YYYY-MM-DD`, in the years 1970 to 9999.
///
/// # Errors
/// What is expected, for people.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let expected = || "must be a date as YYYY-MM-DD, in the years 1970 to 9999.".to_owned();
    // chrono alone would also take "2026-1-2" and "+2026-01-02".
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| expected())?;
    if is_plain && (1970..=9999).contains(&date.year()) { Ok(date) } else { Err(expected()) }
}

/// An instant in RFC 3339, with any offset, in the years 1970 to 9999, cut to microseconds.
///
/// # Errors
/// What is expected, for people.
pub fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    Some(text)
        // chrono alone would also take a typographic minus.
        .filter(|text| text.is_ascii())
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|instant| as_stored(instant.to_utc()))
        .filter(|instant| (1970..=9999).contains(&instant.year()))
        .ok_or_else(|| "must be an instant in RFC 3339, such as 2026-11-22T10:00:00Z.".to_owned())
}

/// An instant as the database keeps it: cut to microseconds, and second 60 is the first one of the next minute.
#[must_use]
pub fn as_stored(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// A whole number in a range.
///
/// # Errors
/// What is expected, for people.
pub fn integer(range: RangeInclusive<i64>) -> impl Fn(&str) -> Result<i64, String> {
    move |text| {
        let is_plain = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|number| is_plain && range.contains(number))
            .ok_or_else(|| format!("must be a whole number from {} to {}.", range.start(), range.end()))
    }
}

/// A decimal number in a range, without exponent.
///
/// # Errors
/// What is expected, for people.
pub fn decimal(range: RangeInclusive<Decimal>) -> impl Fn(&str) -> Result<Decimal, String> {
    move |text| {
        let is_plain = text.bytes().any(|byte| byte.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte));
        Decimal::from_str(text)
            .ok()
            .filter(|number| is_plain && range.contains(number))
            .ok_or_else(|| format!("must be a decimal number from {} to {}.", range.start(), range.end()))
    }
}

/// A number from 0 to 1 with at most two decimals, as `numeric(3,2)` holds it without rounding.
///
/// # Errors
/// What is expected, for people.
pub fn hundredths(text: &str) -> Result<Decimal, String> {
    let value = decimal(Decimal::ZERO..=Decimal::ONE)(text)?.normalize();
    if value.scale() <= 2 { Ok(value) } else { Err("must have at most two decimals.".into()) }
}

/// A UUID.
///
/// # Errors
/// What is expected, for people.
pub fn uuid(text: &str) -> Result<Uuid, String> {
    Uuid::try_parse(text).map_err(|_| "must be a UUID.".to_owned())
}

/// One of several words.
///
/// # Errors
/// What is expected, for people.
pub fn choice<T: Copy>(choices: &[(&'static str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let found = choices.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            format!("must be one of {}.", names.join(", "))
        })
    }
}

/// A text of some length in characters, without control characters.
///
/// # Errors
/// What is expected, for people.
pub fn text(length: RangeInclusive<usize>) -> impl Fn(&str) -> Result<String, String> {
    move |text| {
        if length.contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(text.to_owned())
        } else {
            Err(format!("must be a text of {} to {} characters.", length.start(), length.end()))
        }
    }
}
