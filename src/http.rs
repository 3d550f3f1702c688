//! The HTTP frame: what every endpoint shares, from the key of a request to the format of its answer.

pub mod auth;
pub mod body;
pub mod body_limits;
mod busy;
pub(crate) mod coding;
pub mod connections;
mod content_encoding;
pub mod context;
mod cors;
pub mod csv;
pub mod cursor;
pub mod documents;
pub mod fields;
mod frame;
pub mod health;
mod key_lookups;
pub mod method;
mod numeric;
pub mod openapi;
pub mod parameters;
mod patient_stream;
pub mod problem;
pub mod rate_limits;
pub mod reply;
mod reply_parts;
mod reply_stream;
pub mod reply_with_id;
pub mod routes;

use std::ops::Deref;
use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use auth::KeyUse;
use body_limits::{Bodies, BodyLimits};
use key_lookups::KeyLookups;
use rate_limits::RateLimits;

use crate::analytics::live::{Live, MAX_LISTENERS};
use crate::database::{Author, Reads, ReplicaStatus};
use crate::events::writer::Writer;
use crate::monitoring::Monitor;
use crate::monitoring::readings::Reading;

/// What handlers work with, shared by all requests.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an `App`.
pub struct Parts {
    /// Connections to the primary.
    pub pool: Pool,
    /// Connections that look up keys: readers that use all of theirs keep nobody else out.
    pub keys: Pool,
    /// Connections for looking at the database, which nothing slow uses.
    pub monitoring: Pool,
    /// Where analytics, exports and lists are read: the replica, if there is one.
    pub reads: Reads,
    /// What bodies of requests may take.
    pub bodies: Bodies,
    /// The way of live events into the database.
    pub writer: Writer,
    /// Who follows the metrics of today.
    pub live: Live,
    /// Exports that may run at a time: half of the connections, so that other requests have the other half.
    pub exports: Arc<Semaphore>,
    /// Wakes whoever works on recalculations, after one was asked for.
    pub recalculations: Arc<Notify>,
    /// What Prometheus reads.
    pub monitor: Monitor,
    /// How many requests a key may send.
    pub rate_limits: RateLimits,
    key_use: KeyUse,
    key_lookups: KeyLookups,
}

/// What an `App` is put together from.
pub struct Setup {
    pub pool: Pool,
    pub keys: Pool,
    pub monitoring: Pool,
    pub reads: Reads,
    pub writer: Writer,
    pub bodies: BodyLimits,
    pub rate_limits: RateLimits,
}

impl Setup {
    /// One pool for everything, no replica, no limit of rates.
    #[must_use]
    pub fn of(pool: Pool, writer: Writer, bodies: impl Into<BodyLimits>) -> Self {
        Self {
            keys: pool.clone(),
            monitoring: pool.clone(),
            reads: Reads::of_primary(pool.clone()),
            pool,
            writer,
            bodies: bodies.into(),
            rate_limits: RateLimits::default(),
        }
    }
}

impl App {
    /// Of the simplest setup.
    #[must_use]
    pub fn new(pool: Pool, writer: Writer, bodies: impl Into<BodyLimits>) -> Self {
        Self::of(Setup::of(pool, writer, bodies))
    }

    /// Puts the parts together.
    #[must_use]
    pub fn of(setup: Setup) -> Self {
        let Setup { pool, keys, monitoring, reads, writer, bodies, rate_limits } = setup;
        let bodies = Bodies::new(bodies);
        let most_exports = (pool.status().max_size / 2).max(1);
        let exports = Arc::new(Semaphore::new(most_exports));
        let live = Live::new(pool.clone());
        let mut readings = readings(&pool, &writer, &live, &exports, most_exports);
        if let Some(status) = reads.watch_replica() {
            readings.extend(replica_readings(status));
        }
        let monitor = Monitor::new(monitoring.clone(), writer.metrics(), readings);
        let key_use = KeyUse::default();
        let key_lookups = KeyLookups::start(&keys);
        let recalculations = Arc::new(Notify::new());
        Self(Arc::new(Parts {
            pool,
            keys,
            monitoring,
            reads,
            bodies,
            writer,
            live,
            exports,
            recalculations,
            monitor,
            rate_limits,
            key_use,
            key_lookups,
        }))
    }

    /// In whose name this request makes changes.
    #[must_use]
    pub fn author(&self, key_id: Uuid) -> Author<'_> {
        Author::key(&self.pool, key_id, context::request_id())
    }
}

/// Gauges of what the parts are doing.
fn readings(pool: &Pool, writer: &Writer, live: &Live, exports: &Arc<Semaphore>, most_exports: usize) -> Vec<Reading> {
    let version = || vec![(env!("CARGO_PKG_VERSION").to_owned(), 1.0)];
    let mut all = vec![Reading::each("build_info", "1, with the version of the server", "version", version)];
    all.extend(pool_readings(pool, writer.pool()));
    let (queue, capacity) = (writer.clone(), writer.capacity());
    all.push(Reading::one(
        "ingest_queue_events",
        "Events that wait to be committed or are being committed",
        move || Some(number(capacity.saturating_sub(queue.room()))),
    ));
    all.push(Reading::one("ingest_queue_capacity_events", "Events that may wait at most", move || {
        Some(number(capacity))
    }));
    let exports = Arc::clone(exports);
    all.push(Reading::one("exports_running", "Exports that are being sent", move || {
        Some(number(most_exports.saturating_sub(exports.available_permits())))
    }));
    all.push(Reading::one("exports_max", "Exports that may run at a time", move || Some(number(most_exports))));
    let live = live.clone();
    all.push(Reading::one("live_listeners", "Clients that follow live metrics", move || {
        Some(number(live.listeners()))
    }));
    all.push(Reading::one("live_listeners_max", "Clients that may follow live metrics", || {
        Some(number(MAX_LISTENERS))
    }));
    all
}

fn pool_readings(readers: &Pool, writers: &Pool) -> [Reading; 4] {
    let reading = |name, help, value: fn(deadpool_postgres::Status) -> usize| {
        let pools = [("read", readers.clone()), ("write", writers.clone())];
        let read =
            move || pools.iter().map(|(name, pool)| ((*name).to_owned(), number(value(pool.status())))).collect();
        Reading::each(name, help, "pool", read)
    };
    [
        reading("pool_connections", "Connections to the database that a pool has open", |status| status.size),
        reading("pool_connections_in_use", "Connections of a pool that somebody uses", |status| {
            status.size.saturating_sub(status.available)
        }),
        reading("pool_connections_max", "Connections that a pool may open", |status| status.max_size),
        reading("pool_waiting", "Tasks that wait for a connection of a pool", |status| status.waiting),
    ]
}

fn replica_readings(status: impl Fn() -> ReplicaStatus + Clone + Send + Sync + 'static) -> [Reading; 2] {
    let lag = status.clone();
    [
        Reading::one("replica_in_use", "1 while the replica answers reads, 0 while the primary does", move || {
            Some(f64::from(u8::from(status().is_used)))
        }),
        Reading::one("replica_lag_seconds", "Age of the data of the replica", move || lag().lag_seconds),
    ]
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
