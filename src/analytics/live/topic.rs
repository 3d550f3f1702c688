//! The metrics of today of one store: one query for all who listen, at most once a second.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use deadpool_postgres::Pool;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use super::hub::Hub;
use crate::database::{self, DatabaseError, TenantRows, error_chain, tenant_query};
use crate::http::reply::{self, ReplyError};

const LIVE: &str = include_str!("../../../sql/analytics/live.sql");
const DAY: &str = include_str!("../../../sql/analytics/live_day.sql");

/// Queries of one store are at least so far apart.
const APART: Duration = Duration::from_secs(1);
/// Without any signal a query is made after this time: signals can be lost, and days end.
const SAFETY: Duration = Duration::from_secs(30);

/// A store with listeners.
pub(super) struct Topic {
    pub(super) store_id: Uuid,
    timezone: Tz,
    /// The metrics may have changed.
    pub(super) wake: Notify,
    pub(super) latest: watch::Sender<Latest>,
}

/// What listeners look at.
#[derive(Clone, Default)]
pub(super) struct Latest {
    pub(super) update: Option<Arc<Update>>,
    /// Nothing will follow.
    pub(super) is_over: bool,
}

/// What one query found.
pub struct Update {
    /// Counts the changes, so that unchanged metrics are not sent again.
    pub(super) version: u64,
    pub(super) found_at: Instant,
    /// Everything committed before this instant is in it.
    pub(super) complete_until: DateTime<Utc>,
    /// The JSON of the event.
    pub(super) data: String,
}

/// A local day of the store.
struct Day {
    timezone: String,
    date: NaiveDate,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

#[derive(Serialize)]
struct Data<'a> {
    date: NaiveDate,
    timezone: &'a str,
    range: Range,
    metrics: Box<RawValue>,
}

#[derive(Serialize)]
struct Range {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

#[derive(Debug, thiserror::Error)]
enum TopicError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Row(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Reply(#[from] ReplyError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("a statement that has one row returned none")]
    NoRow,
}

impl Topic {
    pub(super) fn new(store_id: Uuid, timezone: Tz) -> Self {
        Self { store_id, timezone, wake: Notify::new(), latest: watch::Sender::default() }
    }

    pub(super) fn end(&self) {
        self.latest.send_modify(|latest| latest.is_over = true);
    }

    /// Queries until nobody listens any more or the store is archived.
    pub(super) async fn run(self: Arc<Self>, hub: Arc<Hub>) {
        let mut day = None;
        loop {
            let began = Instant::now();
            let failed = match self.query(&hub.pool, &mut day).await {
                Ok(true) => return hub.end(&self),
                Ok(false) => false,
                Err(error) => {
                    let error = error_chain(&error);
                    tracing::warn!(store_id = %self.store_id, error, "live metrics are late");
                    true
                }
            };
            // Also before it ends, so that listeners who come and go cause no more queries than those who stay.
            sleep_until(began + APART).await;
            loop {
                tokio::select! {
                    () = self.wake.notified() => break,
                    () = sleep(SAFETY) => break,
                    () = self.latest.closed() => if hub.forget_unheard(&self) { return },
                    () = std::future::ready(()), if failed => break,
                }
            }
        }
    }

    /// Publishes the metrics; true if the store is archived.
    async fn query(&self, pool: &Pool, day: &mut Option<Day>) -> Result<bool, TopicError> {
        loop {
            let today = match day.take() {
                Some(today) => today,
                None => Day::now(pool, self.timezone.name()).await?,
            };
            let found = tenant_query(pool, self.store_id, LIVE, &[&self.store_id, &today.from, &today.to]).await?;
            let row = found.rows.first().ok_or(TopicError::NoRow)?;
            let timezone: &str = row.try_get("timezone")?;
            if row.try_get("is_over")? || timezone != today.timezone {
                *day = Some(Day::now(pool, timezone).await?);
                continue;
            }
            self.publish(&today, &found)?;
            *day = Some(today);
            return Ok(row.try_get("is_archived")?);
        }
    }

    fn publish(&self, today: &Day, found: &TenantRows) -> Result<(), TopicError> {
        let row = found.rows.first().ok_or(TopicError::NoRow)?;
        let metrics = reply::object_without(row, &["timezone", "is_archived", "is_over"])?;
        let range = Range { from: today.from, to: today.to };
        let data = serde_json::to_string(&Data { date: today.date, timezone: &today.timezone, range, metrics })?;
        self.latest.send_modify(|latest| {
            let version = match &latest.update {
                Some(before) => before.version + u64::from(before.data != data),
                None => 0,
            };
            let complete_until = found.complete_until;
            latest.update = Some(Arc::new(Update { version, found_at: Instant::now(), complete_until, data }));
        });
        Ok(())
    }
}

impl Day {
    async fn now(pool: &Pool, timezone: &str) -> Result<Self, TopicError> {
        let rows = database::query(pool, DAY, &[&timezone]).await?;
        let row = rows.first().ok_or(TopicError::NoRow)?;
        let (date, from, to) = (row.try_get("date")?, row.try_get("from_at")?, row.try_get("to_at")?);
        Ok(Self { timezone: timezone.to_owned(), date, from, to })
    }
}
