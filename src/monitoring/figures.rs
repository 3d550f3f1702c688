//! The figures of the view `pipeline_health` as metrics.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::Pool;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::readings::gauge;
use crate::database::{DatabaseError, Lease, error_chain};

const PIPELINE_HEALTH: &str = include_str!("../../sql/monitoring/pipeline_health.sql");
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Whoever asks more often gets the same figures again, so that scrapes cannot hurt the database.
const FRESH: Duration = Duration::from_secs(5);

/// A metric of the view.
pub struct Figure {
    /// Its name in the view; the metric has a prefix before it.
    pub metric: &'static str,
    /// The name of the label that the column `label` becomes; empty for none.
    pub label: &'static str,
    /// What it is, without a full stop.
    pub help: &'static str,
}

macro_rules! figures {
    ($($metric:literal $label:literal $help:literal),+ $(,)?) => {
        &[$(Figure { metric: $metric, label: $label, help: $help }),+]
    };
}

/// All metrics of the view.
pub const FIGURES: &[Figure] = figures![
    "ingest_events_per_second" "window" "Events of producers stored in the last 1 minute, 5 minutes and 1 hour, per second, on all servers and in SQL",
    "ingest_last_event_age_seconds" "" "Time since an event of a producer was last stored, to the minute",
    "ingest_rejected_hour_events" "code" "Events rejected in the last hour, on all servers and in SQL",
    "ingest_rejected_week_events" "code" "Events rejected in the last 7 days, on all servers and in SQL",
    "ingest_rejected_share" "" "Share of the events of the last hour that was rejected, 0 to 1",
    "rollup_lag_seconds" "rollup" "How much later than the planned 48 hours the materialised part of a rollup ends",
    "rollup_refresh_age_seconds" "rollup" "Time since a rollup was last refreshed",
    "rollup_pending_buckets" "" "Changed buckets that wait to be folded into the rollup, at most 100,000",
    "rollup_pending_age_seconds" "" "How long the oldest of them has waited, to the minute",
    "job_age_seconds" "job" "Time since a job last came to its end",
    "job_failures" "job" "Failures of a job since it last came to its end",
    "storage_bytes" "relation" "Size of a hypertable with its indexes and columnstore",
    "storage_rows" "relation" "Rows of a hypertable, estimated",
    "storage_bytes_per_row" "relation" "Size of a hypertable divided by its rows",
    "storage_chunks" "relation" "Chunks of a hypertable",
    "columnstore_chunks" "relation" "Chunks in the columnstore",
    "columnstore_bytes" "relation" "Size of what is in the columnstore, as of its move",
    "columnstore_ratio" "relation" "Size before the move to the columnstore divided by the size after it",
    "columnstore_backlog_chunks" "" "Raw chunks that are due for the columnstore (Community Edition)",
    "raw_complete_from_age_seconds" "" "How far back all raw events are there; absent while none has been dropped",
    "raw_retention_overdue_seconds" "" "How long the oldest raw chunk should have been gone",
    "local_dates_ahead" "" "Days from today up to the last local day that every store has",
    "database_connections" "" "Connections of the database server in use, in all databases",
    "database_connections_max" "" "Connections that the database server has for others than superusers",
    "database_locks_waiting" "" "Locks that somebody waits for, in all databases",
    "database_lock_table_ratio" "" "Share of the lock table that is taken, 0 to 1",
];

struct Row {
    metric: String,
    label: String,
    value: Option<f64>,
    is_healthy: Option<bool>,
}

/// The figures as they were last found; none if they could not be.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    is_up: bool,
}

/// The figures of a database.
pub(super) struct Figures {
    pool: Pool,
    /// When the database was last asked; held while it is, so that one asks for all.
    asked_at: tokio::sync::Mutex<Option<Instant>>,
    found: Mutex<Found>,
}

impl Figures {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, asked_at: tokio::sync::Mutex::default(), found: Mutex::default() }
    }

    /// Asks the database, unless it was asked a moment ago.
    pub(super) async fn refresh(&self) {
        let mut asked_at = self.asked_at.lock().await;
        if asked_at.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        let found = match tokio::time::timeout(ANSWER_WITHIN, self.ask()).await {
            Ok(Ok(rows)) => Found { rows, is_up: true },
            Ok(Err(error)) => {
                tracing::warn!(error = error_chain(&error), "the figures of the database could not be read");
                Found::default()
            }
            Err(_) => {
                tracing::warn!("the figures of the database could not be read within a second");
                Found::default()
            }
        };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
        *asked_at = Some(Instant::now());
    }

    async fn ask(&self) -> Result<Vec<Row>, DatabaseError> {
        // Given up in the middle, the lease closes its connection: nobody else waits behind the statement.
        let lease = Lease::take(&self.pool).await?;
        let rows = match lease.prepare_cached(PIPELINE_HEALTH).await {
            Ok(statement) => lease.query(&statement, &[]).await,
            Err(error) => Err(error),
        };
        lease.release();
        let read = |row: &tokio_postgres::Row| {
            Ok(Row {
                metric: row.try_get("metric")?,
                label: row.try_get("label")?,
                value: row.try_get("value")?,
                is_healthy: row.try_get("is_healthy")?,
            })
        };
        rows?.iter().map(read).collect()
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let is_up = f64::from(u8::from(found.is_up));
        gauge(
            &mut encoder,
            "database_up",
            "1 if the database answered with its figures within a second, else 0",
            "",
            [("", is_up)],
        )?;
        for Figure { metric, label, help } in FIGURES {
            let rows = found.rows.iter().filter(|row| row.metric == *metric);
            let samples = rows.filter_map(|row| Some((row.label.as_str(), row.value?)));
            gauge(&mut encoder, metric, help, label, samples)?;
        }
        judgements(&mut encoder, &found.rows)
    }
}

/// What the view says of its figures, so that bounds stand in one place.
fn judgements(encoder: &mut DescriptorEncoder, rows: &[Row]) -> Result<(), fmt::Error> {
    let mut judged = rows.iter().filter_map(|row| Some((row, row.is_healthy?))).peekable();
    if judged.peek().is_none() {
        return Ok(());
    }
    let help = "1 if a figure of the view pipeline_health is as it should be, else 0";
    let mut metric = encoder.encode_descriptor("figure_healthy", help, None, MetricType::Gauge)?;
    for (row, is_healthy) in judged {
        let labels = [("metric", row.metric.as_str()), ("label", row.label.as_str())];
        metric.encode_family(&labels)?.encode_gauge(&f64::from(u8::from(is_healthy)))?;
    }
    Ok(())
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Figures")
    }
}
