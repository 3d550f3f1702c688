//! What rows 1 and 2 share: requests of a thousand events and COPY of like events, in turn, into the same tables.

use std::{sync::Arc, time::Duration};

use colloquy::events::Event;
use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    client::{Prepared, closed},
    copy,
    empty::EmptyHandler,
    ingest::{self, REQUEST_EVENTS, Recent},
    measure::{Line, Target, Values},
    plans, processes,
    report::Report,
    scratch::{Scratch, settle},
    server::Server,
};

/// Connections of the client; 4, 8 and 16 differ by less than runs do.
pub const CONNECTIONS: usize = 8;
const AT_MOST: Duration = Duration::from_mins(5);

/// How the two rows differ.
pub struct Kind {
    pub scratch: &'static str,
    pub line: &'static str,
    pub at_least: f64,
    pub requests: fn(&mut Recent<'_>, usize) -> Vec<Vec<Event>>,
}

/// One run: events a second of each side, and what they cost.
#[derive(Default)]
struct Figures {
    http: Vec<f64>,
    copy: Vec<f64>,
    two_copies: Vec<f64>,
    empty: Vec<f64>,
    server_cpu: Vec<f64>,
    database_cpu: Vec<f64>,
    copy_cpu: Vec<f64>,
    memory_mb: Vec<f64>,
}

/// Runs the row.
///
/// # Errors
/// When the database or the server fails, or not all events have been stored.
pub async fn run(bench: &Bench, kind: &Kind) -> Result<Report> {
    let scratch = Scratch::create(bench, kind.scratch).await?;
    let client = scratch.connect().await?;
    let server = Server::start(bench, &scratch.url).await?;
    let empty = EmptyHandler::start().await?;
    let mut recent = Recent::new(&scratch.stores, u64::from(u32::MAX));
    let mut figures = Figures::default();
    // The first is not counted: it makes connections and fills caches.
    for nth in 0..=bench.runs {
        let events = if nth == 0 { bench.ingest_events / 10 } else { bench.ingest_events };
        let mut make = || (kind.requests)(&mut recent, events);
        let run = Run { scratch: &scratch, client: &client, server: &server, empty: &empty };
        let one = run.measure([make(), make(), make()]).await?;
        if nth > 0 {
            figures.add(one);
        }
    }
    let texts = texts(bench, &scratch, &client, &(kind.requests)(&mut recent, REQUEST_EVENTS)).await?;
    drop((server, client));
    let report = Report { texts, ..figures.report(bench, kind) };
    scratch.drop(bench).await?;
    Ok(report)
}

struct Run<'a> {
    scratch: &'a Scratch,
    client: &'a Client,
    server: &'a Server,
    empty: &'a EmptyHandler,
}

impl Run<'_> {
    async fn measure(&self, [sent, copied, copied_twice]: [Vec<Vec<Event>>; 3]) -> Result<Figures> {
        let mut figures = Figures::default();
        let lists = ingest::lists(&self.server.target, &sent, CONNECTIONS)?;
        self.by_copy(&copied, &mut figures).await?;
        self.by_http(lists.clone(), &mut figures).await?;
        self.by_two_copies(&copied_twice, &mut figures).await?;
        let empty = closed(&self.empty.address, lists, AT_MOST).await?;
        figures.empty.push(events_per_second(empty.requests * REQUEST_EVENTS, empty.took));
        Ok(figures)
    }

    async fn by_http(&self, lists: Vec<Arc<[Prepared]>>, figures: &mut Figures) -> Result<()> {
        let postmaster = processes::postmaster(self.client).await?;
        let before = count(self.client).await?;
        settle(self.client).await?;
        self.server.reset_peak()?;
        let (server_before, database_before) =
            (self.server.cpu_seconds()?, processes::cluster_cpu_seconds(postmaster)?);
        let answered = closed(&self.server.target.address, lists, AT_MOST).await?;
        let events = answered.requests * REQUEST_EVENTS;
        figures.http.push(events_per_second(events, answered.took));
        figures.server_cpu.push(per_million(self.server.cpu_seconds()? - server_before, events));
        figures.database_cpu.push(per_million(processes::cluster_cpu_seconds(postmaster)? - database_before, events));
        figures.memory_mb.push(self.server.peak_memory_mb()?);
        let stored = count(self.client).await? - before;
        if stored < i64::try_from(events)? {
            return Err(format!("{events} events were acknowledged and {stored} stored").into());
        }
        Ok(())
    }

    async fn by_copy(&self, requests: &[Vec<Event>], figures: &mut Figures) -> Result<()> {
        let events: Vec<&Event> = requests.iter().flatten().collect();
        let transactions = copy::encode(&events)?;
        let postmaster = processes::postmaster(self.client).await?;
        settle(self.client).await?;
        let before = processes::cluster_cpu_seconds(postmaster)?;
        let (took, rows) = copy::store(self.client, &transactions).await?;
        figures.copy_cpu.push(per_million(processes::cluster_cpu_seconds(postmaster)? - before, events.len()));
        figures.copy.push(events_per_second(usize::try_from(rows)?, took));
        Ok(())
    }

    async fn by_two_copies(&self, requests: &[Vec<Event>], figures: &mut Figures) -> Result<()> {
        let transactions = copy::encode(&requests.iter().flatten().collect::<Vec<_>>())?;
        let clients = vec![self.scratch.connect().await?, self.scratch.connect().await?];
        settle(self.client).await?;
        let (took, rows) = copy::store_by_all(clients, &transactions).await?;
        figures.two_copies.push(events_per_second(usize::try_from(rows)?, took));
        Ok(())
    }
}

