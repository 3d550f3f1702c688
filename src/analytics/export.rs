//! GET /analytics/export: rows to take away, streamed as they come.

use warp::http::HeaderMap;
use warp::http::header::{CONTENT_DISPOSITION, HeaderValue};
use warp::reply::Response;

use super::ranges::Dates;
use crate::database::tenant_stream;
use crate::http::App;
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::{self, Format};

const DAILY_METRICS: &str = include_str!("../../sql/analytics/export_daily_metrics.sql");

/// What can be exported.
#[derive(Clone, Copy)]
enum Dataset {
    DailyMetrics,
}

impl Dataset {
    const ALL: [(&'static str, Self); 1] = [("daily_metrics", Self::DailyMetrics)];
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, or a failing database.
pub async fn export(
    app: App,
    tenant: Tenant,
    mut parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let dates = Dates::read(&mut parameters);
    let accepted = Format::accepted(&headers).unwrap_or(Format::Csv);
    let format = parameters.or("format", accepted, choice(&Format::ALL));
    let dataset = parameters.or("dataset", Dataset::DailyMetrics, choice(&Dataset::ALL));
    let (dates, format, dataset) = parameters.finish(|| Some((dates?, format?, dataset?)))?;

    let (sql, name) = match dataset {
        Dataset::DailyMetrics => (DAILY_METRICS, "daily_metrics"),
    };
    let rows = tenant_stream(&app.pool, tenant.store_id, sql, &[&tenant.store_id, &dates.start, &dates.end]).await?;
    let complete_until = rows.complete_until;
    let mut response = reply::streamed(format, rows).await?;
    let file = format!("attachment; filename=\"{name}_{}_{}.{}\"", dates.start, dates.end, format.extension());
    if let Ok(value) = HeaderValue::from_str(&file) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    Ok(reply::complete_until(response, complete_until))
}
