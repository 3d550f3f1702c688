//! Rows of one store that are too many to hold at once: a transaction that lives as long as they are read.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use futures_util::TryStreamExt;
use tokio_postgres::{Column, Row, RowStream, Statement};
use uuid::Uuid;

use super::lease::Lease;
use super::tenant::{BEGIN, ENTER};
use super::{DatabaseError, StatementParameters};

// A slow reader is not a slow query.
const LONGER_TIMEOUT: &str = "set local statement_timeout = '1h'";

/// A transaction of one store whose statements all see the same moment. Dropped, it closes its connection.
pub struct TenantSnapshot {
    lease: Lease,
    /// Everything committed before this instant is in it.
    pub complete_until: DateTime<Utc>,
}

/// Rows as they arrive. Dropped before the end, it closes its connection, which also ends the query.
pub struct TenantStream {
    lease: Option<Lease>,
    statement: Statement,
    rows: Pin<Box<RowStream>>,
    /// Everything committed before this instant is in the rows.
    pub complete_until: DateTime<Utc>,
}

impl TenantSnapshot {
    /// Begins to look at a store.
    ///
    /// # Errors
    /// When no connection can be had or the database fails.
    pub async fn begin(pool: &Pool, store_id: Uuid) -> Result<Self, DatabaseError> {
        let lease = Lease::take(pool).await?;
        let enter = lease.prepare_cached(ENTER).await?;
        let entering: StatementParameters<'_> = &[&store_id];
        let (begun, timeout, entered) = futures_util::join!(
            lease.batch_execute(BEGIN),
            lease.batch_execute(LONGER_TIMEOUT),
            lease.query_one(&enter, entering),
        );
        begun?;
        timeout?;
        let complete_until = entered?.try_get("complete_until")?;
        Ok(Self { lease, complete_until })
    }

    /// The row of a statement that has exactly one.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn query_one(&self, sql: &str, parameters: StatementParameters<'_>) -> Result<Row, DatabaseError> {
        Ok(self.lease.query_one(sql, parameters).await?)
    }

    /// Ends with a statement whose rows are read one by one.
    ///
    /// # Errors
    /// When the statement cannot be started; later failures come from `TenantStream::next`.
    pub async fn stream(self, sql: &str, parameters: StatementParameters<'_>) -> Result<TenantStream, DatabaseError> {
        let statement = self.lease.prepare(sql).await?;
        let rows = self.lease.query_raw(&statement, parameters.iter().copied()).await?;
        let Self { lease, complete_until } = self;
        Ok(TenantStream { lease: Some(lease), statement, rows: Box::pin(rows), complete_until })
    }
}

/// Starts a statement for a store whose rows are read one by one.
///
/// # Errors
/// As those of `TenantSnapshot`.
pub async fn tenant_stream(
    pool: &Pool,
    store_id: Uuid,
    sql: &str,
    parameters: StatementParameters<'_>,
) -> Result<TenantStream, DatabaseError> {
    TenantSnapshot::begin(pool, store_id).await?.stream(sql, parameters).await
}

impl TenantStream {
    /// Names and types of the columns, known also when there are no rows.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        self.statement.columns()
    }

    /// The next row, or none at the end, when the connection has gone back to the pool.
    ///
    /// # Errors
    /// When the statement fails while it runs.
    pub async fn next(&mut self) -> Result<Option<Row>, DatabaseError> {
        if let Some(row) = self.rows.try_next().await? {
            return Ok(Some(row));
        }
        if let Some(lease) = self.lease.take() {
            lease.batch_execute("commit").await?;
            lease.release();
        }
        Ok(None)
    }
}
