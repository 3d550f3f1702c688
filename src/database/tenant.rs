//! Queries of one store's data: a read-only transaction that can see no other store, in one round trip.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use futures_util::future::{join_all, try_join_all};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Column, Row, Statement};
use uuid::Uuid;

use super::lease::Lease;
use super::replica::{POSITION, Position};
use super::{DatabaseError, Source, StatementParameters, in_time};

// A snapshot that is older than every plan: with one per statement, rows that a refresh moves into a new chunk of the
// aggregate between planning and running were in neither place.
pub(super) const BEGIN: &str = "begin isolation level repeatable read read only";
pub(super) const ENTER: &str = include_str!("../../sql/database/tenant.sql");

/// What one statement returned.
pub struct RowSet {
    statement: Statement,
    /// The rows, in the order of the statement.
    pub rows: Vec<Row>,
}

impl RowSet {
    /// Names and types of the columns, known also when there are no rows.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        self.statement.columns()
    }
}

/// What one statement of a tenant or of admins returned.
pub struct TenantRows {
    statement: Statement,
    /// The rows, in the order of the statement.
    pub rows: Vec<Row>,
    /// Everything committed before this instant was seen.
    pub complete_until: DateTime<Utc>,
}

impl TenantRows {
    /// Names and types of the columns, known also when there are no rows.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        self.statement.columns()
    }
}

/// What several statements of a tenant returned, in their order.
pub struct TenantRowSets {
    /// One for each statement.
    pub sets: Vec<RowSet>,
    /// Everything committed before this instant was seen by all of them.
    pub complete_until: DateTime<Utc>,
}

/// Runs one statement for a store: on the primary if given its pool, on the replica too if given `Reads`.
///
/// # Errors
/// When no connection can be had or the statement fails; the connection is never left in a transaction.
pub async fn tenant_query<'a>(
    source: impl Into<Source<'a>>,
    store_id: Uuid,
    sql: &'static str,
    parameters: StatementParameters<'_>,
) -> Result<TenantRows, DatabaseError> {
    let mut answer = tenant_queries(source, store_id, &[(sql, parameters)]).await?;
    let set = answer.sets.remove(0);
    Ok(TenantRows { statement: set.statement, rows: set.rows, complete_until: answer.complete_until })
}

/// Runs several statements for a store in one transaction, all with the same snapshot (repeatable read).
///
/// # Errors
/// As `tenant_query`; the first statement that fails names the error.
pub async fn tenant_queries<'a>(
    source: impl Into<Source<'a>>,
    store_id: Uuid,
    statements: &[(&'static str, StatementParameters<'_>)],
) -> Result<TenantRowSets, DatabaseError> {
    let source = source.into();
    if let Some(replica) = source.replica()
        && let Some((sets, complete_until)) = replica.read(run(&replica.pool, store_id, statements)).await?
    {
        return Ok(TenantRowSets { sets, complete_until });
    }
    let (sets, position) = run(source.primary, store_id, statements).await?;
    Ok(TenantRowSets { sets, complete_until: position.complete_until.unwrap_or_default() })
}

/// Runs one statement about all stores, as admins may, with the rights of the server.
///
/// # Errors
/// When no connection can be had or the statement fails.
pub async fn admin_query(
    pool: &Pool,
    sql: &'static str,
    parameters: StatementParameters<'_>,
) -> Result<TenantRows, DatabaseError> {
    let client = pool.get().await?;
    let position = client.prepare_cached(POSITION).await?;
    let statement = client.prepare_cached(sql).await?;
    let (position, rows) = futures_util::join!(client.query_one(&position, &[]), client.query(&statement, parameters));
    let complete_until = Position::of(&position?)?.complete_until.unwrap_or_default();
    Ok(TenantRows { statement, rows: rows?, complete_until })
}

async fn run(
    pool: &Pool,
    store_id: Uuid,
    statements: &[(&'static str, StatementParameters<'_>)],
) -> Result<(Vec<RowSet>, Position), DatabaseError> {
    match in_time(pool, attempt(pool, store_id, statements)).await {
        // A migration has changed a view under a prepared statement: prepare all anew.
        Err(error) if error.sql_state() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
            pool.manager().statement_caches.clear();
            in_time(pool, attempt(pool, store_id, statements)).await
        }
        result => result,
    }
}

async fn attempt(
    pool: &Pool,
    store_id: Uuid,
    statements: &[(&'static str, StatementParameters<'_>)],
) -> Result<(Vec<RowSet>, Position), DatabaseError> {
    let lease = Lease::take(pool).await?;
    let (position, enter) = (lease.prepare_cached(POSITION).await?, lease.prepare_cached(ENTER).await?);
    let prepared = try_join_all(statements.iter().map(|(sql, _)| lease.prepare_cached(sql))).await?;

    // Each future sends its message when first polled, and join polls in order: one round trip. All are awaited even
    // when one fails, because the commit must have been sent before the connection goes back.
    let queries =
        prepared.iter().zip(statements).map(|(statement, (_, parameters))| lease.query(statement, parameters));
    let entering: StatementParameters<'_> = &[&store_id];
    let (position, begun, entered, results, ended) = futures_util::join!(
        lease.query_one(&position, &[]),
        lease.batch_execute(BEGIN),
        lease.query_one(&enter, entering),
        join_all(queries),
        lease.batch_execute("commit"),
    );
    if ended.is_ok() {
        lease.release();
    }
    let position = Position::of(&position?)?;
    begun?;
    entered?;
    let rows = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    ended?;
    let sets = prepared.into_iter().zip(rows).map(|(statement, rows)| RowSet { statement, rows }).collect();
    Ok((sets, position))
}
