//! The connection of an import, which keeps retention away for as long as it lives.

use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::{Client, Statement, error::SqlState};

use super::{ImportError, error::doing};
use crate::{
    events::{
        Event,
        store::{self, Exception, Frozen},
    },
    schema,
};

/// Faults in a row that are borne before the import fails.
const ATTEMPTS: u32 = 10;

/// A connection that stores history.
pub struct Session {
    client: Client,
    store: Statement,
}

impl Session {
    /// Takes over a connection that nobody else uses. Waits for retention to finish if it runs now.
    ///
    /// # Errors
    /// When the database fails or is not migrated.
    pub async fn open(client: Client) -> Result<Self, ImportError> {
        if !schema::is_migrated(&client).await.map_err(doing("looking at its schema"))? {
            return Err(ImportError::NotMigrated);
        }
        // Plans are made for the batch at hand, because only its times say which chunks to open.
        client
            .batch_execute(
                "set plan_cache_mode = force_custom_plan;
                 select pg_advisory_lock_shared(hashtext('colloquy.raw_in_use'), 0)",
            )
            .await
            .map_err(doing("preparing"))?;
        let store = store::prepare(&client).await.map_err(doing("preparing"))?;
        Ok(Self { client, store })
    }

    /// The connection, for statements beside the storing of events.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Stores a batch in a transaction of its own, again if other writers got in its way.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn store(&self, events: &[&Event]) -> Result<Vec<Exception>, ImportError> {
        let mut attempt = 1;
        loop {
            match store::store(&self.client, &self.store, events, Frozen::Replace).await {
                Err(error) if attempt < ATTEMPTS && passes(&error) => {
                    sleep(Duration::from_millis(20) * attempt).await;
                    attempt += 1;
                }
                result => return result.map_err(doing("storing events")),
            }
        }
    }
}

fn passes(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| {
        [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE, SqlState::LOCK_NOT_AVAILABLE]
            .contains(state)
    })
}
