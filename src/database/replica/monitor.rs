//! Looks at a replica once a second, and says in the log when it goes and when it is back.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Client;

use super::{POSITION, Position, Replica, State, Unfit, locked};
use crate::database::{self, DatabaseError, error_chain};
use crate::schema;

const MARK: &str = include_str!("../../../sql/database/mark.sql");
const IDENTITY: &str = include_str!("../../../sql/database/identity.sql");

const EVERY: Duration = Duration::from_secs(1);
/// A server that says nothing for so long is gone.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Why the replica is not used.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("it did not answer within {} s", ANSWER_WITHIN.as_secs())]
    Silent,
    #[error("it is not a replica of the database of DATABASE_URL")]
    Foreign,
    #[error("its schema is not that of this version; run `colloquy migrate`")]
    NotMigrated,
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Fault {
    fn state(&self) -> State {
        match self {
            Self::Database(_) | Self::Silent => State::Gone,
            Self::Unfit(Unfit::Behind(_)) => State::Behind,
            Self::Foreign | Self::NotMigrated | Self::Unfit(_) => State::Unfit,
        }
    }
}

/// Connections of its own: a pool that is used up says nothing of the server.
struct Monitor {
    replica: Arc<Replica>,
    primary_url: String,
    replica_url: String,
    primary: Option<Client>,
    reader: Option<Client>,
    /// The state of which the log has told.
    told: Option<State>,
}

/// Watches until the task is aborted.
pub(in crate::database) async fn run(replica: Arc<Replica>, primary_url: String, replica_url: String) {
    let mut monitor = Monitor { replica, primary_url, replica_url, primary: None, reader: None, told: None };
    loop {
        monitor.mark_patiently().await;
        let result = monitor.look_patiently().await;
        monitor.settle(result);
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = monitor.replica.doubted.notified() => {}
        }
    }
}

impl Monitor {
    /// A primary that cannot be marked is no fault of the replica, whose data just grow old.
    async fn mark_patiently(&mut self) {
        let result = match timeout(ANSWER_WITHIN, self.mark()).await {
            Ok(result) => result,
            Err(_) => Err(Fault::Silent),
        };
        if let Err(error) = result {
            tracing::debug!(error = error_chain(&error), "the log of the primary cannot be marked");
            self.primary = None;
        }
    }

    async fn mark(&mut self) -> Result<(), Fault> {
        let client = match self.primary.take() {
            Some(client) => client,
            None => database::connect(&self.primary_url).await?,
        };
        let row = self.primary.insert(client).query_one(MARK, &[]).await?;
        locked(&self.replica.marks).add(row.try_get("at")?, row.try_get("written")?);
        Ok(())
    }

    async fn look_patiently(&mut self) -> Result<(), Fault> {
        let result = match timeout(ANSWER_WITHIN, self.look()).await {
            Ok(result) => result,
            Err(_) => Err(Fault::Silent),
        };
        if !matches!(result, Ok(()) | Err(Fault::Unfit(Unfit::Behind(_)))) {
            self.reader = None;
        }
        result
    }

    async fn look(&mut self) -> Result<(), Fault> {
        let client = match self.reader.take() {
            Some(client) => client,
            None => self.connect().await?,
        };
        let position = Position::of(&self.reader.insert(client).query_one(POSITION, &[]).await?)?;
        let judged = self.replica.judge(&position);
        let lag = match &judged {
            Ok(freshness) => Some(freshness.lag),
            Err(Unfit::Behind(lag)) => Some(*lag),
            Err(Unfit::NoReplica | Unfit::Unknown) => None,
        };
        *locked(&self.replica.lag) = lag;
        judged?;
        Ok(())
    }

    /// Connects to the replica and finds out whether it is one.
    async fn connect(&self) -> Result<Client, Fault> {
        let client = database::connect(&self.replica_url).await?;
        let primary = self.primary.as_ref().ok_or(Unfit::Unknown)?;
        if identity(&client).await? != identity(primary).await? {
            return Err(Fault::Foreign);
        }
        if !schema::is_migrated(&client).await? {
            return Err(Fault::NotMigrated);
        }
        Ok(client)
    }

    fn settle(&mut self, result: Result<(), Fault>) {
        let state = result.as_ref().map_or_else(Fault::state, |()| State::Used);
        if matches!(state, State::Gone | State::Unfit) {
            *locked(&self.replica.lag) = None;
        }
        self.replica.state.send_if_modified(|before| std::mem::replace(before, state) != state);
        if self.told.replace(state) == Some(state) {
            return;
        }
        match result {
            Ok(()) => tracing::info!("the replica answers reads"),
            Err(fault) => {
                let fault = error_chain(&fault);
                tracing::warn!(fault, "the replica cannot be used, the primary answers reads until it can");
            }
        }
    }
}

async fn identity(client: &Client) -> Result<(i64, String), tokio_postgres::Error> {
    let row = client.query_one(IDENTITY, &[]).await?;
    Ok((row.try_get("system_identifier")?, row.try_get("name")?))
}
