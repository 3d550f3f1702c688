//! Row 3: requests of one event by 64 connections, against pgbench's autocommit INSERT by 64 clients.

use std::time::Duration;

use crate::{
    Result,
    bench::Bench,
    client::closed,
    empty::EmptyHandler,
    ingest::{self, Recent},
    measure::{Line, Target, Values},
    pgbench, plans,
    report::Report,
    scratch::{Scratch, settle},
    server::Server,
};

/// Connections and clients.
pub const CONNECTIONS: usize = 64;
const SECONDS: u64 = 4;
/// More than any connection sends in that time.
const REQUESTS: usize = 2_000;

pub async fn run(bench: &Bench) -> Result<Report> {
    let scratch = Scratch::create(bench, "single").await?;
    let client = scratch.connect().await?;
    let server = Server::start(bench, &scratch.url).await?;
    let empty = EmptyHandler::start().await?;
    let mut recent = Recent::new(&scratch.stores, 3);
    let (mut http, mut inserts, mut emptied) = (Vec::new(), Vec::new(), Vec::new());
    for nth in 0..=bench.runs {
        let lists = ingest::single_lists(&server.target, &mut recent, CONNECTIONS, REQUESTS)?;
        settle(&client).await?;
        let tps = pgbench::inserts_per_second(bench, &scratch.name, &scratch.stores, CONNECTIONS, SECONDS).await?;
        settle(&client).await?;
        let answered = closed(&server.target.address, lists.clone(), Duration::from_secs(SECONDS)).await?;
        let by_empty = closed(&empty.address, lists, Duration::from_secs(1)).await?;
        // The first is not counted: it makes connections and fills caches.
        if nth > 0 {
            http.push(answered.per_second());
            inserts.push(tps);
            emptied.push(by_empty.per_second());
        }
    }
    let texts = vec![
        plans::indexes(&client, "conversation_events").await?,
        plans::plan(&client, "Plan of the INSERT", &pgbench::statement(&scratch.stores[0])).await?,
    ];
    drop((server, client));
    scratch.drop(bench).await?;
    Ok(Report { texts, ..report(http, inserts, emptied) })
}

fn report(http: Vec<f64>, inserts: Vec<f64>, emptied: Vec<f64>) -> Report {
    let http = Values::new(&format!("requests of one event, {CONNECTIONS} connections"), "requests/s", http);
    let inserts = Values::new(&format!("pgbench, {CONNECTIONS} clients, 2 threads"), "transactions/s", inserts);
    let emptied = Values::new("the same requests to an empty handler", "requests/s", emptied);
    let lines = vec![
        Line::ratio(
            "single-event requests/s, 64 connections ÷ pgbench's INSERT, 64 clients",
            &http,
            &inserts,
            Target::AtLeast(2.0),
        ),
        Line::ratio("load client: empty handler ÷ Colloquy, the same requests", &emptied, &http, Target::AtLeast(3.0)),
    ];
    let notes = vec![
        format!("Each side has {SECONDS} seconds in a run. Each connection sends the events of a conversation of its own, one after \
                 the other, then those of the next; stores by their traffic."),
        "pgbench runs one prepared INSERT in a transaction of its own, each row in another conversation, stores by their traffic."
            .to_owned(),
    ];
    Report { lines, sides: vec![http, inserts, emptied], notes, texts: Vec::new() }
}
