//! GET /analytics/metrics: the metrics of local dates, compared with earlier ones.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::changes::Changes;
use super::explain::{EXPLAIN, Explanation};
use super::growth_rate;
use super::ranges::{ComparedRange, Comparison, Dates, TimeRange, date_range};
use crate::database::{RowSet, StatementParameters, tenant_queries};
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::Format;
use crate::http::{App, reply};

const METRICS: &str = include_str!("../../sql/analytics/metrics.sql");

#[derive(Serialize)]
struct Answer {
    date_range: [NaiveDate; 2],
    metrics: Option<Box<RawValue>>,
    previous_period: Option<Box<RawValue>>,
    previous_date_range: Option<[NaiveDate; 2]>,
    growth_rate: Option<f64>,
    changes: Option<Changes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<Explanations>,
}

/// What is behind the metrics of a period and of the one it is compared with.
#[derive(Serialize)]
pub(super) struct Explanations {
    metrics: Explanation,
    previous_period: Option<Explanation>,
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn metrics(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let dates = Dates::read(&mut parameters);
    let compare = parameters.or("compare", Comparison::PreviousPeriod, choice(&Comparison::ALL));
    let format = Format::json_or_csv(&mut parameters, &headers);
    let explain = read_explain(&mut parameters, format);
    let (dates, compare, format, explain) = parameters.finish(|| Some((dates?, compare?, format?, explain?)))?;

    let range = date_range(&app, dates, compare, tenant.timezone).await?;
    let previous = range.previous.map(|(_, range)| range);
    let (previous_from, previous_to) = (previous.map(|range| range.from), previous.map(|range| range.to));
    let store_id = tenant.store_id;
    let of_both: StatementParameters<'_> =
        &[&store_id, &range.current.from, &range.current.to, &previous_from, &previous_to];
    let mut statements = vec![(METRICS, of_both)];
    let (of_current, of_previous) = (&of_both[..3], [of_both[0], of_both[3], of_both[4]]);
    if explain {
        statements.extend([(EXPLAIN, of_current), (EXPLAIN, &of_previous)]);
    }
    let found = tenant_queries(&app.reads, store_id, &statements).await?;

    let response = match format {
        Format::Json => reply::json(StatusCode::OK, &answer(tenant, dates, &range, &found.sets)?)?,
        Format::Csv | Format::Ndjson => reply::rows(format, found.sets[0].columns(), &found.sets[0].rows)?,
    };
    Ok(reply::complete_until(response, found.complete_until))
}

/// The sets are those of the metrics and, if they are to be explained, of their sums.
fn answer(tenant: Tenant, dates: Dates, range: &ComparedRange, sets: &[RowSet]) -> Result<Answer, Problem> {
    let (set, sums) = sets.split_first().ok_or(Problem::Internal)?;
    let parts = reply::parts(&set.rows)?;
    let current = parts.rows("metrics").next().ok_or(Problem::Internal)?;
    let earlier = parts.rows("previous_period").next();
    let explain = || explained(tenant, range.current, range.previous.map(|(_, range)| range), sums);
    Ok(Answer {
        date_range: [dates.start, dates.end],
        metrics: parts.object("metrics", &[])?,
        previous_period: parts.object("previous_period", &[])?,
        previous_date_range: range.previous.map(|(dates, _)| [dates.start, dates.end]),
        growth_rate: growth(current, earlier)?,
        changes: earlier.map(|earlier| Changes::between(current, earlier)).transpose()?,
        explain: (!sums.is_empty()).then(explain).transpose()?,
    })
}

/// Reads the parameter `explain`, which CSV has no place for.
pub(super) fn read_explain(parameters: &mut Parameters, format: Option<Format>) -> Option<bool> {
    let explain = parameters.or("explain", false, choice(&[("false", false), ("true", true)]))?;
    if explain && format == Some(Format::Csv) {
        parameters.fault("explain", "invalid_parameter", "needs format=json.");
        return None;
    }
    Some(explain)
}

/// Explains a range, and the one it is compared with, by their sums.
pub(super) fn explained(
    tenant: Tenant,
    current: TimeRange,
    previous: Option<TimeRange>,
    sums: &[RowSet],
) -> Result<Explanations, Problem> {
    let of = |range: TimeRange, set: usize| {
        let row = sums.get(set).and_then(|set| set.rows.first()).ok_or(Problem::Internal)?;
        Explanation::of(tenant.store_id, range, row).map_err(Problem::from)
    };
    Ok(Explanations { metrics: of(current, 0)?, previous_period: previous.map(|range| of(range, 1)).transpose()? })
}

/// How the number of conversations grew from one row to another.
pub(super) fn growth(current: &Row, previous: Option<&Row>) -> Result<Option<f64>, Problem> {
    let total = |row: &Row| row.try_get::<_, i64>("total_conversations");
    Ok(growth_rate(total(current)?, previous.map(total).transpose()?))
}
