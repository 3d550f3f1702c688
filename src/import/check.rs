//! Checks one line of a file.

use std::str;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use super::lines::Line;
use crate::events::{
    Event,
    validate::{Fault, Origin, validate},
};

/// The event of a line, or the first fault of the line.
pub fn check(line: &Line<'_>, now: DateTime<Utc>) -> Result<Event, Fault> {
    let text = match line {
        Line::Text(text) => text,
        Line::TooLong => return Err(fault("line_too_long", "A line is at most 1 MiB.")),
    };
    let invalid = || fault("invalid_json", "A line is one JSON object in UTF-8.");
    let text = str::from_utf8(text).map_err(|_| invalid())?;
    let json: &RawValue = serde_json::from_str(text).map_err(|_| invalid())?;
    validate(json, Origin::File, now, 0)
}

fn fault(code: &'static str, detail: &'static str) -> Fault {
    Fault { code, field: None, detail }
}
