//! Row 6b: what exact distinct customers and percentiles of the largest store cost for each conversation.

use crate::{
    Result,
    bench::Bench,
    data::DataSet,
    measure::{Line, Target, Values},
    metrics_answers::MetricsAnswers,
    plans, questions,
    report::{Report, Text},
    server::Server,
    statements,
};

const MONTH: i64 = 30;
const QUARTER: i64 = 90;

pub async fn run(bench: &Bench) -> Result<Report> {
    let set = DataSet::large(bench).await?;
    let server = Server::start(bench, &set.url).await?;
    let store = set.generator.largest();
    let of = |days| MetricsAnswers::new(&server, &set.generator, store, days);
    let last_days = |count| questions::last_days(&set.generator, store, count);
    // The dates of a year before have chunks no more than conversations.
    let empty = (last_days(2 * 365).0, last_days(365).0);
    let mut asked = [of(empty), of(last_days(MONTH)), of(last_days(QUARTER))];
    for nth in 0..=bench.runs {
        for range in &mut asked {
            range.measure().await?;
            if nth == 0 {
                range.forget();
            }
        }
    }
    let texts = texts(bench, &set).await?;
    Ok(Report { texts, ..report(asked) })
}

fn report(asked: [MetricsAnswers<'_>; 3]) -> Report {
    let answers: usize = asked.iter().map(|range| range.answers).sum();
    let [_, of_month, of_quarter] = asked.each_ref().map(MetricsAnswers::counted);
    let [empty, month, quarter] = asked.map(|range| range.p50_ms);
    let line = |name: &str, unit: &str, values: Vec<f64>, most| Line {
        measured: Values::new(name, unit, values),
        target: Target::AtMost(most),
    };
    let lines = vec![
        line(&name_of("a month"), "ns", per_conversation(&month, &empty, of_month.total), 300.0),
        line(&name_of("90 days"), "ns", per_conversation(&quarter, &empty, of_quarter.total), 300.0),
        line("metrics of a month of the largest store, p50", "ms", month.clone(), 50.0),
    ];
    let sides = vec![
        Values::new("a month, p50", "ms", month),
        Values::new("90 days, p50", "ms", quarter),
        Values::new("a range without conversations, p50", "ms", empty),
    ];
    let notes = vec![format!(
        "GET /analytics/metrics by one connection, two seconds for each range in a run, in turn. A month is 30 local days, with {} \
         conversations of {} customers; 90 days have {} of {}. All {answers} answers were compared with the oracle.",
        of_month.total, of_month.unique_customers, of_quarter.total, of_quarter.unique_customers
    )];
    Report { lines, sides, notes, texts: Vec::new() }
}

fn name_of(range: &str) -> String {
    format!("exact distinct customers and percentiles, {range} of the largest store, for each conversation")
}

/// Nanoseconds above an empty range.
#[allow(clippy::cast_precision_loss)] // millions
fn per_conversation(p50_ms: &[f64], empty_ms: &[f64], conversations: u64) -> Vec<f64> {
    p50_ms.iter().zip(empty_ms).map(|(p50, empty)| (p50 - empty) * 1e6 / conversations as f64).collect()
}

async fn texts(bench: &Bench, set: &DataSet) -> Result<Vec<Text>> {
    let client = set.connect().await?;
    let store = set.generator.largest();
    let statement = statements::metrics(bench, store, questions::last_days(&set.generator, store, MONTH))?;
    Ok(vec![
        plans::indexes(&client, "conversations").await?,
        plans::tenant_plan(bench, &client, "Plan of metrics.sql, a month", store, &statement).await?,
    ])
}
