//! GET /analytics/dashboard: the current calendar period at a glance.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::changes::Changes;
use super::explain::EXPLAIN;
use super::metrics::{Explanations, explained, growth, read_explain};
use super::quality::{self, QUALITY};
use super::ranges::{Period, TimeRange, period_range};
use super::roi::{self, ROI};
use crate::database::{StatementParameters, tenant_queries};
use crate::gaps::summary::{SUMMARY, Summary};
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const DASHBOARD: &str = include_str!("../../sql/analytics/dashboard.sql");

#[derive(Serialize)]
struct Answer {
    store_id: Uuid,
    timezone: &'static str,
    period: &'static str,
    range: TimeRange,
    metrics: Option<Box<RawValue>>,
    previous_period: Option<Box<RawValue>>,
    previous_range: TimeRange,
    growth_rate: Option<f64>,
    changes: Changes,
    daily: Vec<Box<RawValue>>,
    roi: Box<RawValue>,
    quality: Box<RawValue>,
    content_gaps: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<Explanations>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn dashboard(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let period = parameters.or("period", Period::Month, choice(&Period::ALL));
    let whole = parameters.or("compare", false, choice(&[("elapsed", false), ("full", true)]));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let explain = read_explain(&mut parameters, format);
    let (period, whole, format, explain) = parameters.finish(|| Some((period?, whole?, format?, explain?)))?;

    let range = period_range(&app, period, whole, tenant.timezone).await?;
    let (store_id, current, previous, days) = (tenant.store_id, range.current, range.previous, &range.days);
    let no_override: Option<Decimal> = None;
    let of_dashboard: StatementParameters<'_> =
        &[&store_id, &current.from, &current.to, &previous.from, &previous.to, &days.edges, &range.labels];
    let of_roi: StatementParameters<'_> =
        &[&store_id, &current.from, &current.to, &days.dates, &days.edges, &no_override, &no_override, &no_override];
    let of_previous = [of_dashboard[0], of_dashboard[3], of_dashboard[4]];
    let mut statements = vec![(DASHBOARD, of_dashboard)];
    let (nothing, no_edges, no_dates) = (None::<DateTime<Utc>>, Vec::<DateTime<Utc>>::new(), Vec::<NaiveDate>::new());
    let of_quality: StatementParameters<'_> =
        &[&store_id, &current.from, &current.to, &nothing, &nothing, &no_edges, &no_dates];
    if format == Format::Json {
        statements.extend([(ROI, of_roi), (QUALITY, of_quality), (SUMMARY, &of_dashboard[..1])]);
    }
    if explain {
        statements.push((EXPLAIN, &of_dashboard[..3]));
        statements.push((EXPLAIN, &of_previous));
    }
    let found = tenant_queries(&app.pool, store_id, &statements).await?;
    if format == Format::Csv {
        let set = &found.sets[0];
        return Ok(reply::complete_until(reply::rows(format, set.columns(), &set.rows)?, found.complete_until));
    }

    let parts = reply::parts(&found.sets[0].rows)?;
    let only = |part: &'static str| parts.rows(part).next().ok_or(Problem::Internal);
    let (metrics, earlier) = (only("metrics")?, only("previous_period")?);
    let answer = Answer {
        store_id,
        timezone: tenant.timezone.name(),
        period: period.name(),
        range: current,
        growth_rate: growth(metrics, Some(earlier))?,
        changes: Changes::between(metrics, earlier)?,
        metrics: parts.object("metrics", &["bucket"])?,
        previous_period: parts.object("previous_period", &["bucket"])?,
        previous_range: previous,
        daily: parts.array("daily", &[])?,
        roi: roi::stored_formula(&found.sets[1].rows)?,
        quality: quality::of_range(&found.sets[2].rows)?,
        content_gaps: Summary::of(&found.sets[3].rows)?,
        explain: explain.then(|| explained(tenant, current, Some(previous), &found.sets[4..])).transpose()?,
    };
    Ok(reply::complete_until(reply::json(StatusCode::OK, &answer)?, found.complete_until))
}
