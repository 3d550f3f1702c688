//! GET /analytics/breakdown: the metrics of local dates by channel, language, kind of agent or hour of the week.

use warp::http::HeaderMap;
use warp::reply::Response;

use super::ranges::{Comparison, Dates, date_range};
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const BREAKDOWN: &str = include_str!("../../sql/analytics/breakdown.sql");

/// What conversations can be grouped by, under the names that the statement knows.
pub const BY: [(&str, &str); 4] =
    [("channel", "channel"), ("language", "language"), ("agent", "agent"), ("hour_of_week", "hour_of_week")];

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn breakdown(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let by = parameters.required("by", choice(&BY));
    let dates = Dates::read(&mut parameters);
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (by, dates, format) = parameters.finish(|| Some((by?, dates?, format?)))?;

    let range = date_range(&app, dates, Comparison::None, tenant.timezone).await?.current;
    let found = tenant_query(
        &app.reads,
        tenant.store_id,
        BREAKDOWN,
        &[&tenant.store_id, &range.from, &range.to, &by, &tenant.timezone.name()],
    )
    .await?;
    Ok(reply::complete_until(reply::rows(format, found.columns(), &found.rows)?, found.complete_until))
}
