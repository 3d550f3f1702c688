//! GET /analytics/dashboard: the current calendar period at a glance.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::changes::Changes;
use super::explain::EXPLAIN;
use super::metrics::{Explanations, explained, growth, read_explain};
use super::ranges::{Period, PeriodRange, TimeRange, period_range};
use crate::database::{RowSet, StatementParameters, TenantRowSets, tenant_queries};
use crate::gaps::summary::{SUMMARY, Summary};
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const DASHBOARD: &str = include_str!("../../sql/analytics/dashboard.sql");
const ROI_AND_QUALITY: &str = include_str!("../../sql/analytics/dashboard_roi_and_quality.sql");
// The columns of that row which each of the two objects leaves to the other.
const NOT_OF_QUALITY: [&str; 9] = [
    "ai_resolved_conversations",
    "avg_human_agent_cost_per_hour",
    "avg_conversation_time_minutes",
    "ai_cost_per_conversation",
    "human_agent_cost",
    "ai_cost",
    "savings",
    "roi_percentage",
    "assumptions_changed",
];
const NOT_OF_ROI: [&str; 10] = [
    "scored_conversations",
    "scored_rate",
    "avg_overall_score",
    "avg_helpfulness_score",
    "avg_accuracy_score",
    "avg_politeness_score",
    "resolution_rate",
    "ai_resolution_rate",
    "csat",
    "csat_responses",
];

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

/// What a request asks for.
struct Asked {
    period: Period,
    compare_whole: bool,
    format: Format,
    explain: bool,
}

impl Asked {
    fn read(mut parameters: Parameters, headers: &HeaderMap) -> Result<Self, Problem> {
        let period = parameters.or("period", Period::Month, choice(&Period::ALL));
        let compare_whole = parameters.or("compare", false, choice(&[("elapsed", false), ("full", true)]));
        let format = Format::json_or_csv(&mut parameters, headers);
        let explain = read_explain(&mut parameters, format);
        parameters.finish(|| {
            Some(Self { period: period?, compare_whole: compare_whole?, format: format?, explain: explain? })
        })
    }
}

/// The handler. CSV has the metrics and the days.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn dashboard(
    app: App,
    tenant: Tenant,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::read(parameters, &headers)?;
    let range = period_range(&app, asked.period, asked.compare_whole, tenant.timezone).await?;
    let found = find(&app, tenant, &asked, &range).await?;
    let response = match asked.format {
        Format::Json => reply::json(StatusCode::OK, &answer(tenant, &asked, &range, &found.sets)?)?,
        Format::Csv | Format::Ndjson => reply::rows(asked.format, found.sets[0].columns(), &found.sets[0].rows)?,
    };
    Ok(reply::complete_until(response, found.complete_until))
}

/// All that the answer needs, from one snapshot; of CSV only the first statement.
async fn find(app: &App, tenant: Tenant, asked: &Asked, range: &PeriodRange) -> Result<TenantRowSets, Problem> {
    let (store_id, current, previous, days) = (tenant.store_id, range.current, range.previous, &range.days);
    let of_current: StatementParameters<'_> = &[&store_id, &current.from, &current.to];
    let of_previous: StatementParameters<'_> = &[&store_id, &previous.from, &previous.to];
    let of_both = [of_current, &of_previous[1..], &[&days.edges, &range.labels]].concat();
    let of_days = [of_current, &[&days.dates, &days.edges]].concat();

    let mut statements: Vec<(&str, StatementParameters<'_>)> = vec![(DASHBOARD, &of_both)];
    if asked.format == Format::Json {
        statements.extend([(ROI_AND_QUALITY, of_days.as_slice()), (SUMMARY, &of_current[..1])]);
    }
    if asked.explain {
        statements.extend([(EXPLAIN, of_current), (EXPLAIN, of_previous)]);
    }
    Ok(tenant_queries(&app.reads, store_id, &statements).await?)
}

fn answer(tenant: Tenant, asked: &Asked, range: &PeriodRange, sets: &[RowSet]) -> Result<Answer, Problem> {
    let [dashboard, roi_and_quality, content_gaps, sums @ ..] = sets else { return Err(Problem::Internal) };
    let roi_and_quality = roi_and_quality.rows.first().ok_or(Problem::Internal)?;
    let parts = reply::parts(&dashboard.rows)?;
    let only = |part: &'static str| parts.rows(part).next().ok_or(Problem::Internal);
    let (metrics, earlier) = (only("metrics")?, only("previous_period")?);
    let explain = || explained(tenant, range.current, Some(range.previous), sums);
    Ok(Answer {
        store_id: tenant.store_id,
        timezone: tenant.timezone.name(),
        period: asked.period.name(),
        range: range.current,
        metrics: parts.object("metrics", &["bucket"])?,
        previous_period: parts.object("previous_period", &["bucket"])?,
        previous_range: range.previous,
        growth_rate: growth(metrics, Some(earlier))?,
        changes: Changes::between(metrics, earlier)?,
        daily: parts.array("daily", &[])?,
        roi: reply::object_without(roi_and_quality, &NOT_OF_ROI)?,
        quality: reply::object_without(roi_and_quality, &NOT_OF_QUALITY)?,
        content_gaps: Summary::of(&content_gaps.rows)?,
        explain: asked.explain.then(explain).transpose()?,
    })
}
