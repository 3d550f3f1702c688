//! POST /events: takes a request apart, checks each event, stores the good ones, and says what became of all.

use bytes::Bytes;
use chrono::Utc;
use serde::Serialize;
use serde_json::value::RawValue;
use warp::http::StatusCode;
use warp::reply::Response;

use super::Event;
use super::store::{Exception, Status};
use super::validate::{Fault, Origin, validate};
use super::writer::WriteError;
use crate::http::auth::{Access, Caller};
use crate::http::body::{documents, parse};
use crate::http::problem::Problem;
use crate::http::{App, reply};

/// Most events in one request.
pub const MAX_EVENTS: usize = 10_000;
// Beyond this, checking a body takes milliseconds, in which a worker thread could answer others.
const LARGE_BODY_BYTES: usize = 64 * 1024;

/// What became of the events of a request.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    accepted: usize,
    duplicates: usize,
    rejected: usize,
    errors: Vec<Rejected>,
}

#[derive(Clone, Debug, Serialize)]
struct Rejected {
    index: usize,
    #[serde(flatten)]
    fault: Fault,
}

/// The events of a request that are good, with their places in it, and the faults of the others.
struct Checked {
    events: Vec<Event>,
    places: Vec<usize>,
    errors: Vec<Rejected>,
}

/// The handler.
///
/// # Errors
/// Faults of the request, for which nothing of it is stored; no valid event; a full queue; a failing database.
pub async fn ingest(app: App, caller: Caller, content_type: Option<String>, body: Bytes) -> Result<Response, Problem> {
    let origin = match caller.access {
        Access::Store { store_id, .. } => Origin::Store(store_id),
        Access::Admin => Origin::AnyStore,
    };
    let is_ndjson = match content_type.as_deref() {
        None | Some("application/json") => false,
        Some("application/x-ndjson") => true,
        Some(_) => {
            return Err(Problem::UnsupportedMediaType { expected: "application/json or application/x-ndjson" });
        }
    };
    let checked = if body.len() > LARGE_BODY_BYTES {
        let check = move || check(&body, is_ndjson, origin);
        tokio::task::spawn_blocking(check).await.map_err(|error| Problem::internal(&error))??
    } else {
        check(&body, is_ndjson, origin)?
    };
    let exceptions = app.writer.write(checked.events).await?;
    answer(summary(&checked.places, checked.errors, &exceptions))
}

fn check(body: &[u8], is_ndjson: bool, origin: Origin) -> Result<Checked, Problem> {
    let texts = if is_ndjson { lines(body)? } else { documents(body, "events")? };
    match texts.len() {
        0 => return Err(Problem::body("events", "no_events", "is empty.")),
        count if count > MAX_EVENTS => return Err(Problem::TooManyEvents { count }),
        _ => {}
    }
    let now = Utc::now();
    let mut checked = Checked { events: Vec::with_capacity(texts.len()), places: Vec::new(), errors: Vec::new() };
    for (index, text) in texts.into_iter().enumerate() {
        match validate(text, origin, now, index) {
            Ok(event) => {
                checked.events.push(event);
                checked.places.push(index);
            }
            Err(fault) => checked.errors.push(Rejected { index, fault }),
        }
    }
    Ok(checked)
}

/// The events of an NDJSON body, one a line; blank lines do not count.
fn lines(body: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    body.split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(number, line)| parse(line, &format!("Line {}: ", number + 1)))
        .collect()
}

fn summary(places: &[usize], mut errors: Vec<Rejected>, exceptions: &[Exception]) -> Outcome {
    let mut duplicates = 0;
    let mut refused = 0;
    for exception in exceptions {
        let code = match exception.status {
            Status::Duplicate => {
                duplicates += 1;
                continue;
            }
            Status::Frozen => continue,
            Status::UnknownStore => "unknown_store",
            Status::ArchivedStore => "archived_store",
        };
        refused += 1;
        let detail = "This store takes no events.";
        let fault = Fault { code, field: Some("store_id".to_owned()), detail };
        errors.push(Rejected { index: places.get(exception.index).copied().unwrap_or_default(), fault });
    }
    errors.sort_by_key(|error| error.index);
    Outcome { accepted: places.len() - duplicates - refused, duplicates, rejected: errors.len(), errors }
}

fn answer(outcome: Outcome) -> Result<Response, Problem> {
    if outcome.accepted + outcome.duplicates == 0 {
        return Err(Problem::NoValidEvent(outcome));
    }
    let status = if outcome.rejected == 0 { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    reply::json(status, &outcome)
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::QueueFull => Self::QueueFull,
            WriteError::Unavailable => Self::DatabaseUnavailable,
            // Logged where it happened.
            WriteError::Refused => Self::Internal,
        }
    }
}
