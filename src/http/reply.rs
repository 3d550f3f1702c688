//! Rows as JSON or CSV, by the names and types of their columns.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::value::RawValue;
use tokio_postgres::types::{FromSql, Json, Type};
use tokio_postgres::{Column, Row};
use uuid::Uuid;
use warp::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use warp::http::{HeaderMap, HeaderName, StatusCode};
use warp::reply::Response;

use super::csv;
use super::fields::choice;
use super::numeric::Numeric;
use super::parameters::Parameters;
use super::problem::Problem;

pub use super::coding::Coding;
pub use super::reply_parts::{Parts, parts};
pub use super::reply_stream::{Delivery, streamed};

const DATA_COMPLETE_UNTIL: HeaderName = HeaderName::from_static("x-data-complete-until");
const ROW_COUNT: HeaderName = HeaderName::from_static("x-row-count");

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An array of objects.
    Json,
    /// RFC 4180, with a header row.
    Csv,
    /// One object a line.
    Ndjson,
}

impl Format {
    /// The names of the parameter `format` where rows can be had as JSON or CSV.
    const JSON_OR_CSV: [(&'static str, Self); 2] = [("json", Self::Json), ("csv", Self::Csv)];
    /// The names of the parameter `format` of exports.
    pub const ALL: [(&'static str, Self); 3] = [("csv", Self::Csv), ("json", Self::Json), ("ndjson", Self::Ndjson)];

    /// The format of rows that can be had as JSON or CSV: the parameter `format`, or what `Accept` prefers, or JSON.
    pub fn json_or_csv(parameters: &mut Parameters, headers: &HeaderMap) -> Option<Self> {
        let accepted = Self::accepted(headers).filter(|format| *format != Self::Ndjson).unwrap_or(Self::Json);
        parameters.or("format", accepted, choice(&Self::JSON_OR_CSV))
    }

    /// What the header `Accept` prefers, if it names one of ours.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get(ACCEPT)?.to_str().ok()?;
        let weight = |media_type: &str| {
            let ranges = accept.split(',').filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let is_named = parts.next()?.eq_ignore_ascii_case(media_type);
                let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                is_named.then_some(weight)
            });
            ranges.fold(0.0, f32::max)
        };
        let mut best = None;
        let mut best_weight = 0.0;
        for format in [Self::Json, Self::Csv, Self::Ndjson] {
            let weight = weight(format.media_type());
            if weight > best_weight {
                (best, best_weight) = (Some(format), weight);
            }
        }
        best
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The usual ending of the name of a file of this format.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json | Self::Ndjson => self.media_type(),
        }
    }

    pub(super) fn start(self, out: &mut Vec<u8>, columns: &[Column]) {
        match self {
            Self::Json => out.push(b'['),
            Self::Csv => csv::record(out, columns.iter().map(|column| Some(csv::text(column.name())))),
            Self::Ndjson => {}
        }
    }

    pub(super) fn row(self, out: &mut Vec<u8>, row: &Row, is_first: bool) -> Result<(), ReplyError> {
        match self {
            Self::Json => {
                if !is_first {
                    out.push(b',');
                }
                write_object(out, row, &[])?;
            }
            Self::Ndjson => {
                write_object(out, row, &[])?;
                out.push(b'\n');
            }
            Self::Csv => {
                let cells = (0..row.len()).map(|index| cell(row, index)).collect::<Result<Vec<_>, _>>()?;
                csv::record(out, cells.into_iter().map(|cell| Some(cell?.into_csv())));
            }
        }
        Ok(())
    }

    pub(super) fn end(self, out: &mut Vec<u8>) {
        if self == Self::Json {
            out.push(b']');
        }
    }
}

/// A row cannot be written: a bug in the statement, not in the request.
#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    /// A value could not be read.
    #[error(transparent)]
    Row(#[from] tokio_postgres::Error),
    /// A value could not be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A column has a type that no answer has had so far.
    #[error("column {name} has the type {kind}, which reply.rs does not know")]
    UnknownType {
        /// Name of the column.
        name: String,
        /// Name of its type.
        kind: String,
    },
}

impl From<ReplyError> for Problem {
    fn from(error: ReplyError) -> Self {
        Self::internal(&error)
    }
}

/// A row as a JSON object, to be put into a larger answer.
///
/// # Errors
/// When a column has a type that answers do not have.
pub fn object(row: &Row) -> Result<Box<RawValue>, ReplyError> {
    object_without(row, &[])
}

/// As `object`, without some columns.
///
/// # Errors
/// As `object`.
pub fn object_without(row: &Row, hidden: &[&str]) -> Result<Box<RawValue>, ReplyError> {
    let mut out = Vec::new();
    write_object(&mut out, row, hidden)?;
    Ok(serde_json::from_slice(&out)?)
}

/// As `object_without`, followed by the fields of a struct that has some.
///
/// # Errors
/// As `object`.
pub fn object_with(row: &Row, hidden: &[&str], more: &impl serde::Serialize) -> Result<Box<RawValue>, ReplyError> {
    let mut out = Vec::new();
    write_object(&mut out, row, hidden)?;
    let more = serde_json::to_vec(more)?;
    out.pop();
    out.push(b',');
    out.extend_from_slice(&more[1..]);
    Ok(serde_json::from_slice(&out)?)
}

