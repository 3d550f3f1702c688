//! `colloquy serve`: answers HTTP until it is told to stop, then finishes what it accepted.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use deadpool_postgres::Pool;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::CommandError;
use crate::config::{DatabaseArgs, HttpArgs, PoolArgs, ReplicaArgs};
use crate::database::{DatabaseError, Reads, ReplicaSettings};
use crate::events::writer::{Workers, Writer};
use crate::http::auth::KEY_WITHIN;
use crate::http::connections::accept_until;
use crate::http::rate_limits::RateLimits;
use crate::http::{App, Setup};
use crate::{database, jobs, recalculation, schema};

// While one waits for its commit, the other sends the next batch.
const INGEST_WORKERS: u16 = 2;
// Two for what looks up keys, one for sessions of the dashboard.
const KEY_CONNECTIONS: u16 = 3;

// One for the figures in `/metrics`, one for `/health/ready`.
const MONITORING_CONNECTIONS: u16 = 2;
const MONITORING_TIMEOUT: Duration = Duration::from_secs(1);

/// What the command line gives.
#[derive(Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub pool: PoolArgs,
    #[command(flatten)]
    pub replica: ReplicaArgs,
    #[command(flatten)]
    pub http: HttpArgs,
    /// PostgreSQL URL of the role that owns the schema, for migrating and for the jobs that the server runs on the Apache-2
    /// Edition; by default --database-url
    #[arg(long, env = "COLLOQUY_JOBS_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub jobs_database_url: Option<String>,
    /// Serve without migrating the database first
    #[arg(long)]
    pub no_migrate: bool,
}

/// Runs the command.
///
/// # Errors
/// When the database or the address cannot be used, or accepted requests are not done by the deadline.
pub async fn run(args: ServeArgs) -> Result<(), CommandError> {
    // Before anything else, so that a signal during the migration is not lost.
    let stop = stop_signal()?;
    let pool = database::pool(&args.database.database_url, args.pool.pool_size, args.pool.statement_timeout())?;
    let address = args.http.listen;
    let listener = TcpListener::bind(address).await.map_err(|source| CommandError::Listen { address, source })?;
    let jobs_url = args
        .jobs_database_url
        .clone()
        .filter(|url| !url.is_empty())
        .unwrap_or_else(|| args.database.database_url.clone());
    if !args.no_migrate {
        migrate(&jobs_url).await?;
    }
    let queue_events = usize::try_from(args.http.ingest_queue_events).unwrap_or(usize::MAX);
    // Connections of their own: slow readers cannot keep events from being stored.
    let writers = database::pool(&args.database.database_url, INGEST_WORKERS, args.pool.statement_timeout())?;
    let (writer, workers) = Writer::start(&writers, queue_events, INGEST_WORKERS.into());
    // So that slow readers cannot keep anybody from showing a key.
    let keys = database::lookup_pool(&args.database.database_url, KEY_CONNECTIONS, KEY_WITHIN)?;
    // So that readers and writers that use all of theirs can be seen.
    let monitoring = database::pool(&args.database.database_url, MONITORING_CONNECTIONS, MONITORING_TIMEOUT)?;
    let limits = args.http.connection_limits().within_open_files(database_connections(&args));
    let app = App::of(Setup {
        reads: reads(&args, pool.clone())?,
        pool,
        keys,
        monitoring,
        writer,
        bodies: args.http.body_limits(),
        rate_limits: RateLimits::new(args.http.ingest_requests_per_second, args.http.requests_per_second),
    });
    let live = app.live.clone();
    live.start(args.database.database_url, app.writer.ingested());
    let recalculations =
        recalculation::worker::run(jobs_url.clone(), app.pool.clone(), Arc::clone(&app.recalculations));
    let recalculations = tokio::spawn(recalculations);
    let jobs = tokio::spawn(jobs::run(jobs_url));
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let connections = accept_until(stop, listener, app, limits).await;
    jobs.abort();
    recalculations.abort();
    // They would go on for ever.
    live.stop();
    finish(connections, workers, args.http.shutdown_deadline_seconds).await
}

/// The primary, or the replica in front of it.
fn reads(args: &ServeArgs, primary: Pool) -> Result<Reads, DatabaseError> {
    // Compose files pass variables that are empty.
    let Some(url) = args.replica.read_database_url.as_deref().filter(|url| !url.is_empty()) else {
        return Ok(Reads::of_primary(primary));
    };
    let settings = ReplicaSettings {
        url,
        pool_size: args.pool.pool_size,
        statement_timeout: args.pool.statement_timeout(),
        max_lag: Duration::from_secs(args.replica.max_replica_lag_seconds.into()),
    };
    Reads::with_replica(primary, &args.database.database_url, &settings)
}

/// Migrates, if the session may. If not, the schema has to be right already.
async fn migrate(url: &str) -> Result<(), CommandError> {
    let mut client = database::connect(url).await?;
    if schema::may_migrate(&client).await.map_err(DatabaseError::from)? {
        let done = schema::migrate(&mut client).await?;
        tracing::info!(edition = %done.edition, migrations = done.migrations, files = done.files, "database is migrated");
    } else if schema::is_migrated(&client).await.is_ok_and(|is_migrated| is_migrated) {
        tracing::info!("the schema is that of this version; this role may not migrate, nor need it");
    } else {
        return Err(CommandError::MayNotMigrate);
    }
    Ok(())
}

/// Connections to the database at most, as the help of `--pool-size` counts them.
fn database_connections(args: &ServeArgs) -> usize {
    let of_replica = if args.replica.read_database_url.is_some() { args.pool.pool_size } else { 0 };
    usize::from(args.pool.pool_size + of_replica + INGEST_WORKERS + KEY_CONNECTIONS + MONITORING_CONNECTIONS) + 3
}

async fn finish(connections: GracefulShutdown, workers: Workers, deadline_seconds: u32) -> Result<(), CommandError> {
    let open = connections.count();
    tracing::info!(connections = open, "stopping");
    let deadline = Duration::from_secs(deadline_seconds.into());
    let finished = async {
        connections.shutdown().await;
        workers.finished().await;
    };
    match tokio::time::timeout(deadline, finished).await {
        Ok(()) => Ok(()),
        Err(_) => Err(CommandError::ShutdownDeadline { seconds: deadline_seconds }),
    }
}

/// Ends at the first SIGTERM or SIGINT after this call.
fn stop_signal() -> Result<impl Future<Output = ()>, std::io::Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
