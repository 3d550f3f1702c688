//! Ingest beside reads of a data set: events of these hours, of stores of its own, which are removed afterwards.

use std::{future::Future, time::Duration};

use chrono::Utc;
use tokio::time::sleep;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    Result,
    bench::Bench,
    client::{Answered, closed, open},
    data,
    generator::{self, Store},
    ingest::{self, REQUEST_EVENTS, Recent},
    server::Server,
};

const CREATE: &str = include_str!("../beside/create.sql");
const REMOVE: &str = include_str!("../beside/remove.sql");
const VACUUM: [&str; 3] = ["vacuum conversation_events", "vacuum conversations", "vacuum conversation_weeks"];
/// How long the peak is looked for.
const PEAK_LASTS: Duration = Duration::from_secs(3);
/// More events a second than this machine stores.
const MOST_PER_SECOND: usize = 100_000;
/// Ingest begins so long before the reads, and ends so long after them.
const AROUND: Duration = Duration::from_secs(1);
/// So that no more events wait at the server than its queue holds; those beyond wait here, which counts.
const OPEN_CONNECTIONS: usize = 32;

/// As many stores as the data set has, with the same shares of the traffic.
pub struct Beside {
    stores: Vec<Store>,
}

/// What came of ingest while something was read.
pub struct Ingested {
    pub events_per_second: f64,
    pub p99_ms: f64,
}

impl Beside {
    /// Makes the stores, in place of those that a run has left that was broken off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create(client: &Client) -> Result<Self> {
        let mut stores = generator::stores(data::SMALL_EVENTS);
        for store in &mut stores {
            store.id = Uuid::new_v5(&store.id, b"beside");
        }
        let beside = Self { stores };
        beside.delete(client).await?;
        let names: Vec<&str> = beside.stores.iter().map(|store| store.timezone.name()).collect();
        client.execute(CREATE, &[&beside.ids(), &names, &Utc::now().date_naive()]).await?;
        Ok(beside)
    }

    /// Conversations of the last two hours.
    #[must_use]
    pub fn recent(&self) -> Recent<'_> {
        Recent::new(&self.stores, 13)
    }

    /// Removes the stores and all that is theirs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(self, client: &Client) -> Result<()> {
        self.delete(client).await?;
        for statement in VACUUM {
            client.batch_execute(statement).await?;
        }
        Ok(())
    }

    async fn delete(&self, client: &Client) -> Result<()> {
        for statement in REMOVE.split(';').filter(|statement| !statement.trim().is_empty()) {
            client.execute(statement, &[&self.ids()]).await?;
        }
        Ok(())
    }

    fn ids(&self) -> Vec<Uuid> {
        self.stores.iter().map(|store| store.id).collect()
    }
}

/// The peak of row 1 here: events a second in a closed loop, whole conversations, a thousand events a request.
///
/// # Errors
/// When the server refuses events.
#[allow(clippy::cast_precision_loss)] // a thousand
pub async fn peak(bench: &Bench, server: &Server, recent: &mut Recent<'_>) -> Result<f64> {
    let lists = ingest::lists(&server.target, &ingest::contiguous(recent, bench.ingest_events), bench.connections)?;
    Ok(closed(&server.target.address, lists, PEAK_LASTS).await?.per_second() * REQUEST_EVENTS as f64)
}

/// Sends so many events a second, open loop, while something is read that lasts as long as it says.
///
/// # Errors
/// When either fails.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // millions
pub async fn ingest_beside<T>(
    server: &Server,
    recent: &mut Recent<'_>,
    events_per_second: f64,
    (lasts, reads): (Duration, impl Future<Output = Result<T>>),
) -> Result<(Ingested, T)> {
    let per_second = events_per_second.min(MOST_PER_SECOND as f64) / REQUEST_EVENTS as f64;
    let count = (per_second * (lasts + 2 * AROUND).as_secs_f64()) as usize;
    let requests = ingest::contiguous(recent, count * REQUEST_EVENTS);
    let mut prepared = Vec::new();
    for events in &requests {
        prepared.push(server.target.post("/api/v1/events", ingest::body(events)?)?);
    }
    drop(requests);
    let reads = async {
        sleep(AROUND).await;
        reads.await
    };
    let (answered, read): (Answered, T) =
        tokio::try_join!(open(&server.target.address, prepared, per_second, OPEN_CONNECTIONS), reads)?;
    let events_per_second = answered.per_second() * REQUEST_EVENTS as f64;
    Ok((Ingested { events_per_second, p99_ms: answered.latencies.percentile_ms(99.0) }, read))
}
