//! GET /analytics/roi: what the AI saved in the last local days.

use rust_decimal::Decimal;
use warp::http::StatusCode;
use warp::reply::Response;

use super::ranges::day_range;
use crate::database::tenant_query;
use crate::http::auth::Tenant;
use crate::http::fields::{decimal, integer};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::{App, reply};
use crate::stores::roi_assumptions::{AI_COST, COST_PER_HOUR, MINUTES};

pub(super) const ROI: &str = include_str!("../../sql/analytics/roi.sql");

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn roi(app: App, tenant: Tenant, mut parameters: Parameters) -> Result<Response, Problem> {
    let days = parameters.or("period_days", 30, integer(1..=365));
    let mut assumption =
        |(name, limit): (&'static str, i64)| parameters.optional(name, decimal(Decimal::ZERO..=Decimal::from(limit)));
    let (cost_per_hour, minutes, ai_cost) = (assumption(COST_PER_HOUR), assumption(MINUTES), assumption(AI_COST));
    let (days, cost_per_hour, minutes, ai_cost) =
        parameters.finish(|| Some((i32::try_from(days?).ok()?, cost_per_hour?, minutes?, ai_cost?)))?;

    let (range, days) = day_range(&app, days, tenant.timezone).await?;
    let found = tenant_query(
        &app.pool,
        tenant.store_id,
        ROI,
        &[&tenant.store_id, &range.from, &range.to, &days.dates, &days.edges, &cost_per_hour, &minutes, &ai_cost],
    )
    .await?;
    let row = found.rows.first().ok_or(Problem::Internal)?;
    Ok(reply::complete_until(reply::json(StatusCode::OK, &reply::object(row)?)?, found.complete_until))
}
