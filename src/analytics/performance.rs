//! GET /analytics/performance: in which direction metrics move over local dates, and on which days they deviate.

use warp::http::HeaderMap;
use warp::reply::Response;

use super::ranges::{Dates, Granularity, buckets};
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const PERFORMANCE: &str = include_str!("../../sql/analytics/performance.sql");

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn performance(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let dates = Dates::read_days(&mut parameters);
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (dates, format) = parameters.finish(|| Some((dates?, format?)))?;

    let days = buckets(&app, Granularity::Day, dates, tenant.timezone).await?;
    let found = tenant_query(
        &app.reads,
        tenant.store_id,
        PERFORMANCE,
        &[&tenant.store_id, &days.range.from, &days.range.to, &days.edges, &days.dates, &dates.start],
    )
    .await?;
    Ok(reply::complete_until(reply::rows(format, found.columns(), &found.rows)?, found.complete_until))
}
