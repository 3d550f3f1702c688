//! GET /analytics/roi: what the AI saved in the last local days, by the stored formula, in a low and a high case, and on
//! each day.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::ranges::{TimeRange, day_range};
use crate::database::{StatementParameters, tenant_queries};
use crate::http::auth::Tenant;
use crate::http::fields::{decimal, integer};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};
use crate::stores::roi_assumptions::{AI_COST, COST_PER_HOUR, MINUTES};

const ROI: &str = include_str!("../../sql/analytics/roi.sql");
const CASES: &str = include_str!("../../sql/analytics/roi_cases.sql");
const CURRENCY: &str = include_str!("../../sql/analytics/roi_currency.sql");
// The columns that say nothing in the rows of a part.
const NOT_OF_ROI: [&str; 2] = ["part", "date"];
const NOT_OF_CASES: [&str; 1] = ["date"];
const NOT_OF_DAILY: [&str; 6] = [
    "avg_human_agent_cost_per_hour",
    "avg_conversation_time_minutes",
    "ai_cost_per_conversation",
    "roi_percentage",
    "assumptions_changed",
    "unsettled_conversations",
];

/// What an answer shows beside the fields of the stored formula.
#[derive(Serialize)]
struct More {
    range: TimeRange,
    currency: String,
    inputs: Inputs,
    low: Option<Box<RawValue>>,
    high: Option<Box<RawValue>>,
    daily: Vec<Box<RawValue>>,
}

/// The parameters as they were given.
#[derive(Serialize)]
struct Inputs {
    period_days: i32,
    avg_human_agent_cost_per_hour: Option<Box<RawValue>>,
    avg_conversation_time_minutes: Option<Box<RawValue>>,
    ai_cost_per_conversation: Option<Box<RawValue>>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn roi(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let period_days = parameters.or("period_days", 30, integer(1..=365));
    let mut assumption =
        |(name, limit): (&'static str, i64)| parameters.optional(name, decimal(Decimal::ZERO..=Decimal::from(limit)));
    let (cost_per_hour, minutes, ai_cost) = (assumption(COST_PER_HOUR), assumption(MINUTES), assumption(AI_COST));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let (period_days, cost_per_hour, minutes, ai_cost, format) =
        parameters.finish(|| Some((i32::try_from(period_days?).ok()?, cost_per_hour?, minutes?, ai_cost?, format?)))?;

    let (range, days) = day_range(&app, period_days, tenant.timezone).await?;
    let store_id = tenant.store_id;
    let asked: StatementParameters<'_> =
        &[&store_id, &range.from, &range.to, &days.dates, &days.edges, &cost_per_hour, &minutes, &ai_cost];
    let statements = [(ROI, asked), (CASES, asked), (CURRENCY, &[&store_id])];
    let mut found = tenant_queries(&app.reads, store_id, &statements).await?;

    let cases = std::mem::take(&mut found.sets[1].rows);
    let mut rows = std::mem::take(&mut found.sets[0].rows);
    // The whole and its cases, then the days.
    let daily = rows.split_off(1.min(rows.len()));
    rows.extend(cases.into_iter().chain(daily));
    let response = if format == Format::Csv {
        reply::rows(format, found.sets[0].columns(), &rows)?
    } else {
        let parts = reply::parts(&rows)?;
        let more = More {
            range,
            currency: found.sets[2].rows.first().ok_or(Problem::Internal)?.try_get("currency")?,
            inputs: Inputs {
                period_days,
                avg_human_agent_cost_per_hour: as_given(cost_per_hour)?,
                avg_conversation_time_minutes: as_given(minutes)?,
                ai_cost_per_conversation: as_given(ai_cost)?,
            },
            low: parts.object("low", &NOT_OF_CASES)?,
            high: parts.object("high", &NOT_OF_CASES)?,
            daily: parts.array("daily", &NOT_OF_DAILY)?,
        };
        let stored = parts.rows("roi").next().ok_or(Problem::Internal)?;
        reply::json(StatusCode::OK, &reply::object_with(stored, &NOT_OF_ROI, &more)?)?
    };
    Ok(reply::complete_until(response, found.complete_until))
}

/// A number with the digits it was given with.
fn as_given(number: Option<Decimal>) -> Result<Option<Box<RawValue>>, Problem> {
    number
        .map(|number| RawValue::from_string(number.to_string()))
        .transpose()
        .map_err(|error| Problem::internal(&error))
}
