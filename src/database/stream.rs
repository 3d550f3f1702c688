//! Rows of one store that are too many to hold at once: a transaction that lives as long as they are read.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use futures_util::TryStreamExt;
use tokio::sync::watch;
use tokio_postgres::{Column, Row, RowStream, Statement};
use uuid::Uuid;

use super::lease::Lease;
use super::replica::{POSITION, Position, State, unless_gone};
use super::tenant::{BEGIN, ENTER};
use super::{DatabaseError, Source, StatementParameters, in_time};

// A slow reader is not a slow query.
const LONGER_TIMEOUT: &str = "set local statement_timeout = '1h'";

/// A transaction of one store whose statements all see the same moment. Dropped, it closes its connection.
pub struct TenantSnapshot {
    lease: Lease,
    /// Everything committed before this instant is in it.
    pub complete_until: DateTime<Utc>,
    /// The state of the replica that it is of.
    replica: Option<watch::Receiver<State>>,
}

/// Rows as they arrive. Dropped before the end, it closes its connection, which also ends the query.
pub struct TenantStream {
    lease: Option<Lease>,
    statement: Statement,
    rows: Pin<Box<RowStream>>,
    /// Everything committed before this instant is in the rows.
    pub complete_until: DateTime<Utc>,
    replica: Option<watch::Receiver<State>>,
}

impl TenantSnapshot {
    /// Begins to look at a store: on the primary if given its pool, on the replica too if given `Reads`.
    ///
    /// # Errors
    /// When no connection can be had or the database fails.
    pub async fn begin<'a>(source: impl Into<Source<'a>>, store_id: Uuid) -> Result<Self, DatabaseError> {
        let source = source.into();
        if let Some(replica) = source.replica()
            && let Some((lease, complete_until)) =
                replica.read(in_time(&replica.pool, begin(&replica.pool, store_id))).await?
        {
            return Ok(Self { lease, complete_until, replica: Some(replica.follow()) });
        }
        let (lease, position) = in_time(source.primary, begin(source.primary, store_id)).await?;
        Ok(Self { lease, complete_until: position.complete_until.unwrap_or_default(), replica: None })
    }

    /// Whether it is of the replica, so that the primary may do what fails here.
    #[must_use]
    pub fn is_of_replica(&self) -> bool {
        self.replica.is_some()
    }

    /// The row of a statement that has exactly one.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn query_one(
        &mut self,
        sql: &'static str,
        parameters: StatementParameters<'_>,
    ) -> Result<Row, DatabaseError> {
        let Self { lease, replica, .. } = self;
        patiently(replica, async { Ok(lease.query_one(sql, parameters).await?) }).await
    }

    /// Ends with a statement whose rows are read one by one.
    ///
    /// # Errors
    /// When the statement cannot be started; later failures come from `TenantStream::next`.
    pub async fn stream(
        self,
        sql: &'static str,
        parameters: StatementParameters<'_>,
    ) -> Result<TenantStream, DatabaseError> {
        let Self { lease, complete_until, mut replica } = self;
        let (statement, rows) = patiently(&mut replica, async {
            let statement = lease.prepare(sql).await?;
            let rows = lease.query_raw(&statement, parameters.iter().copied()).await?;
            Ok((statement, rows))
        })
        .await?;
        Ok(TenantStream { lease: Some(lease), statement, rows: Box::pin(rows), complete_until, replica })
    }
}

async fn begin(pool: &Pool, store_id: Uuid) -> Result<(Lease, Position), DatabaseError> {
    let lease = Lease::take(pool).await?;
    let (position, enter) = (lease.prepare_cached(POSITION).await?, lease.prepare_cached(ENTER).await?);
    let entering: StatementParameters<'_> = &[&store_id];
    let (position, begun, timeout, entered) = futures_util::join!(
        lease.query_one(&position, &[]),
        lease.batch_execute(BEGIN),
        lease.batch_execute(LONGER_TIMEOUT),
        lease.query_one(&enter, entering),
    );
    let position = Position::of(&position?)?;
    begun?;
    timeout?;
    entered?;
    Ok((lease, position))
}

/// Waits for the replica, if there is one, no longer than it is there.
async fn patiently<T>(
    replica: &mut Option<watch::Receiver<State>>,
    answer: impl Future<Output = Result<T, DatabaseError>>,
) -> Result<T, DatabaseError> {
    match replica {
        Some(state) => unless_gone(state, answer).await,
        None => answer.await,
    }
}

/// Starts a statement for a store whose rows are read one by one.
///
/// # Errors
/// As those of `TenantSnapshot`.
pub async fn tenant_stream<'a>(
    source: impl Into<Source<'a>>,
    store_id: Uuid,
    sql: &'static str,
    parameters: StatementParameters<'_>,
) -> Result<TenantStream, DatabaseError> {
    TenantSnapshot::begin(source, store_id).await?.stream(sql, parameters).await
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
        let Self { rows, replica, .. } = self;
        if let Some(row) = patiently(replica, async { Ok(rows.try_next().await?) }).await? {
            return Ok(Some(row));
        }
        if let Some(lease) = self.lease.take() {
            lease.batch_execute("commit").await?;
            lease.release();
        }
        Ok(None)
    }
}
