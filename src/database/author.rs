//! Changes in the name of somebody: the database records in table `admin_actions` which key made each of them.

use deadpool_postgres::Pool;
use tokio_postgres::Row;
use uuid::Uuid;

use super::lease::Lease;
use super::{DatabaseError, StatementParameters};

/// Puts the key into the transaction, for the triggers that record what is done.
pub(crate) const AUTHOR: &str = include_str!("../../sql/database/author.sql");

/// Who changes something: a key, or whoever runs the command where there is only a pool.
#[derive(Clone, Copy)]
pub struct Author<'a> {
    pool: &'a Pool,
    key_id: Option<Uuid>,
}

impl<'a> Author<'a> {
    /// The key of a request.
    #[must_use]
    pub fn key(pool: &'a Pool, key_id: Uuid) -> Self {
        Self { pool, key_id: Some(key_id) }
    }

    /// Connections for what is only read before the change.
    #[must_use]
    pub fn pool(&self) -> &'a Pool {
        self.pool
    }
}

impl<'a> From<&'a Pool> for Author<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self { pool, key_id: None }
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
    let naming: StatementParameters<'_> = &[&key_id];
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
