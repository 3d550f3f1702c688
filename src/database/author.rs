//! Changes in the name of somebody: the table `admin_actions` has who made each of them, by which key and request.

use deadpool_postgres::Pool;
use serde_json::Value;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::lease::Lease;
use super::{DatabaseError, StatementParameters};

/// Puts the key and the request into the transaction, for the triggers that record what is done.
const AUTHOR: &str = include_str!("../../sql/database/author.sql");
const HAS_RECORD: &str = include_str!("../../sql/database/has_record.sql");
const RECORD: &str = include_str!("../../sql/database/record_action.sql");

/// Who changes something: a request with a key, or whoever runs the command where there is only a pool.
#[derive(Clone)]
pub struct Author<'a> {
    pool: &'a Pool,
    key_id: Option<Uuid>,
    request_id: Option<String>,
}

impl<'a> Author<'a> {
    /// The key of a request, and the id that the request has in logs.
    #[must_use]
    pub fn key(pool: &'a Pool, key_id: Uuid, request_id: Option<String>) -> Self {
        Self { pool, key_id: Some(key_id), request_id }
    }

    /// Connections for what is only read before the change.
    #[must_use]
    pub fn pool(&self) -> &'a Pool {
        self.pool
    }

    /// None for a command.
    #[must_use]
    pub fn key_id(&self) -> Option<Uuid> {
        self.key_id
    }

    /// Names a key in the transaction of the connection, for changes of several statements. A command is named already.
    pub(crate) async fn name_in(&self, lease: &Lease) -> Result<(), tokio_postgres::Error> {
        if self.key_id.is_some() {
            lease.query_one(&lease.prepare_cached(AUTHOR).await?, &[&self.key_id, &self.request_id]).await?;
        }
        Ok(())
    }
}

impl<'a> From<&'a Pool> for Author<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self { pool, key_id: None, request_id: None }
    }
}

/// Runs one statement that changes something, in a transaction that names its author, in one round trip.
///
/// # Errors
/// When no connection can be had or the statement fails; nothing is changed or recorded then.
pub async fn change<'a>(
    author: impl Into<Author<'a>>,
    sql: &'static str,
    parameters: StatementParameters<'_>,
) -> Result<Vec<Row>, DatabaseError> {
    let author = author.into();
    let Some(key_id) = author.key_id else {
        return super::query(author.pool, sql, parameters).await;
    };
    let lease = Lease::take(author.pool).await?;
    let (name, statement) = (lease.prepare_cached(AUTHOR).await?, lease.prepare_cached(sql).await?);
    let naming: StatementParameters<'_> = &[&key_id, &author.request_id];
    // As in tenant.rs: the messages go out in this order, and all are awaited. A commit after an error rolls back.
    let (begun, named, rows, ended) = futures_util::join!(
        lease.batch_execute("begin"),
        lease.query_one(&name, naming),
        lease.query(&statement, parameters),
        lease.batch_execute("commit"),
    );
    if ended.is_ok() {
        lease.release();
    }
    begun?;
    named?;
    let rows = rows?;
    ended?;
    Ok(rows)
}

/// Records what a command does where no trigger sees it; `detail` has numbers and times, and nothing of customers. Nothing
/// is recorded in a database that has never been migrated.
///
/// # Errors
/// When the session may not, as all but the owner of the schema.
pub async fn record_action(
    client: &Client,
    action: &str,
    store_id: Option<Uuid>,
    detail: &Value,
) -> Result<(), tokio_postgres::Error> {
    if client.query_one(HAS_RECORD, &[]).await?.try_get("has_record")? {
        client.execute(RECORD, &[&action, &store_id, detail]).await?;
    }
    Ok(())
}
