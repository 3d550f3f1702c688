//! What a dry run asks the database instead of storing: which events are new.

use tokio_postgres::{Client, Statement};

use super::{ImportError, error::doing};
use crate::events::Event;

const SEEN_EVENTS: &str = include_str!("../../sql/import/seen_events.sql");
const COUNT_NEW: &str = include_str!("../../sql/import/count_new_events.sql");

/// Knows the events that a dry run has met; it keeps them in a temporary table, so that memory stays small.
pub struct Duplicates<'a> {
    client: &'a Client,
    count_new: Statement,
}

impl<'a> Duplicates<'a> {
    /// Begins with none.
    pub async fn open(client: &'a Client) -> Result<Self, ImportError> {
        client.batch_execute(SEEN_EVENTS).await.map_err(doing("preparing a dry run"))?;
        let count_new = client.prepare(COUNT_NEW).await.map_err(doing("preparing a dry run"))?;
        Ok(Self { client, count_new })
    }

    /// How many of these events would be stored.
    pub async fn count_new(&self, events: &[&Event]) -> Result<u64, ImportError> {
        let store_ids: Vec<_> = events.iter().map(|event| event.store_id).collect();
        let conversation_ids: Vec<_> = events.iter().map(|event| event.conversation_id).collect();
        let event_ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
        let times: Vec<_> = events.iter().map(|event| event.created_at).collect();
        let row = self
            .client
            .query_one(
                &self.count_new,
                &[&store_ids, &conversation_ids, &event_ids, &times, &times.iter().min(), &times.iter().max()],
            )
            .await
            .map_err(doing("looking for duplicates"))?;
        Ok(u64::try_from(row.get::<_, i64>("new_events")).unwrap_or(0))
    }
}
