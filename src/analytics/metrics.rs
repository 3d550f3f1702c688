//! GET /analytics/metrics: the metrics of local dates, compared with earlier ones.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use warp::http::StatusCode;
use warp::reply::Response;

use super::growth_rate;
use super::ranges::{Comparison, Dates, date_range};
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::{App, reply};

const METRICS: &str = include_str!("../../sql/analytics/metrics.sql");

#[derive(Serialize)]
struct Answer {
    date_range: [NaiveDate; 2],
    metrics: Box<RawValue>,
    previous_period: Option<Box<RawValue>>,
    previous_date_range: Option<[NaiveDate; 2]>,
    growth_rate: Option<f64>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn metrics(app: App, tenant: Tenant, mut parameters: Parameters) -> Result<Response, Problem> {
    let dates = Dates::read(&mut parameters);
    let compare = parameters.or("compare", Comparison::PreviousPeriod, choice(&Comparison::ALL));
    let (dates, compare) = parameters.finish(|| Some((dates?, compare?)))?;

    let range = date_range(&app, dates, compare, tenant.timezone).await?;
    let previous = range.previous.map(|(_, range)| range);
    let (previous_from, previous_to) = (previous.map(|range| range.from), previous.map(|range| range.to));
    let found = tenant_query(
        &app.pool,
        tenant.store_id,
        METRICS,
        &[&tenant.store_id, &range.current.from, &range.current.to, &previous_from, &previous_to],
    )
    .await?;

    let current = part(&found.rows, "metrics")?;
    let earlier = range.previous.map(|_| part(&found.rows, "previous_period")).transpose()?;
    let answer = Answer {
        date_range: [dates.start, dates.end],
        growth_rate: growth(current, earlier)?,
        metrics: reply::object_without(current, &["part"])?,
        previous_period: earlier.map(|row| reply::object_without(row, &["part"])).transpose()?,
        previous_date_range: range.previous.map(|(dates, _)| [dates.start, dates.end]),
    };
    Ok(reply::complete_until(reply::json(StatusCode::OK, &answer)?, found.complete_until))
}

/// The row of a part; the statement returns one for each.
pub(super) fn part<'a>(rows: &'a [Row], name: &str) -> Result<&'a Row, Problem> {
    for row in rows {
        if row.try_get::<_, &str>("part")? == name {
            return Ok(row);
        }
    }
    Err(Problem::Internal)
}

/// How the number of conversations grew from one row to another.
pub(super) fn growth(current: &Row, previous: Option<&Row>) -> Result<Option<f64>, Problem> {
    let total = |row: &Row| row.try_get::<_, i64>("total_conversations");
    Ok(growth_rate(total(current)?, previous.map(total).transpose()?))
}
