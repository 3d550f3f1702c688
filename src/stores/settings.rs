//! What can be set on a store, and how it is checked.

use chrono_tz::Tz;
use rust_decimal::Decimal;
use tokio_postgres::error::SqlState;

use super::origins::origins;
use crate::database::DatabaseError;
use crate::http::body::Fields;
use crate::http::fields::{hundredths, text};
use crate::http::problem::Problem;

/// Settings that were given; the others stay as they are, or get their defaults.
#[derive(Debug, Default)]
pub struct StoreSettings {
    pub name: Option<String>,
    pub timezone: Option<String>,
    pub locale: Option<String>,
    pub currency: Option<String>,
    pub abandon_after_seconds: Option<i64>,
    pub gap_confidence_threshold: Option<Decimal>,
    pub allowed_origins: Option<Vec<String>>,
}

impl StoreSettings {
    /// Reads the settings of a new store, which must have a name; none only if there is a fault.
    pub fn read_new(body: &mut Fields) -> Option<Self> {
        let name = body.required("name", |value: String| name(&value));
        let others = Self::read_others(body);
        Some(Self { name: Some(name?), ..others? })
    }

    /// Reads the settings that are to change; none only if there is a fault.
    pub fn read(body: &mut Fields) -> Option<Self> {
        let name = body.optional("name", |value: String| name(&value));
        let others = Self::read_others(body);
        Some(Self { name: name?, ..others? })
    }

    fn read_others(body: &mut Fields) -> Option<Self> {
        let zone = body.optional("timezone", Ok::<String, String>);
        let zone = zone.and_then(|zone| checked_timezone(body, zone));
        let locale = body.optional("locale", |value: String| locale(&value));
        let currency = body.optional("currency", |value: String| currency(&value));
        let abandon_after_seconds = body.optional("abandon_after_seconds", abandon_after);
        let threshold = body.optional_number("gap_confidence_threshold", hundredths);
        let allowed_origins = body.optional("allowed_origins", |texts: Vec<String>| origins(&texts));
        Some(Self {
            name: None,
            timezone: zone?,
            locale: locale?,
            currency: currency?,
            abandon_after_seconds: abandon_after_seconds?,
            gap_confidence_threshold: threshold?,
            allowed_origins: allowed_origins?,
        })
    }
}

/// A name of 1 to 200 characters.
///
/// # Errors
/// What is expected, for people.
pub fn name(value: &str) -> Result<String, String> {
    if value.trim().is_empty() {
        return Err("must not be empty.".into());
    }
    text(1..=200)(value)
}

/// An IANA timezone by its exact name.
///
/// # Errors
/// What is expected, for people.
pub fn timezone(value: &str) -> Result<String, String> {
    let known: Result<Tz, _> = value.parse();
    known.map(|_| value.to_owned()).map_err(|_| "must be an IANA timezone, such as Europe/Berlin.".into())
}

/// The problem behind a store that the database did not take.
pub fn refused(error: DatabaseError) -> Problem {
    if error.sql_state() == Some(&SqlState::INVALID_PARAMETER_VALUE) {
        return Problem::body("timezone", "invalid_timezone", "is not known to the database.");
    }
    if error.constraint() == Some("stores_pkey") {
        return Problem::StoreExists;
    }
    error.into()
}

#[allow(clippy::option_option, reason = "a fault and an absent field are two things")]
fn checked_timezone(body: &mut Fields, given: Option<String>) -> Option<Option<String>> {
    let Some(given) = given else {
        return Some(None);
    };
    match timezone(&given) {
        Ok(zone) => Some(Some(zone)),
        Err(detail) => {
            body.fault("timezone", "invalid_timezone", detail);
            None
        }
    }
}

/// Part of BCP 47: subtags of letters and digits, which is what `stores.locale` holds.
fn locale(value: &str) -> Result<String, String> {
    let mut subtags = value.split('-');
    let is_language = subtags
        .next()
        .is_some_and(|tag| (2..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_good = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_language && value.len() <= 35 && subtags.all(is_good) {
        Ok(value.to_owned())
    } else {
        Err("must be a language tag, such as en-US.".into())
    }
}

fn currency(value: &str) -> Result<String, String> {
    if value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(value.to_owned())
    } else {
        Err("must be an ISO 4217 code, such as EUR.".into())
    }
}

fn abandon_after(seconds: i64) -> Result<i64, String> {
    if (60..=2_592_000).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("must be a whole number of seconds from 60 to 2592000.".into())
    }
}
