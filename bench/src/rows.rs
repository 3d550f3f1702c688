//! The rows of the table, each in a file of its own.

mod acknowledgement;
mod bulk;
mod columnstore;
mod contiguous;
mod costs;
mod dashboard;
mod during_ingest;
mod exact;
mod export;
mod growth;
mod import_file;
mod memory;
mod people;
mod raw_events;
mod scattered;
mod single;

use std::{fs, future::Future, pin::Pin, time::Instant};

use chrono::Utc;
use colloquy::database::error_chain;

use crate::{
    Result,
    bench::{Bench, RunArgs},
    machine,
    report::{self, Kept, Report},
};

type Running<'a> = Pin<Box<dyn Future<Output = Result<Report>> + Send + 'a>>;

struct Row {
    number: &'static str,
    title: &'static str,
    run: for<'a> fn(&'a Bench) -> Running<'a>,
}

macro_rules! rows {
    ($($number:literal $title:literal $module:ident),+ $(,)?) => {
        &[$(Row { number: $number, title: $title, run: |bench| Box::pin($module::run(bench)) }),+]
    };
}

/// In the order in which they run and are shown.
const ROWS: &[Row] = rows![
    "1" "ingest by HTTP, whole conversations" contiguous,
    "2" "ingest by HTTP, each event of another conversation" scattered,
    "3" "requests of one event" single,
    "4" "acknowledgement at half of the peak" acknowledgement,
    "5" "dashboards of one store" dashboard,
    "6" "sums of a store as data and ranges grow" growth,
    "6b" "exact distinct customers and percentiles" exact,
    "7" "the same questions asked of raw events" raw_events,
    "8" "export of conversations" export,
    "9" "dashboards during ingest" during_ingest,
    "10" "import of a file" import_file,
    "11" "columnstore" columnstore,
    "12" "memory of the server" memory,
    "13" "a hundred people on dashboards during ingest" people,
    "costs" "what an event costs, for docs/scaling.md" costs,
];

/// Prints number and title of each row.
pub fn list() {
    for row in ROWS {
        println!("{:>3}  {}", row.number, row.title);
    }
}

/// Runs rows one after the other, keeps what each has found, and writes the page.
///
/// # Errors
/// When one of them fails; what others have found is kept.
pub async fn run(args: &RunArgs) -> Result<()> {
    if let Some(unknown) = args.rows.iter().find(|number| ROWS.iter().all(|row| row.number != **number)) {
        return Err(format!("there is no row {unknown}; colloquy-bench list names them").into());
    }
    fs::create_dir_all(args.bench.folder())?;
    let mut failed = Vec::new();
    for row in ROWS.iter().filter(|row| args.rows.is_empty() || args.rows.iter().any(|number| number == row.number)) {
        if let Err(error) = row.run_and_keep(&args.bench).await {
            eprintln!("{}: FAILED: {}", row.number, error_chain(&*error));
            failed.push(row.number);
        }
    }
    report::write(&args.bench, ROWS.iter().map(|row| row.number))?;
    if failed.is_empty() { Ok(()) } else { Err(format!("rows that failed: {}", failed.join(", ")).into()) }
}

impl Row {
    async fn run_and_keep(&self, bench: &Bench) -> Result<()> {
        let began = Instant::now();
        eprintln!("{}: {}", self.number, self.title);
        let report = (self.run)(bench).await?;
        for line in &report.lines {
            eprintln!("   {}: {}, {}", line.measured.name, line.measured.shown(), line.verdict());
        }
        for side in &report.sides {
            eprintln!("   {}: {}", side.name, side.shown());
        }
        eprintln!("   took {:.0?}", began.elapsed());
        Kept {
            number: self.number.to_owned(),
            title: self.title.to_owned(),
            measured_on: Utc::now().format("%Y-%m-%d").to_string(),
            machine: machine::describe()?,
            edition: bench.edition.clone(),
            report,
        }
        .save(bench)
    }
}
