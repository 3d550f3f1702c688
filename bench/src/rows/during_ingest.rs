//! Row 9: dashboards of stores taken at random while ingest runs, against dashboards without it.

use std::time::Duration;

use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    beside::{self, Beside},
    client::{Latencies, Prepared, Replies, planned, repeat},
    data::DataSet,
    ingest::Recent,
    looks::{self, Look},
    measure::{Line, Target, Values},
    report::Report,
    scratch::settle,
    server::Server,
};

/// Dashboards a second at most, and as a part of what the server answers in a closed loop without ingest: a rate that it
/// is far from failing at.
const MOST_PER_SECOND: f64 = 20.0;
const SHARE_OF_DASHBOARDS: f64 = 0.2;
const LASTS: Duration = Duration::from_secs(6);
const CONNECTIONS: usize = 16;
const SHARE_OF_PEAK: f64 = 0.7;

#[derive(Default)]
struct Runs {
    idle: Vec<Latencies>,
    busy: Vec<Latencies>,
    peak: Vec<f64>,
    ingested: Vec<f64>,
    ingest_p99_ms: Vec<f64>,
    per_second: f64,
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

async fn measure(bench: &Bench, set: &DataSet, client: &Client, beside: &Beside) -> Result<Runs> {
    let server = Server::start(bench, &set.url).await?;
    let mut recent = beside.recent();
    // Also makes chunks and connections.
    beside::peak(bench, &server, &mut recent).await?;
    let mut runs = Runs { per_second: dashboards_per_second(set, &server).await?, ..Runs::default() };
    for nth in 1..=u64::try_from(bench.runs)? {
        settle(client).await?;
        let idle =
            planned(&server.target.address, looks::plan(&server, &runs.looks(set, 2 * nth))?, CONNECTIONS).await?;
        runs.answers += check(set, &runs.looks(set, 2 * nth), &idle)?;
        runs.idle.push(idle.latencies());
        settle(client).await?;
        let peak = beside::peak(bench, &server, &mut recent).await?;
        settle(client).await?;
        runs.look_beside(set, &server, &mut recent, peak, 2 * nth + 1).await?;
    }
    Ok(runs)
}

async fn dashboards_per_second(set: &DataSet, server: &Server) -> Result<f64> {
    let looks = looks::steady(set, 0, 100.0, Duration::from_secs(2));
    let requests: Vec<Prepared> = looks::plan(server, &looks)?.into_iter().map(|(_, request)| request).collect();
    let most = repeat(&server.target.address, &requests, CONNECTIONS, Duration::from_secs(2)).await?.per_second();
    Ok((most * SHARE_OF_DASHBOARDS).min(MOST_PER_SECOND))
}

fn check(set: &DataSet, looks: &[Look<'_>], replies: &Replies) -> Result<usize> {
    match looks::check(set, looks, replies)? {
        answers if answers == looks.len() => Ok(answers),
        answers => Err(format!("{} of {} dashboards were refused", looks.len() - answers, looks.len()).into()),
    }
}

impl Runs {
    fn looks<'a>(&self, set: &'a DataSet, seed: u64) -> Vec<Look<'a>> {
        looks::steady(set, seed, self.per_second, LASTS)
    }

    async fn look_beside(
        &mut self,
        set: &DataSet,
        server: &Server,
        recent: &mut Recent<'_>,
        peak: f64,
        seed: u64,
    ) -> Result<()> {
        let looks = self.looks(set, seed);
        let reads = planned(&server.target.address, looks::plan(server, &looks)?, CONNECTIONS);
        let (ingested, replies) = beside::ingest_beside(server, recent, peak * SHARE_OF_PEAK, (LASTS, reads)).await?;
        self.answers += check(set, &looks, &replies)?;
        self.busy.push(replies.latencies());
        self.peak.push(peak);
        self.ingested.push(ingested.events_per_second);
        self.ingest_p99_ms.push(ingested.p99_ms);
        Ok(())
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
            "Each run asks for {:.1} dashboards a second, a fifth of what a closed loop gets and at most {MOST_PER_SECOND}, for {} \
             seconds (open loop, the month of any store, each as likely as the others), finds the peak of ingest as in row 1 in 3 seconds, and asks again while ingest runs (open loop), of stores of its \
             own in the same tables. All {} answers were compared with the oracle.",
            self.per_second,
            LASTS.as_secs(),
            self.answers
        )];
        Report { lines, sides, notes, texts: Vec::new() }
    }
}
