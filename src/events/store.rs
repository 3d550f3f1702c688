//! Hands checked events to the database, which stores them and rebuilds their conversations in one transaction.

use serde_json::value::RawValue;
use tokio_postgres::{Client, Row, types::Json};

use super::Event;

const STORE: &str = include_str!("../../sql/events/store.sql");

/// What became of an event that was not simply stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The same event is stored already.
    Duplicate,
    /// No store has this id.
    UnknownStore,
    /// The store is archived and takes no events.
    ArchivedStore,
    /// Stored, but its conversation is frozen: some of its raw events have been dropped, and fewer are present now.
    Frozen,
}

/// An event that was not simply stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// What became of it.
    pub status: Status,
}

/// How conversations whose raw events have been dropped are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frozen {
    /// They stay as they are.
    Keep,
    /// They are replaced where at least as many of their events are present again (import).
    Replace,
}

/// Stores a batch in one transaction, and returns once it is committed.
///
/// # Errors
/// Fails when the database does; then nothing of the batch is stored, unless the connection broke while committing.
pub async fn store(
    client: &Client,
    statement: &tokio_postgres::Statement,
    events: &[&Event],
    frozen: Frozen,
) -> Result<Vec<Exception>, tokio_postgres::Error> {
    let rows = client
        .query(
            statement,
            &[
                &column(events, |event| event.store_id),
                &column(events, |event| event.conversation_id),
                &column(events, |event| event.event_id),
                &column(events, |event| event.event_type.name()),
                &column(events, |event| event.customer_id.as_deref()),
                &column(events, |event| event.response_us),
                &column(events, |event| Json::<&RawValue>(&event.event_data)),
                &column(events, |event| event.created_at),
                &(frozen == Frozen::Replace),
            ],
        )
        .await?;
    Ok(exceptions(&rows))
}

/// The rows of a statement that names each event by `ordinal` and what became of it by `status`.
pub(super) fn exceptions(rows: &[Row]) -> Vec<Exception> {
    rows.iter()
        .filter_map(|row| {
            let index = usize::try_from(row.get::<_, i32>("ordinal") - 1).ok()?;
            let status = match row.get("status") {
                "unknown_store" => Status::UnknownStore,
                "archived_store" => Status::ArchivedStore,
                "frozen" => Status::Frozen,
                _ => Status::Duplicate,
            };
            Some(Exception { index, status })
        })
        .collect()
}

/// Prepares the statement that [`store`] runs.
///
/// # Errors
/// Fails when the database does, for instance because it is not migrated.
pub async fn prepare(client: &Client) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
    client.prepare(STORE).await
}

/// The text of the statement that [`store`] runs.
pub(crate) const fn statement() -> &'static str {
    STORE
}

/// One value of each event, as a statement takes them.
pub(super) fn column<'a, T>(events: &[&'a Event], value: impl Fn(&'a Event) -> T) -> Vec<T> {
    events.iter().map(|event| value(event)).collect()
}
