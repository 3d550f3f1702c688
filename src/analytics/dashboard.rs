//! GET /analytics/dashboard: the current calendar period at a glance.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;

use super::metrics::{growth, part};
use super::ranges::{Period, TimeRange, period_range};
use super::roi::{self, ROI};
use crate::database::tenant_queries;
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::{App, reply};

const DASHBOARD: &str = include_str!("../../sql/analytics/dashboard.sql");

#[derive(Serialize)]
struct Answer {
    store_id: Uuid,
    timezone: &'static str,
    period: &'static str,
    range: TimeRange,
    metrics: Box<RawValue>,
    previous_period: Box<RawValue>,
    previous_range: TimeRange,
    growth_rate: Option<f64>,
    daily: Vec<Box<RawValue>>,
    roi: Box<RawValue>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn dashboard(app: App, tenant: Tenant, mut parameters: Parameters) -> Result<Response, Problem> {
    let period = parameters.or("period", Period::Month, choice(&Period::ALL));
    let whole = parameters.or("compare", false, choice(&[("elapsed", false), ("full", true)]));
    let (period, whole) = parameters.finish(|| Some((period?, whole?)))?;

    let range = period_range(&app, period, whole, tenant.timezone).await?;
    let (store_id, current, previous, days) = (tenant.store_id, range.current, range.previous, &range.days);
    let no_override: Option<Decimal> = None;
    let found = tenant_queries(
        &app.pool,
        store_id,
        &[
            (
                DASHBOARD,
                &[&store_id, &current.from, &current.to, &previous.from, &previous.to, &days.edges, &range.labels],
            ),
            (
                ROI,
                &[
                    &store_id,
                    &current.from,
                    &current.to,
                    &days.dates,
                    &days.edges,
                    &no_override,
                    &no_override,
                    &no_override,
                ],
            ),
        ],
    )
    .await?;

    let rows = &found.sets[0].rows;
    let (metrics, earlier) = (part(rows, "metrics")?, part(rows, "previous_period")?);
    let mut daily = Vec::with_capacity(days.edges.len());
    for row in rows {
        if row.try_get::<_, &str>("part")? == "daily" {
            daily.push(reply::object_without(row, &["part"])?);
        }
    }
    let answer = Answer {
        store_id,
        timezone: tenant.timezone.name(),
        period: period.name(),
        range: current,
        growth_rate: growth(metrics, Some(earlier))?,
        metrics: reply::object_without(metrics, &["part", "bucket"])?,
        previous_period: reply::object_without(earlier, &["part", "bucket"])?,
        previous_range: previous,
        daily,
        roi: roi::stored_formula(&found.sets[1].rows)?,
    };
    Ok(reply::complete_until(reply::json(StatusCode::OK, &answer)?, found.complete_until))
}
