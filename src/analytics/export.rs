//! GET /analytics/export: rows to take away, counted first, then streamed as they come.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use tokio::sync::OwnedSemaphorePermit;
use warp::http::HeaderMap;
use warp::http::header::{CONTENT_DISPOSITION, HeaderValue};
use warp::reply::Response;

use super::ranges::{Comparison, Dates, TimeRange, date_range};
use crate::database::{StatementParameters, TenantSnapshot};
use crate::http::App;
use crate::http::auth::Tenant;
use crate::http::fields::choice;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::reply::{self, Coding, Delivery, Format};

const DAYS: &str = include_str!("../../sql/analytics/export_days.sql");

/// What can be exported.
#[derive(Clone, Copy)]
pub enum Dataset {
    /// Metrics of each local day.
    DailyMetrics,
    /// One row for each conversation.
    Conversations,
    /// Raw events, in the format of ingest.
    Events,
}

impl Dataset {
    /// All datasets by name.
    pub const ALL: [(&'static str, Self); 3] =
        [("daily_metrics", Self::DailyMetrics), ("conversations", Self::Conversations), ("events", Self::Events)];

    fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The statement of the rows.
    pub(crate) fn rows(self) -> &'static str {
        match self {
            Self::DailyMetrics => include_str!("../../sql/analytics/export_daily_metrics.sql"),
            Self::Conversations => include_str!("../../sql/analytics/export_conversations.sql"),
            Self::Events => include_str!("../../sql/analytics/export_events.sql"),
        }
    }

    /// The statement that counts the rows.
    fn count(self) -> &'static str {
        match self {
            Self::DailyMetrics => include_str!("../../sql/analytics/export_daily_metrics_count.sql"),
            Self::Conversations => include_str!("../../sql/analytics/export_conversations_count.sql"),
            Self::Events => include_str!("../../sql/analytics/export_events_count.sql"),
        }
    }
}

/// The handler.
///
/// # Errors
/// Faults of the parameters, `TooManyExports`, or a failing database.
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

    let place = place(&app)?;
    let asked = Asked {
        tenant,
        dates,
        range: date_range(&app, dates, Comparison::None, tenant.timezone).await?.current,
        dataset,
        format,
        coding: Coding::accepted(&headers),
    };
    let snapshot = TenantSnapshot::begin(&app.reads, tenant.store_id).await?;
    let is_of_replica = snapshot.is_of_replica();
    match asked.answer(snapshot, place).await {
        // Nothing has been sent yet, so the primary can still do it.
        Err(Problem::DatabaseUnavailable | Problem::Internal) if is_of_replica => {
            let snapshot = TenantSnapshot::begin(&app.pool, tenant.store_id).await?;
            asked.answer(snapshot, self::place(&app)?).await
        }
        result => result,
    }
}

/// A place among the exports that may run at a time.
fn place(app: &App) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(&app.exports).try_acquire_owned().map_err(|_| Problem::TooManyExports)
}

/// What a request asks for.
struct Asked {
    tenant: Tenant,
    dates: Dates,
    range: TimeRange,
    dataset: Dataset,
    format: Format,
    coding: Coding,
}

impl Asked {
    async fn answer(&self, mut snapshot: TenantSnapshot, place: OwnedSemaphorePermit) -> Result<Response, Problem> {
        let &Self { tenant, dates, range, dataset, format, coding } = self;
        let complete_until = snapshot.complete_until;
        let (count, rows) = if let Dataset::DailyMetrics = dataset {
            let days = Days::find(&mut snapshot, tenant, range, dates).await?;
            let shared: StatementParameters<'_> = &[&tenant.store_id, &days.range.from, &days.range.to, &days.edges];
            let with_dates = [shared, &[&days.dates]].concat();
            (count(&mut snapshot, dataset, shared).await?, snapshot.stream(dataset.rows(), &with_dates).await?)
        } else {
            let parameters: StatementParameters<'_> = &[&tenant.store_id, &range.from, &range.to];
            (count(&mut snapshot, dataset, parameters).await?, snapshot.stream(dataset.rows(), parameters).await?)
        };
        let delivery = Delivery { format, coding, place: Some(place) };
        let mut response = reply::row_count(reply::streamed(delivery, rows).await?, count);
        let file =
            format!("attachment; filename=\"{}_{}_{}.{}\"", dataset.name(), dates.start, dates.end, format.extension());
        if let Ok(value) = HeaderValue::from_str(&file) {
            response.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
        Ok(reply::complete_until(response, complete_until))
    }
}

async fn count(
    snapshot: &mut TenantSnapshot,
    dataset: Dataset,
    parameters: StatementParameters<'_>,
) -> Result<i64, Problem> {
    Ok(snapshot.query_one(dataset.count(), parameters).await?.try_get("row_count")?)
}

/// Local days between the first and the last conversation; dates without end are asked for, too.
struct Days {
    range: TimeRange,
    dates: Vec<NaiveDate>,
    edges: Vec<chrono::DateTime<chrono::Utc>>,
}

impl Days {
    async fn find(
        snapshot: &mut TenantSnapshot,
        tenant: Tenant,
        range: TimeRange,
        asked: Dates,
    ) -> Result<Self, Problem> {
        let zone: Tz = tenant.timezone;
        let parameters: StatementParameters<'_> =
            &[&tenant.store_id, &range.from, &range.to, &asked.start, &asked.end, &zone.name()];
        let row = snapshot.query_one(DAYS, parameters).await?;
        let from: Option<_> = row.try_get("from_at")?;
        let to: Option<_> = row.try_get("to_at")?;
        let range = TimeRange { from: from.unwrap_or(range.from), to: to.unwrap_or(range.from) };
        Ok(Self { range, dates: row.try_get("dates")?, edges: row.try_get("edges")? })
    }
}
