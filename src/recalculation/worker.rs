//! Works on the recalculations that were asked for over HTTP. Several servers of one database share them, and what one
//! leaves unfinished another goes on with.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use tokio::sync::Notify;
use uuid::Uuid;

use super::work::{Outcome, Work};
use crate::database::{self, DatabaseError, error_chain};
use crate::import::{Progress, Stop};

const UNFINISHED: &str = include_str!("../../sql/recalculation/unfinished.sql");
const FAIL: &str = include_str!("../../sql/recalculation/fail.sql");
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Looks for recalculations whenever it is woken, and every ten seconds for those of other servers, until the task is
/// aborted. A connection of its own is opened only while there is one.
pub async fn run(database_url: String, pool: Pool, wake: Arc<Notify>) {
    loop {
        if let Err(error) = work_on_all(&database_url, &pool).await {
            tracing::warn!(error = error_chain(&error), "recalculations cannot be worked on now, trying again in 10 s");
        }
        let _ = tokio::time::timeout(LOOK_EVERY, wake.notified()).await;
    }
}

async fn work_on_all(database_url: &str, pool: &Pool) -> Result<(), DatabaseError> {
    for row in database::query(pool, UNFINISHED, &[]).await? {
        let id = row.try_get("recalculation_id")?;
        match work_on(database_url, id).await {
            Ok(Some(Outcome::Done)) => tracing::info!(recalculation = %id, "recalculation done"),
            Ok(_) => {}
            // Not its fault.
            Err(error) if error.is_unavailable() => return Err(error),
            Err(error) => {
                let text = error_chain(&error);
                let failed = database::query(pool, FAIL, &[&id, &text]).await?;
                let is_given_up = failed.first().map(|row| row.try_get("is_given_up")).transpose()?.unwrap_or(false);
                tracing::error!(recalculation = %id, error = text, is_given_up, "a recalculation failed");
            }
        }
    }
    Ok(())
}

/// None if another server works on it.
async fn work_on(database_url: &str, id: Uuid) -> Result<Option<Outcome>, DatabaseError> {
    let client = database::connect(database_url).await?;
    match Work::claim(client, id).await? {
        Some(work) => work.run(&Progress::silent(), &Stop::never()).await.map(Some),
        None => Ok(None),
    }
}
