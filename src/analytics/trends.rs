//! GET /analytics/conversations/trends: the metrics of each hour, day, week or month of local dates.

use warp::http::HeaderMap;
use warp::reply::Response;

use super::ranges::{Dates, Granularity, MAX_BUCKETS, buckets};
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const TRENDS: &str = include_str!("../../sql/analytics/trends.sql");

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn trends(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let dates = Dates::read(&mut parameters);
    let granularity = parameters.or("granularity", Granularity::Day, choice(&Granularity::ALL));
    let format = Format::json_or_csv(&mut parameters, &headers);
    if let (Some(dates), Some(granularity)) = (dates, granularity)
        && !granularity.is_short_enough(dates)
    {
        let detail = format!("asks for more than {MAX_BUCKETS} buckets; shorten the dates or take a coarser one.");
        parameters.fault("granularity", "too_many_buckets", detail);
    }
    let (dates, granularity, format) = parameters.finish(|| Some((dates?, granularity?, format?)))?;

    let buckets = buckets(&app, granularity, dates, tenant.timezone).await?;
    let found = tenant_query(
        &app.reads,
        tenant.store_id,
        TRENDS,
        &[&tenant.store_id, &buckets.range.from, &buckets.range.to, &buckets.edges, &buckets.labels],
    )
    .await?;
    Ok(reply::complete_until(reply::rows(format, found.columns(), &found.rows)?, found.complete_until))
}
