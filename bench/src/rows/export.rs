//! Row 8: export of conversations by HTTP, against COPY of the same query; and the memory that it takes.

use std::{pin::pin, time::Instant};

use chrono::NaiveDate;
use futures_util::StreamExt;
use tokio_postgres::Client;

use crate::{
    Result, answers,
    bench::Bench,
    client::{Connection, count_lines},
    data::DataSet,
    generator::Store,
    measure::{Line, Target, Values},
    oracle::{History, midnight},
    plans, questions,
    report::Report,
    scratch::settle,
    server::Server,
    statements::{literal, read, with_values},
};

/// Of the export that is timed and, with a tenth of it, compared by memory. Both end on a day of the week of their own,
/// so the rows are not ten times as many to the last one.
const DAYS: i64 = 30;
const FEW_DAYS: i64 = 3;

type Days = (NaiveDate, NaiveDate);

/// Bytes, lines and seconds.
struct Export {
    bytes: u64,
    lines: u64,
    seconds: f64,
}

/// Peak of the server's memory in MB: in all, and above what it was before.
#[derive(Default)]
struct Memory {
    peak: Vec<f64>,
    above_idle: Vec<f64>,
}

pub async fn run(bench: &Bench) -> Result<Report> {
    let set = DataSet::large(bench).await?;
    let client = set.connect().await?;
    let store = set.generator.largest();
    let history = History::of(&set.generator, store);
    let [few, many] = [FEW_DAYS, DAYS].map(|count| questions::last_days(&set.generator, store, count));
    let rows = |days: Days| answers::of_days(&history, store.timezone, days.0, days.1).total;
    let query = query(bench, store, many)?;
    let (mut http, mut copy) = (Vec::new(), Vec::new());
    let (mut memory_of_few, mut memory_of_many) = (Memory::default(), Memory::default());
    for _ in 0..bench.runs {
        settle(&client).await?;
        copy.push(by_copy(bench, &client, store, &query, rows(many)).await?);
        memory_of_few.add(bench, &set, store, few, rows(few)).await?;
        http.push(memory_of_many.add(bench, &set, store, many, rows(many)).await?);
    }
    let texts = vec![
        plans::indexes(&client, "conversations").await?,
        plans::tenant_plan(bench, &client, "Plan of export_conversations.sql, on both sides", store, &query).await?,
    ];
    let report = report(&http, &copy, memory_of_few, memory_of_many, (rows(few), rows(many)));
    Ok(Report { texts, ..report })
}

fn query(bench: &Bench, store: &Store, (first, last): Days) -> Result<String> {
    let at = |date| literal(&midnight(store.timezone, date).to_rfc3339());
    let values = [literal(&store.id.to_string()), at(first), at(last + chrono::Duration::days(1))];
    Ok(with_values(&read(bench, "analytics/export_conversations.sql")?, &values))
}

impl Memory {
    /// Exports by a server of its own, whose allocator has kept nothing of an export before.
    async fn add(&mut self, bench: &Bench, set: &DataSet, store: &Store, days: Days, rows: u64) -> Result<Export> {
        let server = Server::start(bench, &set.url).await?;
        let mut connection = Connection::open(&server.target.address).await?;
        // Makes the connections to the database.
        connection.demand(server.target.get(&questions::metrics(store, days))?).await?;
        let idle = server.memory_mb()?;
        server.reset_peak()?;
        let began = Instant::now();
        let (bytes, lines) = connection.count(server.target.get(&questions::export(store, days))?).await?;
        let seconds = began.elapsed().as_secs_f64();
        let peak = server.peak_memory_mb()?;
        self.peak.push(peak);
        self.above_idle.push(peak - idle);
        Export { bytes, lines, seconds }.of_rows(rows + 1)
    }
}

/// As the server's export: in a transaction of the store, over a connection of the same kind.
async fn by_copy(bench: &Bench, client: &Client, store: &Store, query: &str, rows: u64) -> Result<Export> {
    let enter = with_values(&read(bench, "database/tenant.sql")?, &[literal(&store.id.to_string())]);
    client.batch_execute(&format!("begin isolation level repeatable read read only; {enter}")).await?;
    let began = Instant::now();
    let mut copied = pin!(client.copy_out(&format!("copy ({query}) to stdout (format csv)")).await?);
    let (mut bytes, mut lines) = (0, 0);
    while let Some(part) = copied.next().await {
        let part = part?;
        bytes += part.len() as u64;
        lines += count_lines(&part);
    }
    let seconds = began.elapsed().as_secs_f64();
    client.batch_execute("commit").await?;
    Export { bytes, lines, seconds }.of_rows(rows)
}

impl Export {
    fn of_rows(self, lines: u64) -> Result<Self> {
        if self.lines != lines {
            return Err(format!("{} lines were exported, the oracle says {lines}", self.lines).into());
        }
        Ok(self)
    }
}

#[allow(clippy::cast_precision_loss)] // millions
fn report(http: &[Export], copy: &[Export], few: Memory, many: Memory, rows: (u64, u64)) -> Report {
    let speed = |exports: &[Export]| exports.iter().map(|export| export.bytes as f64 / 1e6 / export.seconds).collect();
    let per_second = |exports: &[Export]| exports.iter().map(|export| export.lines as f64 / export.seconds).collect();
    let bytes_of_row =
        |exports: &[Export]| exports.last().map_or(0.0, |export| export.bytes as f64 / export.lines as f64);
    let (by_http, by_copy) = (Values::new("by HTTP", "MB/s", speed(http)), Values::new("COPY", "MB/s", speed(copy)));
    let rows_by_http = Values::new("by HTTP", "rows/s", per_second(http));
    let rows_by_copy = Values::new("COPY", "rows/s", per_second(copy));
    let peak_of_few = Values::new(&format!("memory of the server at most, {} rows", rows.0), "MB", few.peak);
    let peak_of_many = Values::new(&format!("memory of the server at most, {} rows", rows.1), "MB", many.peak);
    let lines = vec![
        Line::ratio("export of conversations MB/s ÷ COPY (query) TO STDOUT", &by_http, &by_copy, Target::AtLeast(0.6)),
        Line::ratio("the same, in rows/s", &rows_by_http, &rows_by_copy, Target::None),
        Line::ratio(
            "memory of the server at ten times the rows ÷ at one time",
            &peak_of_many,
            &peak_of_few,
            Target::AtMost(1.1),
        ),
    ];
    let notes = vec![format!(
        "Each run exports {} conversations of {DAYS} local days of the largest store as CSV by one connection, by COPY with {:.0} bytes a \
         row and by HTTP with {:.0}, after a server of its own has exported {} of {FEW_DAYS} days. The server also counts the rows before \
         it sends them. All lines were counted and are as many as the oracle says.",
        rows.1,
        bytes_of_row(copy),
        bytes_of_row(http),
        rows.0
    )];
    let sides = vec![
        by_http,
        by_copy,
        rows_by_http,
        rows_by_copy,
        peak_of_few,
        peak_of_many,
        Values::new(&format!("above idle, {} rows", rows.0), "MB", few.above_idle),
        Values::new(&format!("above idle, {} rows", rows.1), "MB", many.above_idle),
    ];
    Report { lines, sides, notes, texts: Vec::new() }
}
