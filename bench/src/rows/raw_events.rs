//! Row 7: dashboard, trend and return on investment of the largest store, against the same questions asked of raw events.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::{
    Result,
    bench::Bench,
    dashboard_statements::DashboardStatements,
    data::DataSet,
    measure::{Line, Target, Values},
    oracle::History,
    plans,
    questions::{self, Period},
    raw_events::{Asked, DAYS, Question},
    report::{Report, Text},
    server::Server,
};

/// Raw events are asked at most so often, and not again once all of it has taken so long.
const RAW_RUNS: usize = 3;
const RAW_AT_MOST: Duration = Duration::from_mins(3);

struct Measured {
    question: Question,
    name: String,
    at_least: f64,
    own_ms: Vec<f64>,
    raw_ms: Vec<f64>,
}

pub async fn run(bench: &Bench) -> Result<Report> {
    let set = DataSet::large(bench).await?;
    let client = set.connect().await?;
    let server = Server::start(bench, &set.url).await?;
    let store = set.generator.largest();
    let days = questions::last_days(&set.generator, store, DAYS);
    let asked = Asked { store, history: History::of(&set.generator, store), days };
    let mut measured = questions();
    let (mut answers, mut raw_took) = (0, Duration::ZERO);
    for nth in 0..bench.runs {
        for one in &mut measured {
            let (own_ms, count, ranges) = asked.of_server(&server, one.question).await?;
            answers += count;
            one.own_ms.push(own_ms);
            if nth == 0 || (nth < RAW_RUNS && raw_took < RAW_AT_MOST) {
                let began = Instant::now();
                one.raw_ms.push(asked.of_raw_events(&client, one.question, &ranges).await?);
                raw_took += began.elapsed();
            }
        }
    }
    let texts = texts(bench, &client, &server, &asked).await?;
    Ok(Report { texts, ..report(measured, answers) })
}

fn questions() -> Vec<Measured> {
    let of = |question, name: &str, at_least| Measured {
        question,
        name: name.to_owned(),
        at_least,
        own_ms: Vec::new(),
        raw_ms: Vec::new(),
    };
    vec![
        of(Question::Dashboard, "dashboard of a month, with distinct customers", 10.0),
        of(Question::Trends, &format!("trend of {DAYS} days, with distinct customers"), 10.0),
        of(Question::Roi, &format!("return on investment in {DAYS} days, with repeated contacts of customers"), 100.0),
    ]
}

fn report(measured: Vec<Measured>, answers: usize) -> Report {
    let mut report = Report::default();
    for Measured { name, at_least, own_ms, raw_ms, .. } in measured {
        let own = Values::new(&format!("{name}, p50"), "ms", own_ms);
        let raw = Values::new(&format!("{name}, asked of raw events"), "ms", raw_ms);
        let line = format!("{name}, the largest store: raw events ÷ Colloquy");
        report.lines.push(Line::ratio(&line, &raw, &own, Target::AtLeast(at_least)));
        report.sides.extend([own, raw]);
    }
    report.notes = vec![
        format!("Colloquy is asked by HTTP by one connection, two seconds for each question in a run; all {answers} answers were compared \
                 with the oracle. Raw events are asked once in each of the first runs, about the ranges of Colloquy's answer, and must \
                 find the same conversations, those that the AI resolved, those of the low and the high case, and the distinct customers."),
        "The statements are in `bench/raw`. Colloquy also answers what they leave out: the other metrics, scores and content gaps."
            .to_owned(),
    ];
    report
}

async fn texts(bench: &Bench, client: &Client, server: &Server, asked: &Asked<'_>) -> Result<Vec<Text>> {
    let mut texts = vec![plans::indexes(client, "conversation_events").await?];
    for question in [Question::Dashboard, Question::Trends, Question::Roi] {
        let (_, _, ranges) = asked.of_server(server, question).await?;
        let title = format!("Plan of {question:?} of raw events, not run");
        texts.push(plans::planned(client, &title, &asked.raw_statement(question, &ranges)).await?);
        let statements = if question == Question::Dashboard {
            let statements = DashboardStatements::of(bench, client, asked.store, Period::Month).await?;
            vec![("analytics/dashboard.sql", statements.with_literals().swap_remove(1))]
        } else {
            asked.own_statements(bench, question)?
        };
        for (path, statement) in statements {
            let title = format!("Plan of {path} of Colloquy");
            texts.push(plans::tenant_plan(bench, client, &title, asked.store, &statement).await?);
        }
    }
    Ok(texts)
}
