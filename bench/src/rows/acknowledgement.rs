//! Row 4: how long single events wait for their acknowledgement at half of the peak, against the time of one fsync.

use std::{path::PathBuf, time::Duration};

use crate::{
    Result,
    bench::Bench,
    client::{Latencies, Prepared, closed, open},
    fsync,
    ingest::{self, Recent},
    measure::{Line, Target, Values},
    report::Report,
    rows::single::CONNECTIONS,
    scratch::{Scratch, settle},
    server::Server,
};

const SECONDS: u64 = 5;
/// More than any connection sends in that time.
const REQUESTS: usize = 2_000;
/// Connections that are open, so that a request rarely waits for one.
const OPEN_CONNECTIONS: usize = 256;

pub async fn run(bench: &Bench) -> Result<Report> {
    let folder = std::env::var_os("TIMESCALEDB_DATA").map(PathBuf::from).ok_or("TIMESCALEDB_DATA is not set")?;
    let scratch = Scratch::create(bench, "acknowledgement").await?;
    let client = scratch.connect().await?;
    let server = Server::start(bench, &scratch.url).await?;
    let mut recent = Recent::new(&scratch.stores, 4);
    let mut runs = Runs::default();
    for _ in 0..bench.runs {
        let lists = ingest::single_lists(&server.target, &mut recent, CONNECTIONS, REQUESTS)?;
        settle(&client).await?;
        let peak = closed(&server.target.address, lists, Duration::from_secs(SECONDS)).await?.per_second();
        let requests = half_of(peak, &server, &mut recent)?;
        settle(&client).await?;
        let before = fsync::measure(&folder)?;
        let answered = open(&server.target.address, requests, peak / 2.0, OPEN_CONNECTIONS).await?;
        runs.add(peak, &answered.latencies, &[before, fsync::measure(&folder)?]);
    }
    drop((server, client));
    scratch.drop(bench).await?;
    Ok(runs.report())
}

/// The next events of as many conversations as there are connections, one of each in turn.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // thousands
fn half_of(peak: f64, server: &Server, recent: &mut Recent<'_>) -> Result<Vec<Prepared>> {
    let count = (peak / 2.0 * SECONDS as f64) as usize;
    let each = count.div_ceil(CONNECTIONS);
    let lists = ingest::single_lists(&server.target, recent, CONNECTIONS, each)?;
    Ok((0..each).flat_map(|nth| lists.iter().filter_map(move |list| list.get(nth).cloned())).take(count).collect())
}

#[derive(Default)]
struct Runs {
    peak: Vec<f64>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    fsync_ms: Vec<f64>,
}

impl Runs {
    #[allow(clippy::cast_precision_loss)] // two
    fn add(&mut self, peak: f64, latencies: &Latencies, fsyncs: &[Latencies]) {
        self.peak.push(peak);
        self.p50_ms.push(latencies.percentile_ms(50.0));
        self.p99_ms.push(latencies.percentile_ms(99.0));
        let medians = fsyncs.iter().map(|times| times.percentile_ms(50.0));
        self.fsync_ms.push(medians.sum::<f64>() / fsyncs.len() as f64);
    }

    fn report(self) -> Report {
        let p99 = Values::new("acknowledgement, 99 %", "ms", self.p99_ms);
        let fsync = Values::new("write of 8 kB and fdatasync, median", "ms", self.fsync_ms);
        let name = "acknowledgement p99 at half of the peak, open loop ÷ one commit's fsync";
        let lines = vec![Line::ratio(name, &p99, &fsync, Target::AtMost(5.0))];
        let sides = vec![
            p99,
            Values::new("acknowledgement, 50 %", "ms", self.p50_ms),
            fsync,
            Values::new(&format!("peak, {CONNECTIONS} connections"), "requests/s", self.peak),
        ];
        let notes = vec![format!(
            "Each run finds the peak in {SECONDS} seconds of a closed loop, then sends half as many requests a second for {SECONDS} \
             seconds over {OPEN_CONNECTIONS} connections; times run from the plan. The file for fsync is in the data folder of \
             PostgreSQL, and written before and after."
        )];
        Report { lines, sides, notes, texts: Vec::new() }
    }
}
