//! Connections to the database: the pool, single ones, and the settings that each of them carries.

mod author;
mod error;
mod lease;
mod notifications;
mod reads;
mod replica;
mod stream;
mod tenant;
mod tls;

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use author::{Author, change, record_action};
pub use error::{DatabaseError, error_chain};
pub(crate) use lease::Lease;
pub use notifications::{Notification, Notifications};
pub use reads::{Reads, ReplicaSettings, Source};
pub use replica::ReplicaStatus;
pub use stream::{TenantSnapshot, TenantStream, tenant_stream};
pub use tenant::{RowSet, TenantRowSets, TenantRows, admin_query, tenant_queries, tenant_query};

/// Parameters of a statement, in the order of its `$1`, `$2`, ….
pub type StatementParameters<'a> = &'a [&'a (dyn ToSql + Sync)];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Also how much longer an answer is waited for than the database lets a statement run.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);
const REPLICA_TIMEOUT: Duration = Duration::from_secs(5);
/// A host that acknowledges nothing for so long has vanished; without this a request would wait a quarter of an hour.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(30);

/// Opens no connection yet; fails only on a URL or certificates that cannot be read.
///
/// # Errors
/// `DatabaseError::Url` or `DatabaseError::Tls`.
pub fn pool(url: &str, size: u16, statement_timeout: Duration) -> Result<Pool, DatabaseError> {
    let (config, tls) = tls::configure(url)?;
    pool_of(config, tls, size, statement_timeout, "")
}

/// As `pool`, for look-ups in plain tables: one plan is good for every value, and to make one takes longer than to run it.
///
/// # Errors
/// As `pool`.
pub fn lookup_pool(url: &str, size: u16, statement_timeout: Duration) -> Result<Pool, DatabaseError> {
    let (config, tls) = tls::configure(url)?;
    pool_of(config, tls, size, statement_timeout, "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off")
}

/// As `pool`, for a server that may vanish without notice and need not be waited for.
fn replica_pool(url: &str, size: u16, statement_timeout: Duration) -> Result<Pool, DatabaseError> {
    let (mut config, tls) = tls::configure(url)?;
    wait_for_host_at_most(&mut config, REPLICA_TIMEOUT);
    config.tcp_user_timeout(REPLICA_TIMEOUT);
    pool_of(config, tls, size, statement_timeout, "")
}

fn pool_of(
    mut config: Config,
    tls: MakeRustlsConnect,
    size: u16,
    statement_timeout: Duration,
    settings: &str,
) -> Result<Pool, DatabaseError> {
    let timeout_ms = statement_timeout.as_millis();
    let settings = format!("-c statement_timeout={timeout_ms} -c idle_in_transaction_session_timeout=60s {settings}");
    session_settings(&mut config, &settings);
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, tls, recycling))
        .max_size(size.into())
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT_FOR_CONNECTION))
        .create_timeout(Some(CONNECT_TIMEOUT))
        // Recycling asks the database nothing; kept here, the limit of `in_time` goes wherever the pool does.
        .recycle_timeout(Some(WAIT_FOR_CONNECTION + statement_timeout))
        .build()
        .map_err(|error| DatabaseError::Url(error.to_string()))
}

/// One connection outside any pool and without time limits, for migrations, imports and jobs.
///
/// # Errors
/// When the URL is wrong or the server cannot be reached or refuses.
pub async fn connect(url: &str) -> Result<Client, DatabaseError> {
    let (mut config, tls) = tls::configure(url)?;
    session_settings(&mut config, "");
    let (client, connection) = config.connect(tls).await.map_err(DatabaseError::Connect)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = error_chain(&error), "connection to the database lost");
        }
    });
    Ok(client)
}

/// Runs one statement on a connection of the pool, outside any transaction.
///
/// # Errors
/// When no connection can be had, the statement fails, or no answer comes in time.
pub async fn query(
    pool: &Pool,
    sql: &'static str,
    parameters: StatementParameters<'_>,
) -> Result<Vec<Row>, DatabaseError> {
    in_time(pool, async {
        // Given up in the middle, the lease closes its connection: nobody else waits behind the statement.
        let lease = Lease::take(pool).await?;
        let rows = match lease.prepare_cached(sql).await {
            Ok(statement) => lease.query(&statement, parameters).await,
            Err(error) => Err(error),
        };
        lease.release();
        Ok(rows?)
    })
    .await
}

/// Gives up what a database does not answer that takes everything and says nothing: it ends no statement by itself then,
/// and no error of the network tells. Boxed, because handlers with all their statements would not fit on a stack.
fn in_time<'a, T: 'a>(
    pool: &Pool,
    answer: impl Future<Output = Result<T, DatabaseError>> + Send + 'a,
) -> impl Future<Output = Result<T, DatabaseError>> + Send + 'a {
    let limit = pool.timeouts().recycle.unwrap_or(WAIT_FOR_CONNECTION);
    let answer: BoxFuture<'a, _> = answer.boxed();
    async move { tokio::time::timeout(limit, answer).await.unwrap_or(Err(DatabaseError::NoAnswer)) }
}

/// Settings travel with the connection start, so that no round trip is spent on them and none can be forgotten.
///
/// No just-in-time compilation: it compiles the expressions of each chunk anew, for every statement (18 of 22 seconds
/// for 200,000 conversations in 14 chunks). The keepalives are those of the database: it lets go of the locks of a server
/// whose host has vanished after a minute, not after two hours.
fn session_settings(config: &mut Config, own: &str) {
    let given = config.get_options().unwrap_or_default();
    let options = format!(
        "{given} -c search_path=analytics,public -c colloquy.actor=command -c TimeZone=UTC -c plan_cache_mode=force_custom_plan -c jit=off \
         -c client_connection_check_interval=500ms -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 \
         -c tcp_keepalives_count=3 {own}"
    );
    config.options(options.trim());
    config.application_name("colloquy");
    wait_for_host_at_most(config, CONNECT_TIMEOUT);
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(ACKNOWLEDGED_WITHIN);
    }
    config.keepalives_idle(Duration::from_mins(1));
}

/// The limit is for all hosts of the URL together, so that one that has vanished leaves time for the next.
fn wait_for_host_at_most(config: &mut Config, limit: Duration) {
    if config.get_connect_timeout().is_none() {
        let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1);
        config.connect_timeout(limit / hosts);
    }
}
