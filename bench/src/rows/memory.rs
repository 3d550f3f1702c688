//! Row 12: memory of the server, before anybody asks and while it takes all it can.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    Result,
    bench::Bench,
    client::closed,
    ingest::{self, Recent},
    measure::{Line, Target, Values, count},
    report::Report,
    scratch::Scratch,
    server::Server,
};

const IDLE: Duration = Duration::from_secs(3);
const AT_MOST: Duration = Duration::from_mins(5);

pub async fn run(bench: &Bench) -> Result<Report> {
    let scratch = Scratch::create(bench, "memory").await?;
    let mut recent = Recent::new(&scratch.stores, 12);
    let (mut idle, mut peak) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs {
        let server = Server::start(bench, &scratch.url).await?;
        sleep(IDLE).await;
        idle.push(server.memory_mb()?);
        let requests = ingest::contiguous(&mut recent, bench.ingest_events / 2);
        let lists = ingest::lists(&server.target, &requests, bench.connections)?;
        closed(&server.target.address, lists, AT_MOST).await?;
        peak.push(server.peak_memory_mb()?);
    }
    scratch.drop(bench).await?;
    let line =
        |name: &str, values, most| Line { measured: Values::new(name, "MB", values), target: Target::AtMost(most) };
    let lines = vec![
        line("resident memory of the server, idle", idle, 25.0),
        line("resident memory of the server at the peak of row 1, at most", peak, 200.0),
    ];
    let notes = vec![format!(
        "Each run starts the server, looks after {} seconds, then sends {} events as in row 1 and asks Linux for the peak (`VmHWM`).",
        IDLE.as_secs(),
        count(bench.ingest_events / 2)
    )];
    Ok(Report { lines, notes, ..Report::default() })
}
