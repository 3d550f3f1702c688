//! Row 9: dashboards of stores taken at random while ingest runs, against dashboards without it.

use std::time::Duration;

use tokio_postgres::Client;

use crate::{
    Result,
    beside::{self, Beside},
    bench::Bench,
    client::{Latencies, planned},
    data::DataSet,
    ingest::Recent,
    looks,
    measure::{Line, Target, Values},
    report::Report,
    scratch::settle,
    server::Server,
};

const PER_SECOND: u32 = 20;
const LASTS: Duration = Duration::from_secs(6);
const CONNECTIONS: usize = 32;
const SHARE_OF_PEAK: f64 = 0.7;

#[derive(Default)]
struct Runs {
    idle: Vec<Latencies>,
    busy: Vec<Latencies>,
    peak: Vec<f64>,
    ingested: Vec<f64>,
    ingest_p99_ms: Vec<f64>,
    answers: usize,
}

pub async fn run(bench: &Bench) -> Result<Report> {
    let set = DataSet::large(bench).await?;
    let client = set.connect().await?;
    let beside = Beside::create(&client).await?;
    let measured = measure(bench, &set, &client, &beside).await;
    beside.remove(&client).await?;
    Ok(measured?.report())
}

async fn measure(
    bench: &Bench,
    set: &DataSet,
    client: &Client,
    beside: &Beside,
) -> Result<Runs> {
    let server = Server::start(bench, &set.url).await?;
    let mut recent = beside.recent();
    let mut runs = Runs::default();
    // The first fills caches and makes connections and chunks, and is not counted.
    look(set, &server, 0).await?;
    beside::peak(&server, &mut recent, bench.ingest_events / 10).await?;
    for nth in 1..=u64::try_from(bench.runs)? {
        settle(client).await?;
        let (idle, count) = look(set, &server, 2 * nth).await?;
        runs.idle.push(idle);
        settle(client).await?;
        let peak = beside::peak(&server, &mut recent, bench.ingest_events).await?;
        settle(client).await?;
        runs.answers += count + runs.look_beside(set, &server, &mut recent, peak, nth).await?;
    }
    Ok(runs)
}

/// Returns the times of answers and how many there were.
async fn look(set: &DataSet, server: &Server, seed: u64) -> Result<(Latencies, usize)> {
    let looks = looks::steady(set, seed, PER_SECOND, LASTS);
    let replies = planned(&server.target.address, looks::plan(server, &looks)?, CONNECTIONS).await?;
    looks::check(set, &looks, &replies)?;
    Ok((replies.latencies(), replies.all.len()))
}

impl Runs {
    async fn look_beside(
        &mut self,
        set: &DataSet,
        server: &Server,
        recent: &mut Recent<'_>,
        peak: f64,
        nth: u64,
    ) -> Result<usize> {
        let looks = looks::steady(set, 2 * nth + 1, PER_SECOND, LASTS);
        let reads = planned(&server.target.address, looks::plan(server, &looks)?, CONNECTIONS);
        let (ingested, replies) = beside::ingest_beside(server, recent, peak * SHARE_OF_PEAK, (LASTS, reads)).await?;
        looks::check(set, &looks, &replies)?;
        self.busy.push(replies.latencies());
        self.peak.push(peak);
        self.ingested.push(ingested.events_per_second);
        self.ingest_p99_ms.push(ingested.p99_ms);
        Ok(replies.all.len())
    }

    fn report(self) -> Report {
        let of = |name: &str, latencies: &[Latencies], percent: f64| {
            Values::new(name, "ms", latencies.iter().map(|run| run.percentile_ms(percent)).collect())
        };
        let (idle, busy) = (of("idle, 99 %", &self.idle, 99.0), of("during ingest, 99 %", &self.busy, 99.0));
        let name = "dashboard p99 while ingest runs at 70 % of its peak ÷ idle";
        let lines = vec![Line::ratio(name, &busy, &idle, Target::AtMost(3.0))];
        let sides = vec![
            idle,
            busy,
            of("idle, 50 %", &self.idle, 50.0),
            of("during ingest, 50 %", &self.busy, 50.0),
            Values::new("peak of ingest", "events/s", self.peak),
            Values::new("ingest beside the dashboards", "events/s", self.ingested),
            Values::new("acknowledgement of a thousand events beside them, 99 %", "ms", self.ingest_p99_ms),
        ];
        let notes = vec![format!(
            "Each run asks for {PER_SECOND} dashboards a second for {} seconds (open loop, the month of any store, each as likely as the \
             others), finds the peak of ingest as in row 1 in 3 seconds, and asks again while ingest runs (open loop), of stores of its \
             own in the same tables. All {} answers were compared with the oracle.",
            LASTS.as_secs(),
            self.answers
        )];
        Report { lines, sides, notes, texts: Vec::new() }
    }
}
