//! Group commit: requests that wait at the same time are stored in one transaction, through a bounded queue.

use std::{
    collections::HashSet,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::Bytes;
use deadpool_postgres::Pool;
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::database::{DatabaseError, Lease};
use crate::monitoring::ingest::IngestMetrics;

use super::{
    Event,
    ingested::Ingested,
    store::{self, Exception, Frozen, Status},
};

/// Most events in one transaction, unless a single request has more.
const MAX_BATCH_EVENTS: usize = 10_000;

/// How long events wait to be stored.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// In all, the time in the queue included.
    pub in_all: Duration,
    /// What a batch gets even if its oldest request has waited for almost as long: after an outage most have.
    pub at_least: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { in_all: Duration::from_secs(20), at_least: Duration::from_secs(5) }
    }
}

/// Why a request was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// As many events wait as the queue may hold; nothing of the request was taken.
    #[error("the ingest queue is full")]
    QueueFull,
    /// The database could not be reached in time. The request may have been stored; sending it again is safe.
    #[error("the database is not available")]
    Unavailable,
    /// The database refused the request for a reason that will not pass.
    #[error("the database refused the events")]
    Refused,
}

struct Request {
    events: Vec<Event>,
    /// Once it has passed, storing is not begun any more.
    deadline: Instant,
    answer: oneshot::Sender<Result<Vec<Exception>, WriteError>>,
    _room: OwnedSemaphorePermit,
    /// What the events were read from, whose memory is theirs until they are stored.
    _body: Bytes,
}

/// The way to the database for live events. Clones share one queue.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::UnboundedSender<Request>,
    room: Arc<Semaphore>,
    capacity: usize,
    /// A request was refused since the last batch was done.
    has_refused: Arc<AtomicBool>,
    ingested: Arc<Ingested>,
    pool: Pool,
    patience: Patience,
    metrics: IngestMetrics,
}

/// The tasks behind a [`Writer`]; they end when its last clone is gone and the queue is empty.
pub struct Workers(Vec<JoinHandle<()>>);

impl Workers {
    /// Waits until everything that was accepted has been stored or refused.
    pub async fn finished(self) {
        for worker in self.0 {
            // A worker that panicked has answered nobody falsely: its requests see a dropped channel.
            let _ = worker.await;
        }
    }
}

impl Writer {
    /// Starts `workers` tasks that commit; at most `capacity` events wait or are being committed at a time.
    #[must_use]
    pub fn start(pool: &Pool, capacity: usize, workers: usize) -> (Self, Workers) {
        Self::start_with(Patience::default(), pool, capacity, workers)
    }

    /// The same with another patience.
    #[must_use]
    pub fn start_with(patience: Patience, pool: &Pool, capacity: usize, workers: usize) -> (Self, Workers) {
        let (queue, requests) = mpsc::unbounded_channel();
        let requests = Arc::new(Mutex::new(requests));
        let ingested = Arc::new(Ingested::default());
        let metrics = IngestMetrics::default();
        let has_refused = Arc::<AtomicBool>::default();
        let store = Store {
            pool: pool.clone(),
            patience,
            ingested: Arc::clone(&ingested),
            metrics: metrics.clone(),
            has_refused: Arc::clone(&has_refused),
        };
        let worker = || tokio::spawn(work(store.clone(), Arc::clone(&requests)));
        let workers = (0..workers.max(1)).map(|_| worker()).collect();
        let room = Arc::new(Semaphore::new(capacity));
        let pool = pool.clone();
        (Self { queue, room, capacity, has_refused, ingested, pool, patience, metrics }, Workers(workers))
    }

