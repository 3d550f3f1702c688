//! What rows 1 and 2 share: requests of a thousand events and COPY of like events, in turn, into the same tables.

mod figures;

use std::{sync::Arc, time::Duration};

use colloquy::events::Event;
use tokio_postgres::Client;

use figures::{Figures, events_per_second, per_million};

use crate::{
    Result,
    bench::Bench,
    client::{Prepared, closed},
    copy,
    empty::EmptyHandler,
    ingest::{self, REQUEST_EVENTS, Recent},
    plans, processes,
    report::{Report, Text},
    scratch::{Scratch, settle},
    server::Server,
};

const AT_MOST: Duration = Duration::from_mins(5);

/// How the two rows differ.
pub struct Kind {
    /// Name of the scratch database.
    pub scratch: &'static str,
    /// What is demanded, for the table.
    pub line: &'static str,
    /// The ratio that is demanded.
    pub at_least: f64,
    /// Makes requests of so many events in all.
    pub requests: fn(&mut Recent<'_>, usize) -> Vec<Vec<Event>>,
}

/// Runs the row.
///
/// # Errors
/// When the database or the server fails, or not all events have been stored.
pub async fn run(bench: &Bench, kind: &Kind) -> Result<Report> {
    let scratch = Scratch::create(bench, kind.scratch).await?;
    let world = World {
        bench,
        kind,
        scratch: &scratch,
        client: scratch.connect().await?,
        server: Server::start(bench, &scratch.url).await?,
        empty: EmptyHandler::start().await?,
    };
    let report = world.report().await?;
    drop(world);
    scratch.drop(bench).await?;
    Ok(report)
}

struct World<'a> {
    bench: &'a Bench,
    kind: &'a Kind,
    scratch: &'a Scratch,
    client: Client,
    server: Server,
    empty: EmptyHandler,
}

impl World<'_> {
    async fn report(&self) -> Result<Report> {
        let mut recent = Recent::new(&self.scratch.stores, 1);
        // Not counted: it makes connections and fills caches.
        self.measure(&mut recent, self.bench.ingest_events / 10).await?;
        let mut figures = Figures::default();
        let mut unsent = Vec::new();
        for _ in 0..self.bench.runs {
            let (one, last) = self.measure(&mut recent, self.bench.ingest_events).await?;
            figures.add(one);
            unsent = last;
        }
        Ok(Report { texts: self.texts(&unsent).await?, ..figures.report(self.bench, self.kind) })
    }

    /// One run, and one request more than was sent.
    async fn measure(&self, recent: &mut Recent<'_>, events: usize) -> Result<(Figures, Vec<Event>)> {
        let mut figures = Figures::default();
        self.by_copy(&(self.kind.requests)(recent, events), &mut figures).await?;
        let mut requests = (self.kind.requests)(recent, events + REQUEST_EVENTS);
        let unsent = requests.pop().unwrap_or_default();
        let lists = ingest::lists(&self.server.target, &requests, self.bench.connections)?;
        self.by_http(lists.clone(), &mut figures).await?;
        self.by_two_copies(&(self.kind.requests)(recent, events), &mut figures).await?;
        let empty = closed(&self.empty.address, lists, AT_MOST).await?;
        figures.empty.push(events_per_second(empty.requests * REQUEST_EVENTS, empty.took));
        Ok((figures, unsent))
    }

    async fn texts(&self, request: &[Event]) -> Result<Vec<Text>> {
        let title = "Plans inside store_events for a request (COPY has none)";
        let statement = ingest::store_statement(request);
        Ok(vec![
            plans::indexes(&self.client, "conversation_events").await?,
            plans::plans_inside(self.bench, &self.scratch.name, title, &statement).await?,
        ])
    }

    async fn by_http(&self, lists: Vec<Arc<[Prepared]>>, figures: &mut Figures) -> Result<()> {
        let postmaster = processes::postmaster(&self.client).await?;
        let before = count(&self.client).await?;
        settle(&self.client).await?;
        self.server.reset_peak()?;
        let (server_before, database_before) =
            (self.server.cpu_seconds()?, processes::cluster_cpu_seconds(postmaster)?);
        let answered = closed(&self.server.target.address, lists, AT_MOST).await?;
        let events = answered.requests * REQUEST_EVENTS;
        figures.http.push(events_per_second(events, answered.took));
        figures.server_cpu.push(per_million(self.server.cpu_seconds()? - server_before, events));
        figures.database_cpu.push(per_million(processes::cluster_cpu_seconds(postmaster)? - database_before, events));
        figures.memory_mb.push(self.server.peak_memory_mb()?);
        let stored = count(&self.client).await? - before;
        if stored < i64::try_from(events)? {
            return Err(format!("{events} events were acknowledged and {stored} stored").into());
        }
        Ok(())
    }

    async fn by_copy(&self, requests: &[Vec<Event>], figures: &mut Figures) -> Result<()> {
        let events: Vec<&Event> = requests.iter().flatten().collect();
        let transactions = copy::encode(&events)?;
        let postmaster = processes::postmaster(&self.client).await?;
        settle(&self.client).await?;
        let before = processes::cluster_cpu_seconds(postmaster)?;
        let (took, rows) = copy::store(&self.client, &transactions).await?;
        figures.copy_cpu.push(per_million(processes::cluster_cpu_seconds(postmaster)? - before, events.len()));
        figures.copy.push(events_per_second(usize::try_from(rows)?, took));
        Ok(())
    }

    async fn by_two_copies(&self, requests: &[Vec<Event>], figures: &mut Figures) -> Result<()> {
        let transactions = copy::encode(&requests.iter().flatten().collect::<Vec<_>>())?;
        let clients = vec![self.scratch.connect().await?, self.scratch.connect().await?];
        settle(&self.client).await?;
        let (took, rows) = copy::store_by_all(clients, &transactions).await?;
        figures.two_copies.push(events_per_second(usize::try_from(rows)?, took));
        Ok(())
    }
}

async fn count(client: &Client) -> Result<i64> {
    Ok(client.query_one("select count(*) from conversation_events", &[]).await?.get(0))
}
