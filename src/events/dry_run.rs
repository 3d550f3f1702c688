//! What would become of checked events, without storing them.

use deadpool_postgres::Pool;

use super::Event;
use super::store::{Exception, column, exceptions};
use crate::database::{self, DatabaseError};

const DRY_RUN: &str = include_str!("../../sql/events/dry_run.sql");

/// The events that a store would not take, and those that are duplicates as far as is known now.
///
/// # Errors
/// When the database fails.
pub async fn dry_run(pool: &Pool, events: &[Event]) -> Result<Vec<Exception>, DatabaseError> {
    let events: Vec<&Event> = events.iter().collect();
    let times = column(&events, |event| event.created_at);
    let (Some(from), Some(to)) = (times.iter().min(), times.iter().max()) else {
        return Ok(Vec::new());
    };
    let rows = database::query(
        pool,
        DRY_RUN,
        &[
            &column(&events, |event| event.store_id),
            &column(&events, |event| event.conversation_id),
            &column(&events, |event| event.event_id),
            &times,
            from,
            to,
        ],
    )
    .await?;
    Ok(exceptions(&rows))
}
