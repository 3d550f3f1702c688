//! Row 5: dashboards of the probe store by HTTP, against pgbench with the statements that they run.

use std::{sync::Arc, time::Duration};

use tokio_postgres::Client;

use crate::{
    Result, answers,
    bench::Bench,
    client::{closed, repeat},
    dashboard_statements::DashboardStatements,
    data::DataSet,
    empty::EmptyHandler,
    generator::Store,
    measure::{Line, Target, Values},
    oracle::History,
    plans,
    questions::{self, Period},
    report::{Report, Text},
    server::Server,
};

/// As many as the server has connections for reading.
const CONNECTIONS: usize = 16;
const SECONDS: u64 = 4;
/// More than a connection sends in a second to the empty handler.
const REQUESTS: usize = 20_000;
const PERIOD: Period = Period::Month;

/// All that a run needs.
struct Sides<'a> {
    bench: &'a Bench,
    set: &'a DataSet,
    client: &'a Client,
    server: &'a Server,
    empty: &'a EmptyHandler,
    store: &'a Store,
    history: &'a History,
}

#[derive(Default)]
struct Runs {
    http: Vec<f64>,
    pgbench: Vec<f64>,
    pipeline: Vec<f64>,
    empty: Vec<f64>,
    answers: usize,
}

pub async fn run(bench: &Bench) -> Result<Report> {
    let set = &DataSet::large(bench).await?;
    let client = &set.connect().await?;
    let server = &Server::start(bench, &set.url).await?;
    let empty = &EmptyHandler::start().await?;
    let store = set.generator.probe();
    let history = &*History::of(&set.generator, store);
    let sides = Sides { bench, set, client, server, empty, store, history };
    // Not counted: it makes connections and fills caches.
    sides.measure(1, &mut Runs::default()).await?;
    let mut runs = Runs::default();
    for _ in 0..bench.runs {
        sides.measure(SECONDS, &mut runs).await?;
    }
    let statements = DashboardStatements::of(bench, client, store, PERIOD).await?;
    let mut texts = vec![plans::indexes(client, "conversations").await?];
    texts.extend(plans_of(bench, client, store, &statements).await?);
    Ok(Report { texts, ..runs.report() })
}

impl Sides<'_> {
    async fn measure(&self, seconds: u64, runs: &mut Runs) -> Result<()> {
        let &Self { bench, set, store, .. } = self;
        let (lasts, load) = (Duration::from_secs(seconds), (CONNECTIONS, seconds));
        let statements = DashboardStatements::of(bench, self.client, store, PERIOD).await?;
        runs.pgbench.push(statements.per_second(bench, &set.name, load, false).await?);
        let request = self.server.target.get(&questions::dashboard(store, PERIOD))?;
        let asked = std::slice::from_ref(&request);
        let replies = repeat(&self.server.target.address, asked, CONNECTIONS, lasts).await?;
        runs.http.push(replies.per_second());
        runs.pipeline.push(statements.per_second(bench, &set.name, load, true).await?);
        let list: Arc<[_]> = vec![request; REQUESTS].into();
        let by_empty = closed(&self.empty.address, vec![list; CONNECTIONS], Duration::from_secs(1)).await?;
        runs.empty.push(by_empty.per_second());
        runs.answers += replies.all.len();
        replies.answers().try_for_each(|(_, body)| answers::check_dashboard(self.history, store, PERIOD, body))
    }
}

/// Both sides send the same statements with the same settings, so the plans are those of both.
async fn plans_of(
    bench: &Bench,
    client: &Client,
    store: &Store,
    statements: &DashboardStatements,
) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    let names = ["dashboard.sql", "dashboard_roi_and_quality.sql", "gaps/summary.sql"];
    for (name, statement) in names.into_iter().zip(statements.with_literals().into_iter().skip(1)) {
        let title = format!("Plan of {name}, on both sides");
        texts.push(plans::tenant_plan(bench, client, &title, store, &statement).await?);
    }
    Ok(texts)
}

impl Runs {
    fn report(self) -> Report {
        let http = Values::new(&format!("by HTTP, {CONNECTIONS} connections"), "requests/s", self.http);
        let pgbench =
            Values::new(&format!("pgbench, {CONNECTIONS} clients, 2 threads"), "transactions/s", self.pgbench);
        let pipeline = Values::new("pgbench, each transaction in a pipeline", "transactions/s", self.pipeline);
        let empty = Values::new("the same requests to an empty handler", "requests/s", self.empty);
        let name = "dashboard requests/s (month, the probe store) ÷ pgbench with the endpoint's SQL, prepared";
        let lines = vec![
            Line::ratio(name, &http, &pgbench, Target::AtLeast(0.7)),
            Line::ratio("the same ÷ pgbench in a pipeline", &http, &pipeline, Target::None),
            Line::ratio(
                "load client: empty handler ÷ Colloquy, the same requests",
                &empty,
                &http,
                Target::AtLeast(3.0),
            ),
        ];
        let notes = vec![
            format!("Each side has {SECONDS} seconds in a run. All {} answers were compared with the oracle: totals, resolved, resolved \
                     by AI and distinct customers of the period, of the one before it and of each day.", self.answers),
            "pgbench runs the transaction of the endpoint (`sql/database/tenant.sql`, `sql/analytics/dashboard.sql`, \
             `dashboard_roi_and_quality.sql`, `sql/gaps/summary.sql`) with the settings of the server's sessions. The server also looks up the key \
             and the local days of the period, outside of that transaction, and writes the JSON."
                .to_owned(),
        ];
        Report { lines, sides: vec![http, pgbench, pipeline, empty], notes, texts: Vec::new() }
    }
}