/// Rows as a JSON array of objects, to be put into a larger answer.
///
/// # Errors
/// As `object`.
pub fn array(rows: &[Row]) -> Result<Vec<Box<RawValue>>, ReplyError> {
    rows.iter().map(object).collect()
}

/// The answer that consists of these rows.
///
/// # Errors
/// `Problem::Internal` when a column has a type that answers do not have.
pub fn rows(format: Format, columns: &[Column], rows: &[Row]) -> Result<Response, Problem> {
    let mut out = Vec::new();
    format.start(&mut out, columns);
    for (index, row) in rows.iter().enumerate() {
        format.row(&mut out, row, index == 0)?;
    }
    format.end(&mut out);
    Ok(with_content_type(Response::new(out.into()), format.content_type()))
}

/// The answer that is this value as JSON.
///
/// # Errors
/// `Problem::Internal` when the value cannot be written.
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(ReplyError::from)?;
    let mut response = with_content_type(Response::new(body.into()), Format::Json.content_type());
    *response.status_mut() = status;
    Ok(response)
}

/// The answer without a body.
#[must_use]
pub fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Says up to which commit time the answer is complete.
#[must_use]
pub fn complete_until(mut response: Response, instant: DateTime<Utc>) -> Response {
    if let Ok(value) = rfc3339(instant).parse() {
        response.headers_mut().insert(DATA_COMPLETE_UNTIL, value);
    }
    response
}

/// Says how many rows the answer has.
#[must_use]
pub fn row_count(mut response: Response, count: i64) -> Response {
    response.headers_mut().insert(ROW_COUNT, count.into());
    response
}

pub(super) fn with_content_type(mut response: Response, content_type: &'static str) -> Response {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An instant as answers show it: RFC 3339 in UTC, with `Z`.
#[must_use]
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A value that is there, as JSON text or as plain text.
enum Cell {
    Number(String),
    Text(String),
    Json(String),
}

impl Cell {
    fn into_csv(self) -> String {
        match self {
            Self::Number(text) => text,
            Self::Text(text) | Self::Json(text) => csv::text(&text),
        }
    }
}

fn write_object(out: &mut Vec<u8>, row: &Row, hidden: &[&str]) -> Result<(), ReplyError> {
    out.push(b'{');
    let mut is_first = true;
    for (index, column) in row.columns().iter().enumerate() {
        if hidden.contains(&column.name()) {
            continue;
        }
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        serde_json::to_writer(&mut *out, column.name())?;
        out.push(b':');
        match cell(row, index)? {
            None => out.extend_from_slice(b"null"),
            Some(Cell::Text(text)) => serde_json::to_writer(&mut *out, &text)?,
            Some(Cell::Number(text) | Cell::Json(text)) => out.extend_from_slice(text.as_bytes()),
        }
    }
    out.push(b'}');
    Ok(())
}

fn cell(row: &Row, index: usize) -> Result<Option<Cell>, ReplyError> {
    let column = &row.columns()[index];
    let cell = match *column.type_() {
        Type::INT2 => number(get::<i16>(row, index)?)?,
        Type::INT4 => number(get::<i32>(row, index)?)?,
        Type::INT8 => number(get::<i64>(row, index)?)?,
        Type::FLOAT8 => number(get::<f64>(row, index)?.filter(|number| number.is_finite()))?,
        Type::NUMERIC => get::<Numeric>(row, index)?.and_then(|numeric| numeric.0).map(Cell::Number),
        Type::TEXT | Type::VARCHAR | Type::NAME => get(row, index)?.map(Cell::Text),
        Type::UUID => get::<Uuid>(row, index)?.map(|id| Cell::Text(id.to_string())),
        Type::BOOL => get::<bool>(row, index)?.map(|flag| Cell::Json(flag.to_string())),
        Type::DATE => get::<NaiveDate>(row, index)?.map(|date| Cell::Text(date.to_string())),
        Type::TIMESTAMPTZ => get::<DateTime<Utc>>(row, index)?.map(|instant| Cell::Text(rfc3339(instant))),
        Type::TEXT_ARRAY => {
            let texts = get::<Vec<Option<String>>>(row, index)?;
            texts.map(|texts| serde_json::to_string(&texts)).transpose()?.map(Cell::Json)
        }
        Type::JSON | Type::JSONB => {
            get::<Json<Box<RawValue>>>(row, index)?.map(|json| Cell::Json(compact(json.0.get())))
        }
        _ => {
            let name = column.name().to_owned();
            return Err(ReplyError::UnknownType { name, kind: column.type_().name().to_owned() });
        }
    };
    Ok(cell)
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<Option<T>, tokio_postgres::Error> {
    row.try_get(index)
}

/// As JSON writes it, so that JSON and CSV agree on every digit.
fn number(value: Option<impl serde::Serialize>) -> Result<Option<Cell>, serde_json::Error> {
    value.map(|value| serde_json::to_string(&value)).transpose().map(|text| text.map(Cell::Number))
}

/// JSON without the blanks between its tokens. PostgreSQL writes some, by which an `event_data` could become too large
/// to be imported again.
fn compact(json: &str) -> String {
    let mut is_in_text = false;
    let mut is_escaped = false;
    let kept = json.chars().filter(|character| {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = is_in_text,
            '"' => is_in_text = !is_in_text,
            _ => {}
        }
        is_in_text || !character.is_ascii_whitespace()
    });
    kept.collect()
}
