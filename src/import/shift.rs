//! Moves history by whole weeks, so that weekdays and hours of the day stay what they were (in UTC).

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::value::{RawValue, to_raw_value};

use tokio_postgres::Client;
use uuid::Uuid;

use super::{ImportError, error::doing, scan::Span};
use crate::events::{Event, EventType};

const EARLIEST: &str = include_str!("../../sql/import/earliest_conversation.sql");

/// The whole weeks that bring an event into the last seven days, but not into the future.
pub fn to_now(last: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    let week_us = Duration::weeks(1).num_microseconds().unwrap_or(i64::MAX);
    let age_us = (now - last).num_microseconds().unwrap_or(0);
    Duration::weeks(age_us.div_euclid(week_us))
}

/// The whole weeks by which an earlier import has moved the same files, found by the start of a store's history. Another
/// distance would store every event a second time, at another time.
///
/// # Errors
/// When the database fails.
pub async fn earlier(
    client: &Client,
    stores: &BTreeMap<Uuid, Span>,
    at_most: Duration,
) -> Result<Option<Duration>, ImportError> {
    for (store_id, span) in stores {
        let row = client.query_opt(EARLIEST, &[store_id]).await.map_err(doing("looking for an earlier import"))?;
        let Some(row) = row else { continue };
        let started_at: DateTime<Utc> = row.try_get(0).map_err(doing("looking for an earlier import"))?;
        let by = started_at - span.first;
        if (Duration::zero()..=at_most).contains(&by) && by == Duration::weeks(by.num_weeks()) {
            return Ok(Some(by));
        }
    }
    Ok(None)
}

/// Moves an event, and what a timeout says about the event it follows.
pub fn shift(event: &mut Event, by: Duration) {
    event.created_at += by;
    if event.event_type == EventType::ConversationAbandoned
        && let Some(event_data) = shifted_timeout(&event.event_data, by)
    {
        event.event_data = event_data;
    }
}

fn shifted_timeout(event_data: &RawValue, by: Duration) -> Option<Box<RawValue>> {
    let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(event_data.get()).ok()?;
    let text = |name: &str| serde_json::from_str::<String>(fields.get(name)?.get()).ok();
    if text("reason")? != "timeout" {
        return None;
    }
    let after = DateTime::parse_from_rfc3339(&text("after")?).ok()?.to_utc() + by;
    let after = to_raw_value(&after.to_rfc3339_opts(SecondsFormat::Micros, true)).ok()?;
    fields.insert("after".to_owned(), after);
    to_raw_value(&fields).ok()
}
