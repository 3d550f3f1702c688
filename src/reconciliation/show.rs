//! GET /api/v1/analytics/reconciliation: whether raw events, conversations, rollups and views of a range agree.

use std::ops::Deref;

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Client;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::check::{Check, Mode};
use super::report::{Counts, Report, Span};
use crate::analytics::ranges::{Asked, TimeRange};
use crate::database::Lease;
use crate::http::auth::Admin;
use crate::http::fields::uuid;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};
use crate::import::{Progress, Stop};
use crate::recalculation::{Edge, ResolvedRange, resolve};

/// Most days that one request may compare; the command line has no limit.
pub const MAX_DAYS: i64 = 31;

#[derive(Serialize)]
struct Answer {
    store_id: Option<Uuid>,
    range: TimeRange,
    unavailable_before: Option<String>,
    ranges: Vec<Span>,
    differences: Vec<Box<RawValue>>,
    counts: Counts,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, `UnknownStore`, or a failing database.
pub async fn show(
    app: App,
    _admin: Admin,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::read(&mut parameters);
    if asked.is_some_and(is_too_long) {
        let name = if matches!(asked, Some(Asked::Dates(_))) { "end_date" } else { "to" };
        let detail = format!("is more than {MAX_DAYS} days later; ask for less at once, or use `colloquy verify`.");
        parameters.fault(name, "range_too_long", detail);
    }
    let store_id = parameters.optional("store_id", uuid);
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (asked, store_id, format) = parameters.finish(|| Some((asked?, store_id?, format?)))?;

    let lease = Lease::take(&app.pool).await?;
    let client: &Client = lease.deref().deref();
    let ResolvedRange { from, to, is_store } = instants(client, asked, store_id).await?;
    if !is_store {
        lease.release();
        return Err(Problem::UnknownStore);
    }
    let (progress, stop) = (Progress::silent(), Stop::never());
    let check = Check { client, store_id, from, to, progress: &progress, stop: &stop };
    let report = check.run(Mode::Compare).await?.ok_or(Problem::Internal)?;
    lease.release();
    answer(&report, store_id, format)
}

fn answer(report: &Report, store_id: Option<Uuid>, format: Format) -> Result<Response, Problem> {
    let response = match format {
        Format::Csv => reply::rows(format, report.columns(), &report.differences)?,
        Format::Json | Format::Ndjson => {
            let answer = Answer {
                store_id,
                range: TimeRange { from: report.from, to: report.to },
                unavailable_before: report.unavailable_before.map(reply::rfc3339),
                ranges: report.ranges(),
                differences: reply::array(&report.differences)?,
                counts: report.counts.clone(),
            };
            reply::json(StatusCode::OK, &answer)?
        }
    };
    Ok(reply::complete_until(response, report.checked_at))
}

fn is_too_long(asked: Asked) -> bool {
    match asked {
        Asked::Dates(dates) => dates.count() > MAX_DAYS,
        Asked::Instants(range) => range.to - range.from > TimeDelta::days(MAX_DAYS),
    }
}

async fn instants(client: &Client, asked: Asked, store_id: Option<Uuid>) -> Result<ResolvedRange, Problem> {
    let (from, to) = match asked {
        Asked::Dates(dates) => (Edge::Date(dates.start), Edge::Date(dates.end)),
        Asked::Instants(range) => (Edge::Instant(range.from), Edge::Instant(range.to)),
    };
    Ok(resolve(client, from, to, store_id).await?)
}
