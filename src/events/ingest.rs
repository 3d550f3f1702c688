//! POST /events: takes a request apart, checks each event, stores the good ones, and says what became of all.
//! With `dry_run=true` it says what would.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use warp::http::StatusCode;
use warp::reject::{self, Rejection};
use warp::reply::Response;

use super::Event;
use super::dry_run::dry_run;
use super::record_rejections::{record_events, record_request};
use super::store::{Exception, Status};
use super::validate::{Fault, Origin, validate};
use super::writer::WriteError;
use crate::http::auth::{Access, Caller};
use crate::http::documents::{documents, lines};
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::{App, reply};

/// Most events in one request.
pub const MAX_EVENTS: usize = 10_000;
// Beyond this, checking a body takes milliseconds, in which a worker thread could answer others. It may also take many
// times the memory of the body, hence one body a processor at a time.
const LARGE_BODY_BYTES: usize = 64 * 1024;

/// What became of the events of a request.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    accepted: usize,
    duplicates: usize,
    rejected: usize,
    errors: Vec<Rejected>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

/// An event that was not stored.
#[derive(Clone, Debug, Serialize)]
pub struct Rejected {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Why.
    #[serde(flatten)]
    pub fault: Fault,
}

/// The events of a request that are good, with their places in it, and the faults of the others.
pub struct Checked {
    /// All events, as they were sent.
    pub texts: Vec<Bytes>,
    /// The good ones.
    pub events: Vec<Event>,
    /// The place of each of these in the request, from 0.
    pub places: Vec<usize>,
    /// The others.
    pub errors: Vec<Rejected>,
}

/// Whether a request only asks what would become of its events.
///
/// # Errors
/// Faults of the parameters.
pub fn is_dry_run(mut parameters: Parameters) -> Result<bool, Problem> {
    let is_dry_run = parameters.or("dry_run", false, choice(&[("false", false), ("true", true)]));
    parameters.finish(|| is_dry_run)
}

/// Refuses while the queue is full, before a key is looked up and a body read: refusing must cost less than storing.
///
/// # Errors
/// `QueueFull`.
pub async fn has_room(app: App) -> Result<(), Rejection> {
    if app.writer.is_full() {
        app.writer.metrics().refused(Problem::QueueFull.code());
        return Err(reject::custom(Problem::QueueFull));
    }
    Ok(())
}

/// The handler.
///
/// # Errors
/// Faults of the request, for which nothing of it is stored; no valid event; a full queue; a failing database.
pub async fn ingest(
    app: App,
    caller: Caller,
    is_dry_run: bool,
    content_type: Option<String>,
    body: Result<Bytes, Problem>,
) -> Result<Response, Problem> {
    let sent = body.as_ref().ok().cloned();
    let checked = match check_request(&app, &caller.access, content_type.as_deref(), body).await {
        Ok(checked) => checked,
        Err(problem) => {
            if !is_dry_run {
                app.writer.metrics().refused(problem.code());
                record_request(&app, &caller.access, &problem, sent.as_deref()).await;
            }
            return Err(problem);
        }
    };
    if is_dry_run {
        let exceptions = dry_run(&app.pool, &checked.events).await?;
        return answer(Outcome { dry_run: true, ..summary(&checked.places, checked.errors, &exceptions) });
    }
    let held = sent.unwrap_or_default();
    let exceptions = match app.writer.write(checked.events, held).await {
        Ok(exceptions) => exceptions,
        Err(error) => {
            let problem = Problem::from(error);
            app.writer.metrics().refused(problem.code());
            return Err(problem);
        }
    };
    let outcome = summary(&checked.places, checked.errors, &exceptions);
    for error in &outcome.errors {
        app.writer.metrics().rejected(error.fault.code);
    }
    record_events(&app, &caller.access, &outcome.errors, |index| &checked.texts[index]).await;
    answer(outcome)
}

async fn check_request(
    app: &App,
    access: &Access,
    content_type: Option<&str>,
    body: Result<Bytes, Problem>,
) -> Result<Checked, Problem> {
    let origin = match access {
        Access::Store { store_id, .. } => Origin::Store(*store_id),
        Access::Admin => Origin::AnyStore,
    };
    let body = body?;
    let is_ndjson = match content_type {
        None | Some("application/json") => false,
        Some("application/x-ndjson") => true,
        Some(_) => {
            return Err(Problem::UnsupportedMediaType { expected: "application/json or application/x-ndjson" });
        }
    };
    if body.len() <= LARGE_BODY_BYTES {
        return check(&body, is_ndjson, origin, Utc::now());
    }
    let _place = app.bodies.place_to_check().await;
    let check = move || check(&body, is_ndjson, origin, Utc::now());
    tokio::task::spawn_blocking(check).await.map_err(|error| Problem::internal(&error))?
}

/// Takes a body apart, a JSON document or NDJSON, and checks each event of it.
///
/// # Errors
/// Faults of the request as a whole: its form, no event or too many.
pub fn check(body: &Bytes, is_ndjson: bool, origin: Origin, now: DateTime<Utc>) -> Result<Checked, Problem> {
    let texts = if is_ndjson { lines(body, MAX_EVENTS)? } else { documents(body, "events", MAX_EVENTS)? };
    match texts.count {
        0 => return Err(Problem::body("events", "no_events", "is empty.")),
        count if count > MAX_EVENTS => return Err(Problem::TooManyEvents { count }),
        _ => {}
    }
    let texts = texts.kept;
    let mut checked = Checked {
        texts: texts.iter().map(|text| body.slice_ref(text.get().as_bytes())).collect(),
        events: Vec::with_capacity(texts.len()),
        places: Vec::new(),
        errors: Vec::new(),
    };
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
    Outcome {
        accepted: places.len() - duplicates - refused,
        duplicates,
        rejected: errors.len(),
        errors,
        dry_run: false,
    }
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
