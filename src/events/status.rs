//! GET /ingest/status: how fresh the events of a store are, how late they came, and how many there were in the last hours.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::database::{self, tenant_query};
use crate::http::auth::Tenant;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const HOURS: &str = include_str!("../../sql/events/status_hours.sql");
const STATUS: &str = include_str!("../../sql/events/status.sql");
// The columns that say nothing in the rows of a part.
const NOT_OF_STATUS: [&str; 4] = ["part", "bucket", "events", "rejected_events"];
const NOT_OF_HOURLY: [&str; 9] = [
    "store_id",
    "timezone",
    "last_event_at",
    "last_received_at",
    "events_last_hour",
    "events_last_24_hours",
    "rejected_last_24_hours",
    "delay_p50_ms",
    "delay_p95_ms",
];

/// What an answer shows beside the row `status`.
#[derive(Serialize)]
struct More {
    hourly: Vec<Box<RawValue>>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn status(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::json_or_csv(&mut parameters, &headers);
    let format = parameters.finish(|| format)?;

    let zone = tenant.timezone.name();
    let hours = database::query(&app.pool, HOURS, &[&zone]).await?;
    let hours = hours.first().ok_or(Problem::Internal)?;
    let (from, now): (DateTime<Utc>, DateTime<Utc>) = (hours.try_get("from_at")?, hours.try_get("now_at")?);
    let (edges, labels): (Vec<DateTime<Utc>>, Vec<String>) = (hours.try_get("edges")?, hours.try_get("labels")?);
    let store_id = tenant.store_id;
    let found = tenant_query(&app.pool, store_id, STATUS, &[&store_id, &from, &now, &edges, &labels, &zone]).await?;

    let response = if format == Format::Csv {
        reply::rows(format, found.columns(), &found.rows)?
    } else {
        let parts = reply::parts(&found.rows)?;
        let status = parts.rows("status").next().ok_or(Problem::Internal)?;
        let more = More { hourly: parts.array("hourly", &NOT_OF_HOURLY)? };
        reply::json(StatusCode::OK, &reply::object_with(status, &NOT_OF_STATUS, &more)?)?
    };
    Ok(reply::complete_until(response, found.complete_until))
}
