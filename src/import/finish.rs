//! What follows once events are in: timeouts, the rollup, and the conversations that stayed frozen.

use std::{collections::HashSet, time::Instant};

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{ImportError, error::doing, scan::Span};

const SILENT: &str = include_str!("../../sql/import/silent_conversations.sql");
const PENDING: &str = include_str!("../../sql/import/pending_buckets.sql");
const FROZEN: &str = include_str!("../../sql/import/frozen_conversations.sql");
const DROPPED_BEFORE: &str = include_str!("../../sql/import/dropped_before.sql");
const DETECT_GAPS: &str = include_str!("../../sql/import/detect_gaps.sql");
/// Conversations looked at by one statement.
const PAGE: usize = 1_000;
/// Stores whose gaps one statement finds: one by one, each would open all chunks anew.
const GAP_STORES: usize = 100;

/// Times out the silent conversations that events in a span may belong to; returns how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(client: &Client, span: Span) -> Result<u64, ImportError> {
    let (from, to) = starts(span);
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let before = count(client, SILENT, &[&from, &to]).await?;
    // It commits inside, which only a simple query outside of a transaction may.
    let call = format!(r#"call abandon_conversations(null, '{{"from": "{}", "to": "{}"}}')"#, text(from), text(to));
    let began = Instant::now();
    client.batch_execute(&call).await.map_err(doing("timing out silent conversations"))?;
    tracing::debug!(silent = before, ms = began.elapsed().as_millis(), "silent conversations timed out");
    Ok(before.saturating_sub(count(client, SILENT, &[&from, &to]).await?))
}

/// Folds all changed buckets into the rollup; returns how many there were.
///
/// # Errors
/// When the database fails.
pub async fn refresh(client: &Client) -> Result<u64, ImportError> {
    let pending = count(client, PENDING, &[]).await?;
    let began = Instant::now();
    client.batch_execute("call refresh_rollups()").await.map_err(doing("refreshing the rollup"))?;
    tracing::debug!(buckets = pending, ms = began.elapsed().as_millis(), "rollup refreshed");
    Ok(pending)
}

/// Finds the content gaps of some stores, with questions of events that retention may take away after the import.
///
/// # Errors
/// When the database fails.
pub async fn detect_gaps(client: &Client, store_ids: &[Uuid]) -> Result<(), ImportError> {
    let began = Instant::now();
    for some in store_ids.chunks(GAP_STORES) {
        client.execute(DETECT_GAPS, &[&some]).await.map_err(doing("looking for content gaps"))?;
    }
    tracing::debug!(stores = store_ids.len(), ms = began.elapsed().as_millis(), "content gaps found");
    Ok(())
}

/// How many rows of some conversations are still made of events that are not here.
pub async fn count_frozen(
    client: &Client,
    conversations: &HashSet<(Uuid, Uuid)>,
    span: Span,
) -> Result<u64, ImportError> {
    let (from, to) = starts(span);
    let pairs: Vec<_> = conversations.iter().copied().collect();
    let mut frozen = 0;
    for page in pairs.chunks(PAGE) {
        let (store_ids, conversation_ids): (Vec<_>, Vec<_>) = page.iter().copied().unzip();
        frozen += count(client, FROZEN, &[&store_ids, &conversation_ids, &from, &to]).await?;
    }
    Ok(frozen)
}

/// Before when raw events are dropped by the next run of retention, if any of the span are.
pub async fn dropped_before(client: &Client, span: Span) -> Result<Option<DateTime<Utc>>, ImportError> {
    let row = client.query_one(DROPPED_BEFORE, &[]).await.map_err(doing("looking at the retention"))?;
    Ok(row.get::<_, Option<DateTime<Utc>>>(0).filter(|before| span.first < *before))
}

/// When the conversations that hold these events can have started, half-open.
fn starts(span: Span) -> (DateTime<Utc>, DateTime<Utc>) {
    (span.first - Duration::hours(720), span.last + Duration::microseconds(1))
}

async fn count(
    client: &Client,
    sql: &str,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<u64, ImportError> {
    let row = client.query_one(sql, parameters).await.map_err(doing("counting"))?;
    Ok(u64::try_from(row.get::<_, i64>(0)).unwrap_or(0))
}