    /// Stores events and returns once they are committed, with those that were not simply stored; or after 25 seconds. The
    /// body that they were read from is kept as long as they are, though its client may go.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn write(&self, events: Vec<Event>, body: Bytes) -> Result<Vec<Exception>, WriteError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let count = u32::try_from(events.len()).map_err(|_| WriteError::QueueFull)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(count).map_err(|_| {
            self.has_refused.store(true, Ordering::Relaxed);
            WriteError::QueueFull
        })?;
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + self.patience.in_all;
        let request = Request { events, deadline, answer, _room: room, _body: body };
        self.queue.send(request).map_err(|_| WriteError::Unavailable)?;
        answered.await.unwrap_or(Err(WriteError::Unavailable))
    }

    /// The stores whose events have been committed.
    #[must_use]
    pub fn ingested(&self) -> Arc<Ingested> {
        Arc::clone(&self.ingested)
    }

    /// Whether a request would be refused, as the last one was: no batch has been done since.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.has_refused.load(Ordering::Relaxed) && self.room() < self.capacity
    }

    /// Events that the queue could still take.
    #[must_use]
    pub fn room(&self) -> usize {
        self.room.available_permits()
    }

    /// Events that the queue takes when it is empty.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The connections by which events are stored.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What becomes of events, counted.
    #[must_use]
    pub fn metrics(&self) -> &IngestMetrics {
        &self.metrics
    }
}

/// Where workers store batches, and whom they tell.
#[derive(Clone)]
struct Store {
    pool: Pool,
    patience: Patience,
    ingested: Arc<Ingested>,
    metrics: IngestMetrics,
    has_refused: Arc<AtomicBool>,
}

/// Takes what waits, commits it, answers, until nobody can send any more.
async fn work(store: Store, requests: Arc<Mutex<mpsc::UnboundedReceiver<Request>>>) {
    loop {
        let batch = {
            let mut requests = requests.lock().await;
            let Some(first) = requests.recv().await else { return };
            let mut events = first.events.len();
            let mut batch = vec![first];
            while events < MAX_BATCH_EVENTS
                && let Ok(next) = requests.try_recv()
            {
                events += next.events.len();
                batch.push(next);
            }
            batch
        };
        store.commit(batch).await;
    }
}

impl Store {
    /// Commits a batch; one request that the database refuses does not take the others with it.
    async fn commit(&self, batch: Vec<Request>) {
        let batch = self.refuse_expired(batch);
        let Some(oldest) = batch.iter().map(|request| request.deadline).min() else { return };
        let deadline = oldest.max(Instant::now() + self.patience.at_least);
        let events: Vec<&Event> = batch.iter().flat_map(|request| &request.events).collect();
        let result = self.store(&events, deadline).await;
        drop(events);
        self.has_refused.store(false, Ordering::Relaxed);
        match result {
            Ok(exceptions) => answer(batch, &exceptions),
            Err(WriteError::Refused) if batch.len() > 1 => {
                for request in batch {
                    let events: Vec<&Event> = request.events.iter().collect();
                    let result = self.store(&events, deadline).await;
                    let _ = request.answer.send(result);
                }
            }
            Err(error) => {
                for request in batch {
                    // A request whose client has gone needs no answer.
                    let _ = request.answer.send(Err(error));
                }
            }
        }
    }

    /// Answers requests that have waited for too long, none of which has been tried, and returns the others.
    fn refuse_expired(&self, batch: Vec<Request>) -> Vec<Request> {
        let now = Instant::now();
        let (expired, others): (Vec<_>, Vec<_>) = batch.into_iter().partition(|request| request.deadline <= now);
        if !expired.is_empty() {
            self.metrics.failed("unavailable");
        }
        for request in expired {
            let _ = request.answer.send(Err(WriteError::Unavailable));
        }
        others
    }

    /// Stores events patiently, counts what became of them, and tells of their stores.
    async fn store(&self, events: &[&Event], deadline: Instant) -> Result<Vec<Exception>, WriteError> {
        let begun_at = Instant::now();
        let result = self.store_patiently(events, deadline).await;
        match &result {
            Ok(exceptions) => {
                let count = |wanted: &[Status]| exceptions.iter().filter(|e| wanted.contains(&e.status)).count();
                let duplicates = count(&[Status::Duplicate]);
                let accepted = events.len() - duplicates - count(&[Status::UnknownStore, Status::ArchivedStore]);
                self.metrics.committed(accepted, duplicates, events.len(), begun_at.elapsed());
            }
            Err(WriteError::Refused) => self.metrics.failed("refused"),
            Err(_) => self.metrics.failed("unavailable"),
        }
        self.ingested.add(stores(events, &result));
        result
    }

