//! What an event costs, for docs/scaling.md: processor time, log and disk, with the refresh of the rollup.

use std::time::Duration;

use colloquy::events::Event;
use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    client::closed,
    ingest::{self, REQUEST_EVENTS, Recent},
    measure::{Values, count},
    processes,
    report::Report,
    scratch::Scratch,
    server::Server,
};

const AT_MOST: Duration = Duration::from_mins(5);
const REFRESH: &str = "call public.refresh_continuous_aggregate('analytics.conversation_metrics_15m_aggregate', \
    now() - interval '1 day', public.time_bucket(interval '15 minutes', now()))";
const SIZES: &str = "select table_bytes::float8, index_bytes::float8, toast_bytes::float8
    from public.hypertable_detailed_size($1::text::regclass)";
const HAS_AGGREGATE: &str = "select to_regclass('analytics.conversation_metrics_15m_aggregate') is not null";

type Requests = fn(&mut Recent<'_>, usize) -> Vec<Vec<Event>>;

pub async fn run(bench: &Bench) -> Result<Report> {
    let kinds: [(&str, Requests); 2] = [("whole conversations", ingest::contiguous), ("scattered", ingest::scattered)];
    let mut sides = Vec::new();
    for (name, requests) in kinds {
        let scratch = Scratch::create(bench, "costs").await?;
        sides.extend(costs(bench, &scratch, requests).await?.into_iter().map(|mut side| {
            side.name = format!("{name}: {}", side.name);
            side
        }));
        scratch.drop(bench).await?;
    }
    let notes = vec![format!(
        "Each run sends {} events of the last hours by HTTP, 1,000 a request, {} connections. The processor time of \
         PostgreSQL is that of all its processes, a checkpoint and a vacuum at the end of each run included; that of the refresh is of one \
         refresh over the buckets of all runs.",
        count(bench.ingest_events),
        bench.connections
    )];
    Ok(Report { sides, notes, ..Report::default() })
}

async fn costs(bench: &Bench, scratch: &Scratch, requests: Requests) -> Result<Vec<Values>> {
    let client = scratch.connect().await?;
    let server = Server::start(bench, &scratch.url).await?;
    let postmaster = processes::postmaster(&client).await?;
    let mut recent = Recent::new(&scratch.stores, 99);
    let (mut database_cpu, mut server_cpu, mut log_bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.runs {
        let lists = ingest::lists(&server.target, &requests(&mut recent, bench.ingest_events), bench.connections)?;
        let before = (processes::cluster_cpu_seconds(postmaster)?, server.cpu_seconds()?, log_position(&client).await?);
        let sent = closed(&server.target.address, lists, AT_MOST).await?.requests * REQUEST_EVENTS;
        log_bytes.push(each(log_position(&client).await? - before.2, sent));
        server_cpu.push(each(server.cpu_seconds()? - before.1, sent) * 1e6);
        for statement in ["vacuum", "checkpoint"] {
            client.batch_execute(statement).await?;
        }
        database_cpu.push(each(processes::cluster_cpu_seconds(postmaster)? - before.0, sent) * 1e6);
    }
    let mut sides = vec![
        Values::new("CPU of PostgreSQL for a million events", "s", database_cpu),
        Values::new("CPU of the server for a million events", "s", server_cpu),
        Values::new("log (WAL) for an event", "bytes", log_bytes),
    ];
    sides.extend(refresh(&client, postmaster).await?);
    for (table, of) in [("conversation_events", "an event"), ("conversations", "a conversation")] {
        sides.extend(sizes(&client, table, of).await?);
    }
    Ok(sides)
}

/// Nothing on the Apache-2 Edition, which keeps no aggregate.
async fn refresh(client: &Client, postmaster: u32) -> Result<Option<Values>> {
    if !client.query_one(HAS_AGGREGATE, &[]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let events = rows_of(client, "conversation_events").await?;
    let before = processes::cluster_cpu_seconds(postmaster)?;
    client.batch_execute(REFRESH).await?;
    let seconds = processes::cluster_cpu_seconds(postmaster)? - before;
    Ok(Some(Values::new("CPU of the refresh for a million events", "s", vec![seconds * 1e6 / events])))
}

async fn sizes(client: &Client, table: &str, of: &str) -> Result<Vec<Values>> {
    let rows = rows_of(client, table).await?;
    let sizes = client.query_one(SIZES, &[&table]).await?;
    let (heap, indexes, toast): (f64, f64, f64) = (sizes.get(0), sizes.get(1), sizes.get(2));
    Ok(vec![
        Values::new(&format!("{of} on disk: row"), "bytes", vec![(heap + toast) / rows]),
        Values::new(&format!("{of} on disk: indexes"), "bytes", vec![indexes / rows]),
    ])
}

async fn rows_of(client: &Client, table: &str) -> Result<f64> {
    let counts =
        "select (select count(*) from conversation_events)::float8, (select count(*) from conversations)::float8";
    let row = client.query_one(counts, &[]).await?;
    Ok(row.get(usize::from(table == "conversations")))
}

async fn log_position(client: &Client) -> Result<f64> {
    let position = "select (pg_current_wal_insert_lsn() - '0/0')::float8";
    Ok(client.query_one(position, &[]).await?.get(0))
}

#[allow(clippy::cast_precision_loss)] // millions
fn each(amount: f64, events: usize) -> f64 {
    amount / events as f64
}