impl Figures {
    fn add(&mut self, mut other: Self) {
        self.http.append(&mut other.http);
        self.copy.append(&mut other.copy);
        self.two_copies.append(&mut other.two_copies);
        self.empty.append(&mut other.empty);
        self.server_cpu.append(&mut other.server_cpu);
        self.database_cpu.append(&mut other.database_cpu);
        self.copy_cpu.append(&mut other.copy_cpu);
        self.memory_mb.append(&mut other.memory_mb);
    }

    fn report(self, bench: &Bench, kind: &Kind) -> Report {
        let http = Values::new(&format!("by HTTP, {CONNECTIONS} connections"), "events/s", self.http);
        let copy = Values::new("binary COPY, 1 connection", "events/s", self.copy);
        let two_copies = Values::new("binary COPY, 2 connections", "events/s", self.two_copies);
        let empty = Values::new("the same requests to an empty handler", "events/s", self.empty);
        let lines = vec![
            Line::ratio(kind.line, &http, &copy, Target::AtLeast(kind.at_least)),
            Line::ratio(
                "load client: empty handler ÷ Colloquy, the same requests",
                &empty,
                &http,
                Target::AtLeast(3.0),
            ),
        ];
        let sides = vec![
            http,
            copy,
            two_copies,
            empty,
            Values::new("CPU of PostgreSQL for a million events, by HTTP", "s", self.database_cpu),
            Values::new("CPU of the server for a million events", "s", self.server_cpu),
            Values::new("CPU of PostgreSQL for a million events, by COPY", "s", self.copy_cpu),
            Values::new("memory of the server at most", "MB", self.memory_mb),
        ];
        Report { lines, sides, notes: notes(bench), texts: Vec::new() }
    }
}

fn notes(bench: &Bench) -> Vec<String> {
    vec![
        format!(
            "Each run stores {} events by each way, others each time, of {} stores by their traffic, into the same tables; before \
             each there is a checkpoint. COPY takes {} rows a transaction, encoded before, `synchronous_commit` on.",
            bench.ingest_events,
            crate::generator::STORES,
            copy::TRANSACTION_ROWS
        ),
        format!("`{}`", copy::COPY),
    ]
}

async fn texts(
    bench: &Bench,
    scratch: &Scratch,
    client: &Client,
    requests: &[Vec<Event>],
) -> Result<Vec<crate::report::Text>> {
    let statement = ingest::store_statement(&requests.concat());
    let title = "Plans of store_events for a request (COPY has none)";
    Ok(vec![
        plans::indexes(client, "conversation_events").await?,
        plans::plans_inside(bench, &scratch.name, title, &statement).await?,
    ])
}

async fn count(client: &Client) -> Result<i64> {
    Ok(client.query_one("select count(*) from conversation_events", &[]).await?.get(0))
}

#[allow(clippy::cast_precision_loss)] // millions
fn events_per_second(events: usize, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}

#[allow(clippy::cast_precision_loss)] // millions
fn per_million(seconds: f64, events: usize) -> f64 {
    seconds * 1e6 / events as f64
}
