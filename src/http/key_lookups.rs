//! Looks up keys: those that requests show at the same time in one statement, and none before its request has come, so that
//! a key that was revoked opens nothing.

use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_postgres::Row;
use uuid::Uuid;

use super::problem::Problem;
use crate::database::{self, DatabaseError};

const FIND: &str = include_str!("../../sql/keys/find.sql");
/// While one statement is on its way, the requests that come in gather for the next.
const WORKERS: usize = 2;
const MOST_AT_ONCE: usize = 1_000;

/// The way to the table of keys.
pub(super) struct KeyLookups(mpsc::UnboundedSender<Lookup>);

struct Lookup {
    key_sha256: [u8; 32],
    named_store: Option<Uuid>,
    answer: oneshot::Sender<Result<Option<Row>, Problem>>,
}

impl KeyLookups {
    /// Starts the tasks that look keys up; they end with it.
    pub(super) fn start(pool: &Pool) -> Self {
        let (sender, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..WORKERS {
            tokio::spawn(work(pool.clone(), Arc::clone(&waiting)));
        }
        Self(sender)
    }

    /// The row of find.sql about a key, and of the store that a request names beside it; none if there is no such key.
    ///
    /// # Errors
    /// A failing database.
    pub(super) async fn find(&self, key_sha256: [u8; 32], named_store: Option<Uuid>) -> Result<Option<Row>, Problem> {
        let (answer, answered) = oneshot::channel();
        let lookup = Lookup { key_sha256, named_store, answer };
        self.0.send(lookup).map_err(|_| DatabaseError::NoAnswer)?;
        answered.await.unwrap_or_else(|_| Err(DatabaseError::NoAnswer.into()))
    }
}

async fn work(pool: Pool, waiting: Arc<Mutex<mpsc::UnboundedReceiver<Lookup>>>) {
    loop {
        let mut lookups = Vec::new();
        if waiting.lock().await.recv_many(&mut lookups, MOST_AT_ONCE).await == 0 {
            return;
        }
        // Those who have gone need no answer.
        lookups.retain(|lookup| !lookup.answer.is_closed());
        if !lookups.is_empty() {
            answer(&pool, lookups).await;
        }
    }
}

async fn answer(pool: &Pool, lookups: Vec<Lookup>) {
    let rows = match find(pool, &lookups).await {
        Ok(rows) => rows,
        Err(error) => {
            let problem = Problem::from(error);
            for lookup in lookups {
                let _ = lookup.answer.send(Err(problem.clone()));
            }
            return;
        }
    };
    let mut rows = rows.into_iter().peekable();
    for (lookup, ordinal) in lookups.into_iter().zip(1_i64..) {
        let row = rows.next_if(|row| row.try_get("ordinal").is_ok_and(|found: i64| found == ordinal));
        let _ = lookup.answer.send(Ok(row));
    }
}

async fn find(pool: &Pool, lookups: &[Lookup]) -> Result<Vec<Row>, DatabaseError> {
    let hashes: Vec<&[u8]> = lookups.iter().map(|lookup| lookup.key_sha256.as_slice()).collect();
    let named: Vec<Option<Uuid>> = lookups.iter().map(|lookup| lookup.named_store).collect();
    database::query(pool, FIND, &[&hashes, &named]).await
}
