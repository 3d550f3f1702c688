//! What an event costs, for docs/scaling.md: processor time, log and disk, with the refresh of the rollup.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use colloquy::events::Event;
use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    client::closed,
    data::DataSet,
    ingest::{self, REQUEST_EVENTS, Recent},
    measure::{Values, count},
    processes,
    report::{Report, Text},
    scratch::Scratch,
    server::Server,
};

const AT_MOST: Duration = Duration::from_mins(5);
const SIZES: &str = "select table_bytes::float8, index_bytes::float8, toast_bytes::float8
    from public.hypertable_detailed_size($1::text::regclass)";
const INTERVALS: &str = "select hypertable_name || ': ' || time_interval from timescaledb_information.dimensions
    where hypertable_schema = 'analytics' order by hypertable_name";
/// What is sent.
struct Kind {
    name: &'static str,
    /// How long ago its conversations began.
    age_hours: Range<f64>,
    requests: fn(&mut Recent<'_>, usize) -> Vec<Vec<Event>>,
}

const KINDS: [Kind; 3] = [
    Kind { name: "whole conversations", age_hours: 1.0..2.0, requests: ingest::contiguous },
    Kind { name: "scattered", age_hours: 1.0..2.0, requests: ingest::scattered },
    Kind { name: "whole conversations, three days late", age_hours: 72.0..96.0, requests: ingest::contiguous },
];

pub async fn run(bench: &Bench) -> Result<Report> {
    let (mut sides, mut texts) = (Vec::new(), Vec::new());
    for kind in KINDS {
        let scratch = Scratch::create(bench, "costs").await?;
        texts = vec![intervals(&scratch.connect().await?).await?];
        sides.extend(costs(bench, &scratch, &kind).await?.into_iter().map(|mut side| {
            side.name = format!("{}: {}", kind.name, side.name);
            side
        }));
        scratch.drop(bench).await?;
    }
    for set in [DataSet::small(bench).await?, DataSet::large(bench).await?] {
        sides.extend(jobs(bench, &set).await?);
    }
    let notes = vec![format!(
        "Each run sends {} events by HTTP, 1,000 a request, {} connections. The processor time of PostgreSQL is that of all \
         its processes, a checkpoint and a vacuum at the end of each run included; that of `refresh_rollups` is of one call after \
         each. What is younger than 48 hours costs nothing there; what comes late is folded into the rollup and settled days at once. Jobs are called on data that nothing comes in for, once \
         before they are timed.",
        count(bench.ingest_events),
        bench.connections
    )];
    Ok(Report { sides, notes, texts, ..Report::default() })
}

async fn intervals(client: &Client) -> Result<Text> {
    let lines: Vec<String> = client.query(INTERVALS, &[]).await?.iter().map(|row| row.get(0)).collect();
    Ok(Text::new("Chunk intervals", lines.join("\n")))
}

async fn costs(bench: &Bench, scratch: &Scratch, kind: &Kind) -> Result<Vec<Values>> {
    let client = scratch.connect().await?;
    let server = Server::start(bench, &scratch.url).await?;
    let postmaster = processes::postmaster(&client).await?;
    let mut recent = Recent::of_age(&scratch.stores, 99, kind.age_hours.clone());
    let (mut database_cpu, mut server_cpu, mut log_bytes, mut refresh_cpu) = (vec![], vec![], vec![], vec![]);
    for _ in 0..bench.runs {
        let lists =
            ingest::lists(&server.target, &(kind.requests)(&mut recent, bench.ingest_events), bench.connections)?;
        let before = (processes::cluster_cpu_seconds(postmaster)?, server.cpu_seconds()?, log_position(&client).await?);
        let sent = closed(&server.target.address, lists, AT_MOST).await?.requests * REQUEST_EVENTS;
        log_bytes.push(each(log_position(&client).await? - before.2, sent));
        server_cpu.push(each(server.cpu_seconds()? - before.1, sent) * 1e6);
        for statement in ["vacuum", "checkpoint"] {
            client.batch_execute(statement).await?;
        }
        let stored_at = processes::cluster_cpu_seconds(postmaster)?;
        database_cpu.push(each(stored_at - before.0, sent) * 1e6);
        client.batch_execute("call refresh_rollups()").await?;
        refresh_cpu.push(each(processes::cluster_cpu_seconds(postmaster)? - stored_at, sent) * 1e6);
    }
    let mut sides = vec![
        Values::new("CPU of PostgreSQL for a million events", "s", database_cpu),
        Values::new("CPU of the server for a million events", "s", server_cpu),
        Values::new("log (WAL) for an event", "bytes", log_bytes),
        Values::new("CPU of refresh_rollups for a million events", "s", refresh_cpu),
    ];
    for (table, of) in [("conversation_events", "an event"), ("conversations", "a conversation")] {
        sides.extend(sizes(&client, table, of).await?);
    }
    Ok(sides)
}

/// How long a job takes that finds nothing to do.
async fn jobs(bench: &Bench, set: &DataSet) -> Result<Vec<Values>> {
    let client = set.connect().await?;
    let mut sides = Vec::new();
    for job in ["refresh_rollups", "abandon_conversations", "detect_content_gaps"] {
        let call = format!("call {job}()");
        client.batch_execute(&call).await?;
        let mut times = Vec::new();
        for _ in 0..bench.runs {
            let began = Instant::now();
            client.batch_execute(&call).await?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let name = format!("{job}, {} events in the data", count(usize::try_from(set.generator.events())?));
        sides.push(Values::new(&name, "ms", times));
    }
    Ok(sides)
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
