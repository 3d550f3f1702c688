//! Row 13: a hundred people on dashboards of stores and periods taken at random, while ingest runs.

use std::time::Duration;

use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    beside::{self, Beside},
    client::planned,
    data::DataSet,
    looks,
    measure::{Line, Target, Values},
    report::Report,
    scratch::settle,
    server::Server,
};

const PEOPLE: u64 = 100;
const EVERY: Duration = Duration::from_secs(5);
const LASTS: Duration = Duration::from_secs(30);
const SHARE_OF_PEAK: f64 = 0.5;

#[derive(Default)]
struct Runs {
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    slowest_ms: Vec<f64>,
    peak: Vec<f64>,
    ingested: Vec<f64>,
    ingest_p99_ms: Vec<f64>,
    answered_percent: Vec<f64>,
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
    let mut runs = Runs::default();
    for nth in 0..u64::try_from(bench.runs)? {
        settle(client).await?;
        let peak = beside::peak(bench, &server, &mut recent).await?;
        settle(client).await?;
        let looks = looks::people(set, nth, (PEOPLE, EVERY), LASTS);
        let reads = planned(&server.target.address, looks::plan(&server, &looks)?, usize::try_from(PEOPLE)?);
        let (ingested, replies) =
            beside::ingest_beside(&server, &mut recent, peak * SHARE_OF_PEAK, (LASTS, reads)).await?;
        let answers = looks::check(set, &looks, &replies)?;
        let latencies = replies.latencies();
        runs.p50_ms.push(latencies.percentile_ms(50.0));
        runs.p99_ms.push(latencies.percentile_ms(99.0));
        runs.slowest_ms.push(latencies.percentile_ms(100.0));
        runs.peak.push(peak);
        runs.ingested.push(ingested.events_per_second);
        runs.ingest_p99_ms.push(ingested.p99_ms);
        runs.answered_percent.push(percent(answers, looks.len()));
        runs.answers += answers;
    }
    Ok(runs)
}

#[allow(clippy::cast_precision_loss)] // hundreds
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

impl Runs {
    fn report(self) -> Report {
        let line =
            |name: &str, values, most| Line { measured: Values::new(name, "ms", values), target: Target::AtMost(most) };
        let lines = vec![
            line("100 people on dashboards during ingest, slowest answer", self.slowest_ms, 2_000.0),
            line("100 people on dashboards during ingest, p99", self.p99_ms, 250.0),
            Line {
                measured: Values::new("looks that were not refused as too many (503)", "%", self.answered_percent),
                target: Target::AtLeast(100.0),
            },
        ];
        let sides = vec![
            Values::new("dashboards, 50 %", "ms", self.p50_ms),
            Values::new("peak of ingest", "events/s", self.peak),
            Values::new("ingest beside the dashboards", "events/s", self.ingested),
            Values::new("acknowledgement of a thousand events beside them, 99 %", "ms", self.ingest_p99_ms),
        ];
        let notes = vec![format!(
            "{PEOPLE} people look for {} seconds in each run, each {} seconds after the look before on average, distributed exponentially \
             and planned beforehand (open loop: a slow answer delays no look, and times run from the plan). Each look is at any store, \
             each as likely as the others, but one person looks at the largest only; at its day, week, month or quarter so far (24 % each) \
             or year (4 %). All {} answers were compared with the oracle.",
            LASTS.as_secs(),
            EVERY.as_secs(),
            self.answers
        )];
        Report { lines, sides, notes, texts: Vec::new() }
    }
}
