//! GET /analytics/quality: quality scores of local dates, how they spread, and whether good conversations resolve.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::ranges::{Comparison, Dates, Granularity, buckets, date_range};
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const QUALITY: &str = include_str!("../../sql/analytics/quality.sql");

#[derive(Serialize)]
struct Answer {
    date_range: [NaiveDate; 2],
    quality: Box<RawValue>,
    previous_period: Option<Box<RawValue>>,
    previous_date_range: Option<[NaiveDate; 2]>,
    daily: Vec<Box<RawValue>>,
    outcome: Vec<Box<RawValue>>,
    overall_score: Vec<Box<RawValue>>,
    helpfulness_score: Vec<Box<RawValue>>,
    accuracy_score: Vec<Box<RawValue>>,
    politeness_score: Vec<Box<RawValue>>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn quality(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let dates = Dates::read_days(&mut parameters);
    let compare = parameters.or("compare", Comparison::PreviousPeriod, choice(&Comparison::ALL));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (dates, compare, format) = parameters.finish(|| Some((dates?, compare?, format?)))?;

    let (range, days) = tokio::try_join!(
        date_range(&app, dates, compare, tenant.timezone),
        buckets(&app, Granularity::Day, dates, tenant.timezone),
    )?;
    let previous = range.previous.map(|(_, range)| range);
    let (previous_from, previous_to) = (previous.map(|range| range.from), previous.map(|range| range.to));
    let (from, to) = (range.current.from, range.current.to);
    let found = tenant_query(
        &app.reads,
        tenant.store_id,
        QUALITY,
        &[&tenant.store_id, &from, &to, &previous_from, &previous_to, &days.edges, &days.dates],
    )
    .await?;

    let response = match format {
        Format::Json => {
            let previous = range.previous.map(|(dates, _)| dates);
            reply::json(StatusCode::OK, &answer(dates, previous, &found.rows)?)?
        }
        Format::Csv | Format::Ndjson => reply::rows(format, found.columns(), &found.rows)?,
    };
    Ok(reply::complete_until(response, found.complete_until))
}

fn answer(dates: Dates, previous: Option<Dates>, rows: &[Row]) -> Result<Answer, Problem> {
    let parts = reply::parts(rows)?;
    Ok(Answer {
        date_range: [dates.start, dates.end],
        quality: parts.object("quality", &["label"])?.ok_or(Problem::Internal)?,
        previous_period: parts.object("previous_period", &["label"])?,
        previous_date_range: previous.map(|dates| [dates.start, dates.end]),
        daily: parts.array("daily", &[])?,
        outcome: parts.array("outcome", &[])?,
        overall_score: parts.array("overall_score", &[])?,
        helpfulness_score: parts.array("helpfulness_score", &[])?,
        accuracy_score: parts.array("accuracy_score", &[])?,
        politeness_score: parts.array("politeness_score", &[])?,
    })
}
