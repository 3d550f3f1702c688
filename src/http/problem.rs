//! Every error an HTTP client can get: one enum, and one table of status, code and title.

use std::borrow::Cow;
use std::error::Error;

use serde::Serialize;
use warp::http::StatusCode;
use warp::http::header::{ACCEPT_ENCODING, ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use warp::reject::{Reject, Rejection};
use warp::reply::{Reply, Response};

use super::auth::Scope;
use super::method::allowed_methods;
use crate::database::{DatabaseError, error_chain};
use crate::events::ingest::{self, MAX_EVENTS};
use crate::quality::scores::{self, MAX_SCORES};

/// Why a request was not done.
#[derive(Clone, Debug)]
pub enum Problem {
    MissingKey,
    InvalidKey,
    ExpiredKey,
    RevokedKey,
    MissingScope(Scope),
    ForeignStore,
    UnknownStore,
    UnknownConversation,
    UnknownContentGap,
    UnknownRecalculation,
    UnknownCustomer,
    /// Faults of the query string.
    Parameters(Vec<Fault>),
    NotFound,
    MethodNotAllowed {
        /// The methods of the path, as in the header `Allow`.
        allow: String,
    },
    InvalidJson(String),
    IncompleteBody,
    BodyTooSlow,
    BodyTooLarge {
        limit_bytes: usize,
    },
    UnsupportedMediaType {
        /// The content types that would have been read.
        expected: &'static str,
    },
    /// Faults of the fields of a JSON body.
    Body(Vec<Fault>),
    /// More events in one request than there may be.
    TooManyEvents {
        /// How many there are.
        count: usize,
    },
    /// Not one event of a request could be stored.
    NoValidEvent(ingest::Outcome),
    /// More quality scores in one request than there may be.
    TooManyScores {
        /// How many there are.
        count: usize,
    },
    /// Not one quality score of a request could be stored.
    NoValidScore(scores::Outcome),
    /// The body has an encoding that is not undone here.
    UnsupportedContentEncoding,
    /// What is wrong with a body that should be gzip.
    InvalidGzip(String),
    /// A page of another origin asks, and no store lists it.
    OriginNotAllowed,
    /// A page of another site sent a form of the dashboard.
    CrossSite,
    StoreExists,
    ContentGapExists,
    /// A key that is to be rotated is revoked or expired.
    KeyEnded,
    /// A key that is to be rotated has a successor.
    KeyReplaced,
    /// Retention, an archive or a writer holds what an erasure needs.
    EventsInUse,
    /// The key has sent more requests than it may, or an address has tried to sign in too often.
    TooManyRequests {
        /// When the next one is taken.
        retry_after_seconds: u64,
    },
    /// As many events wait as the queue may hold.
    QueueFull,
    /// Bodies of requests take all the memory that they may.
    ServerBusy,
    /// As many connections are open as may be.
    TooManyConnections,
    /// As many exports run as may at a time.
    TooManyExports,
    /// As many clients follow the live metrics as may at a time.
    TooManyListeners,
    NotReady(&'static str),
    DatabaseUnavailable,
    QueryTimeout,
    /// The cause has been logged under the id of the request.
    Internal,
}

/// One fault of a parameter or of a field.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// Name of the parameter or field.
    pub field: Cow<'static, str>,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: String,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: String,
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
    #[serde(flatten)]
    outcome: Option<Outcome<'a>>,
}

/// What became of the parts of a request none of which was stored.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome<'a> {
    Events(&'a ingest::Outcome),
    Scores(&'a scores::Outcome),
}

impl Problem {
    /// The table: status, code, title.
    pub(super) fn row(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Parameters(faults) => (400, first_code(faults), "The query string is not valid"),
            Self::MissingKey => (401, "missing_key", "An API key is needed"),
            Self::InvalidKey => (401, "invalid_key", "The API key is not valid"),
            Self::ExpiredKey => (401, "expired_key", "The API key has expired"),
            Self::RevokedKey => (401, "revoked_key", "The API key has been revoked"),
            Self::MissingScope(_) => (403, "missing_scope", "The API key may not do this"),
            Self::ForeignStore => (403, "foreign_store", "The API key belongs to another store"),
            Self::OriginNotAllowed => (403, "origin_not_allowed", "Pages of this origin may not send events"),
            Self::CrossSite => (403, "cross_site", "Pages of other sites may not send forms of the dashboard"),
            Self::UnknownStore => (404, "unknown_store", "There is no such store"),
            Self::UnknownConversation => (404, "unknown_conversation", "There is no such conversation"),
            Self::UnknownContentGap => (404, "unknown_content_gap", "There is no such content gap"),
            Self::UnknownRecalculation => (404, "unknown_recalculation", "There is no such recalculation"),
            Self::UnknownCustomer => (404, "unknown_customer", "There is no such customer"),
            Self::NotFound => (404, "not_found", "There is nothing here"),
            Self::MethodNotAllowed { .. } => (405, "method_not_allowed", "This path does not have this method"),
            Self::BodyTooSlow => (408, "body_too_slow", "The body took too long to come"),
            Self::StoreExists => (409, "store_exists", "There is a store with this id already"),
            Self::ContentGapExists => (409, "content_gap_exists", "There is a content gap on this topic already"),
            Self::KeyEnded => (409, "key_ended", "The key to rotate is revoked or expired"),
            Self::KeyReplaced => (409, "key_replaced", "The key to rotate has a successor already"),
            Self::BodyTooLarge { .. } => (413, "body_too_large", "The body is too large"),
            Self::UnsupportedMediaType { .. } => (415, "unsupported_media_type", "This content type is not understood"),
            Self::TooManyEvents { .. } => (413, "too_many_events", "The request has too many events"),
            Self::TooManyScores { .. } => (413, "too_many_scores", "The request has too many scores"),
            Self::UnsupportedContentEncoding => (415, "unsupported_content_encoding", "This encoding is unknown"),
            Self::InvalidGzip(_) => (422, "invalid_gzip", "The body is not gzip"),
            Self::InvalidJson(_) => (422, "invalid_json", "The body is not JSON"),
            Self::IncompleteBody => (422, "incomplete_body", "The body ended too early"),
            Self::NoValidEvent(_) => (422, "no_valid_event", "No event of the request could be stored"),
            Self::NoValidScore(_) => (422, "no_valid_score", "No score of the request could be stored"),
            Self::Body(faults) => (422, first_code(faults), "The body is not valid"),
            Self::TooManyRequests { .. } => (429, "too_many_requests", "Too many requests"),
            Self::Internal => (500, "internal_error", "Something went wrong on our side"),
            Self::EventsInUse => (503, "events_in_use", "The events are in use"),
            Self::QueueFull => (503, "queue_full", "Too many events are waiting to be stored"),
            Self::ServerBusy => (503, "server_busy", "Too many bodies are being read"),
            Self::TooManyConnections => (503, "too_many_connections", "Too many connections are open"),
            Self::TooManyExports => (503, "too_many_exports", "Too many exports are running"),
            Self::TooManyListeners => (503, "too_many_listeners", "Too many clients follow the live metrics"),
            Self::NotReady(_) => (503, "not_ready", "The server is not ready"),
            Self::DatabaseUnavailable => (503, "database_unavailable", "The database cannot be reached"),
            Self::QueryTimeout => (503, "query_timeout", "The query took too long"),
        }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().1
    }

    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.row().0
    }

    /// What happened, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.row().2
    }

    /// Whether the body is at fault, be it its form or its size.
    #[must_use]
    pub fn is_of_body(&self) -> bool {
        matches!(self.row().0, 408 | 413 | 415 | 422)
    }

    /// What is wrong, for people.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::MissingKey => "Send the header \"Authorization: Bearer clq_…\".".into(),
            Self::InvalidKey => "The key is malformed or unknown.".into(),
            Self::ExpiredKey | Self::RevokedKey => "Use another key.".into(),
            Self::MissingScope(scope) => format!("A key with the scope {} is needed.", scope.name()),
            Self::ForeignStore => "Leave store_id out, or use a key of that store.".into(),
            Self::UnknownStore => "No store has this store_id.".into(),
            Self::UnknownConversation => "No conversation of the store has this id.".into(),
            Self::UnknownContentGap => "No content gap of the store has this id.".into(),
            Self::UnknownRecalculation => "No recalculation has this id.".into(),
            Self::UnknownCustomer => "Nothing of the store names this customer, or it was erased before.".into(),
            Self::Parameters(faults) | Self::Body(faults) => {
                faults.iter().map(|fault| format!("{}: {}", fault.field, fault.detail)).collect::<Vec<_>>().join(" ")
            }
            Self::NotFound => "Neither this path nor what it names exists.".into(),
            Self::MethodNotAllowed { allow } => format!("The path has {allow}."),
            Self::InvalidJson(detail) => detail.clone(),
            Self::IncompleteBody | Self::BodyTooSlow => "Nothing of it was used.".into(),
            Self::BodyTooLarge { limit_bytes } => format!("At most {limit_bytes} bytes are read."),
            Self::UnsupportedMediaType { expected } => format!("Send {expected}."),
            Self::UnsupportedContentEncoding => "Send gzip, or the body as it is.".into(),
            Self::InvalidGzip(detail) => format!("It cannot be decompressed: {detail}."),
            Self::OriginNotAllowed => "No store has the origin of this page among its allowed_origins.".into(),
            Self::CrossSite => "Nothing was changed. Use the form of the dashboard itself.".into(),
            Self::TooManyEvents { count } => format!("There are {count}; send at most {MAX_EVENTS} at once."),
            Self::NoValidEvent(_) => "The errors say why, each with the index of its event.".into(),
            Self::TooManyScores { count } => format!("There are {count}; send at most {MAX_SCORES} at once."),
            Self::NoValidScore(_) => "The errors say why, each with the index of its score.".into(),
            Self::StoreExists | Self::ContentGapExists => "Nothing was changed.".into(),
            Self::TooManyRequests { retry_after_seconds } => {
                format!("Nothing was done. Send it again after {retry_after_seconds} s, or put more into one request.")
            }
            Self::KeyEnded => "Nothing was changed. Create a new key.".into(),
            Self::KeyReplaced => "Nothing was changed. Rotate its successor: replaced_by in the list of keys.".into(),
            Self::QueueFull => "Nothing of the request was taken. Send it again after the pause.".into(),
            Self::EventsInUse => "Retention, an archive or a writer holds them. Nothing was changed; try again.".into(),
            Self::ServerBusy => "Nothing of the request was used. Send it again after the pause.".into(),
            Self::TooManyConnections => "Use connections for several requests, and close those that are idle.".into(),
            Self::TooManyExports => "Start it again once another one has ended.".into(),
            Self::TooManyListeners => "Ask another server, or for the metrics of today from time to time.".into(),
            Self::NotReady(reason) => (*reason).into(),
            Self::DatabaseUnavailable => "Try again in a moment.".into(),
            Self::QueryTimeout => "Ask for a shorter range.".into(),
            Self::Internal => "The log of the server tells more under the request id.".into(),
        }
    }

    /// Faults of single parameters or fields.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Parameters(faults) | Self::Body(faults) => faults,
            _ => &[],
        }
    }

    /// Logs the cause of an internal error, which clients must not see.
    pub fn internal(cause: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = error_chain(cause), "internal error");
        Self::Internal
    }

    /// A single fault of the query string.
    #[must_use]
    pub fn parameter(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Parameters(vec![Fault { field: field.into(), code, detail: detail.into() }])
    }

    /// A single fault of the body.
    #[must_use]
    pub fn body(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Body(vec![Fault { field: field.into(), code, detail: detail.into() }])
    }

    /// The answer as it goes out; only the frame knows the id of the request.
    pub(super) fn document(&self, request_id: &str) -> Vec<u8> {
        let (status, code, title) = self.row();
        let document = Document {
            r#type: format!("/docs/errors.md#{code}"),
            title,
            status,
            detail: self.detail(),
            code,
            request_id,
            errors: self.faults(),
            outcome: match self {
                Self::NoValidEvent(outcome) => Some(Outcome::Events(outcome)),
                Self::NoValidScore(outcome) => Some(Outcome::Scores(outcome)),
                _ => None,
            },
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    pub(super) fn header(&self) -> Option<(warp::http::HeaderName, HeaderValue)> {
        match self {
            Self::MissingKey | Self::InvalidKey | Self::ExpiredKey | Self::RevokedKey => {
                Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            Self::UnsupportedContentEncoding => Some((ACCEPT_ENCODING, HeaderValue::from_static("gzip"))),
            Self::MethodNotAllowed { allow } => Some((ALLOW, allow.parse().ok()?)),
            Self::TooManyRequests { retry_after_seconds } => {
                Some((RETRY_AFTER, HeaderValue::from(*retry_after_seconds)))
            }
            Self::QueueFull
            | Self::ServerBusy
            | Self::TooManyConnections
            | Self::NotReady(_)
            | Self::DatabaseUnavailable
            | Self::QueryTimeout => Some((RETRY_AFTER, HeaderValue::from_static("1"))),
            Self::EventsInUse | Self::TooManyExports | Self::TooManyListeners => {
                Some((RETRY_AFTER, HeaderValue::from_static("5")))
            }
            _ => None,
        }
    }
}

impl Reject for Problem {}

impl Reply for Problem {
    /// Leaves the body to the frame, which finds the problem among the extensions.
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::from_u16(self.row().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        if error.is_unavailable() {
            tracing::warn!(error = error_chain(&error), "the database cannot be reached");
            return Self::DatabaseUnavailable;
        }
        match error.sql_state().map(tokio_postgres::error::SqlState::code) {
            Some("57014") => Self::QueryTimeout,
            _ => Self::internal(&error),
        }
    }
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

/// What a request gets that no route took: the problem a filter named, 405, or 404.
pub(super) fn of_rejection(rejection: &Rejection) -> Problem {
    if let Some(problem) = rejection.find::<Problem>() {
        return problem.clone();
    }
    match allowed_methods(rejection) {
        Some(allow) => Problem::MethodNotAllowed { allow },
        None => Problem::NotFound,
    }
}

fn first_code(faults: &[Fault]) -> &'static str {
    faults.first().map_or("invalid_parameter", |fault| fault.code)
}
