//! Row 6: metrics of the probe store, which has the same conversations in both data sets, as data and ranges grow.

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

const DAY: i64 = 1;
const MONTH: i64 = 30;
const YEAR: i64 = 365;

pub async fn run(bench: &Bench) -> Result<Report> {
    let (small, large) = (DataSet::small(bench).await?, DataSet::large(bench).await?);
    let servers = (Server::start(bench, &small.url).await?, Server::start(bench, &large.url).await?);
    let last_days = |set: &DataSet, count| questions::last_days(&set.generator, set.generator.probe(), count);
    let of_small =
        |count| MetricsAnswers::new(&servers.0, &small.generator, small.generator.probe(), last_days(&small, count));
    let of_large =
        |count| MetricsAnswers::new(&servers.1, &large.generator, large.generator.probe(), last_days(&large, count));
    let mut asked = [of_small(MONTH), of_large(MONTH), of_large(DAY), of_large(YEAR)];
    for nth in 0..=bench.runs {
        for range in &mut asked {
            range.measure().await?;
            if nth == 0 {
                range.forget();
            }
        }
    }
    let texts = texts(bench, &small, &large).await?;
    Ok(Report { texts, ..report(&small, &large, asked) })
}

fn report(small: &DataSet, large: &DataSet, asked: [MetricsAnswers<'_>; 4]) -> Report {
    let answers: usize = asked.iter().map(|range| range.answers).sum();
    let totals = asked.each_ref().map(|range| range.counted().total);
    let (small, large) = (small.generator.events(), large.generator.events());
    let names = [
        format!("a month, {small} events"),
        format!("a month, {large} events"),
        format!("a day, {large} events"),
        format!("a year, {large} events"),
    ];
    let sides: Vec<Values> =
        names.iter().zip(asked).map(|(name, range)| Values::new(&format!("{name}, p50"), "ms", range.p50_ms)).collect();
    let lines = vec![
        Line::ratio(
            "metrics of a month of the probe store, p50: large ÷ small data",
            &sides[1],
            &sides[0],
            Target::AtMost(1.3),
        ),
        Line::ratio("a year ÷ a day of the probe store in the large data", &sides[3], &sides[2], Target::AtMost(3.0)),
    ];
    let notes = vec![format!(
        "GET /analytics/metrics by one connection, two seconds for each range in a run, in turn: a month is 30 local days, and has {} \
         conversations in the small and {} in the large data, a day {}, a year {}. All {answers} answers were compared with the oracle.",
        totals[0], totals[1], totals[2], totals[3]
    )];
    Report { lines, sides, notes, texts: Vec::new() }
}

async fn texts(bench: &Bench, small: &DataSet, large: &DataSet) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for (set, name, days) in [
        (small, "a month, small data", MONTH),
        (large, "a month, large data", MONTH),
        (large, "a year, large data", YEAR),
    ] {
        let client = set.connect().await?;
        let store = set.generator.probe();
        let statement = statements::metrics(bench, store, questions::last_days(&set.generator, store, days))?;
        texts.push(
            plans::tenant_plan(bench, &client, &format!("Plan of metrics.sql, {name}"), store, &statement).await?,
        );
    }
    Ok(texts)
}