    /// Tries again after faults that pass: a deadlock, a restart, a lost connection. What was stored before is found as
    /// duplicates then, so nothing counts twice.
    async fn store_patiently(&self, events: &[&Event], deadline: Instant) -> Result<Vec<Exception>, WriteError> {
        let mut pause = Duration::from_millis(20);
        loop {
            let error = match timeout_at(deadline, store_once(&self.pool, events)).await {
                Ok(Ok(exceptions)) => return Ok(exceptions),
                Ok(Err(error)) => error,
                Err(_) => return Err(WriteError::Unavailable),
            };
            if !error.passes() {
                tracing::error!(error = %error, events = events.len(), "events were refused by the database");
                return Err(WriteError::Refused);
            }
            tracing::warn!(error = %error, "storing events failed, trying again");
            if Instant::now() + pause >= deadline {
                return Err(WriteError::Unavailable);
            }
            self.metrics.retried(error.reason());
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }
}

/// The stores that a batch has changed; all that it may have if that is not known.
fn stores(events: &[&Event], result: &Result<Vec<Exception>, WriteError>) -> HashSet<Uuid> {
    let exceptions = match result {
        Ok(exceptions) => exceptions.as_slice(),
        Err(WriteError::Unavailable) => &[],
        Err(WriteError::QueueFull | WriteError::Refused) => return HashSet::new(),
    };
    let unstored: HashSet<_> = exceptions.iter().map(|exception| exception.index).collect();
    let stored = events.iter().enumerate().filter(|(index, _)| !unstored.contains(index));
    stored.map(|(_, event)| event.store_id).collect()
}

/// Gives each request its share of the exceptions, counted from its own first event.
fn answer(batch: Vec<Request>, exceptions: &[Exception]) {
    let mut first = 0;
    let mut rest = exceptions;
    for request in batch {
        let end = first + request.events.len();
        let (own, others) = rest.split_at(rest.partition_point(|exception| exception.index < end));
        let own = own.iter().map(|e| Exception { index: e.index - first, ..*e }).collect();
        let _ = request.answer.send(Ok(own));
        rest = others;
        first = end;
    }
}

async fn store_once(pool: &Pool, events: &[&Event]) -> Result<Vec<Exception>, StoreError> {
    // Given up in the middle, the lease closes its connection: nobody else waits behind the statement.
    let lease = Lease::take(pool).await.map_err(StoreError::Pool)?;
    let result = async {
        let statement = lease.prepare_cached(store::statement()).await?;
        store::store(&lease, &statement, events, Frozen::Keep).await
    };
    let result = result.await.map_err(StoreError::Database);
    // A server that takes no writes now may be one that was the primary before: look for the primary again.
    if !result.as_ref().is_err_and(StoreError::is_read_only) {
        lease.release();
    }
    result
}

#[derive(Debug)]
enum StoreError {
    Pool(DatabaseError),
    Database(tokio_postgres::Error),
}

impl StoreError {
    fn is_read_only(&self) -> bool {
        matches!(self, Self::Database(error) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION))
    }

    /// What it is, in one of few words.
    fn reason(&self) -> &'static str {
        let state = match self {
            Self::Pool(_) => None,
            Self::Database(error) => error.code(),
        };
        match state {
            Some(state) if *state == SqlState::T_R_DEADLOCK_DETECTED => "deadlock",
            Some(state) if *state == SqlState::LOCK_NOT_AVAILABLE => "lock_timeout",
            Some(state) if *state == SqlState::QUERY_CANCELED => "statement_timeout",
            Some(_) => "other",
            None => "connection",
        }
    }

    /// Whether trying again can help: everything but what the database says about the data itself.
    fn passes(&self) -> bool {
        match self {
            Self::Pool(_) => true,
            Self::Database(error) => error.code().is_none_or(|state| {
                let class = state.code().get(..2).unwrap_or_default();
                matches!(*state, SqlState::LOCK_NOT_AVAILABLE | SqlState::READ_ONLY_SQL_TRANSACTION)
                    || matches!(class, "08" | "40" | "53" | "57" | "58")
            }),
        }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::error::Error;
        let error: &dyn Error = match self {
            Self::Pool(error) => error,
            Self::Database(error) => error,
        };
        write!(f, "{error}")?;
        let mut cause = error.source();
        while let Some(inner) = cause {
            write!(f, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}
