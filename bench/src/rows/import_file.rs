//! Row 10: `colloquy import` of a file, against binary COPY of like events.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    time::Instant,
};

use colloquy::events::Event;
use tokio::process::Command;

use crate::{
    Result,
    bench::Bench,
    copy,
    generator::EVENTS_OF_CONVERSATION,
    ingest::{self, Recent},
    measure::{Line, Target, Values, count},
    plans,
    report::Report,
    scratch::{Scratch, settle},
};

/// Of the history in a file: four weeks that end a day ago.
const AGE_HOURS: std::ops::Range<f64> = 24.0..24.0 * 29.0;

pub async fn run(bench: &Bench) -> Result<Report> {
    let scratch = Scratch::create(bench, "import").await?;
    let client = scratch.connect().await?;
    let file = bench.folder().join("import.ndjson");
    let mut recent = Recent::of_age(&scratch.stores, 10, AGE_HOURS);
    // Two and a half times as many as a run of row 1, because an import begins and ends with work of its own.
    let all = bench.ingest_events * 5 / 2 / EVENTS_OF_CONVERSATION;
    let (mut imported, mut copied) = (Vec::new(), Vec::new());
    for nth in 0..=bench.runs {
        let conversations = if nth == 0 { all / 50 } else { all };
        let events = history(&mut recent, conversations);
        settle(&client).await?;
        let (took, rows) = copy::store(&client, &copy::encode(&events.iter().collect::<Vec<_>>())?).await?;
        let by_copy = per_second(rows, took.as_secs_f64());
        let events = history(&mut recent, conversations);
        write(&file, &events)?;
        settle(&client).await?;
        let by_import = per_second(events.len() as u64, import(bench, &scratch, &file).await?);
        // The first is not counted: it makes the chunks.
        if nth > 0 {
            copied.push(by_copy);
            imported.push(by_import);
        }
    }
    std::fs::remove_file(file)?;
    let texts = vec![plans::indexes(&client, "conversation_events").await?];
    drop(client);
    scratch.drop(bench).await?;
    Ok(Report { texts, ..report(imported, copied, all * EVENTS_OF_CONVERSATION) })
}

/// In order of time, as logs are.
fn history(recent: &mut Recent<'_>, conversations: usize) -> Vec<Event> {
    let mut events: Vec<Event> = recent.take(conversations).flatten().collect();
    events.sort_by_key(|event| event.created_at);
    events
}

fn write(path: &Path, events: &[Event]) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for event in events {
        file.write_all(&ingest::body_of_one(event)?)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

/// Returns the seconds that the command took, from start to end.
async fn import(bench: &Bench, scratch: &Scratch, file: &Path) -> Result<f64> {
    let began = Instant::now();
    let mut command = Command::new(&bench.colloquy);
    let output = command.args(["import", "--strict"]).arg(file).env("DATABASE_URL", &scratch.url).output().await?;
    let took = began.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(format!("the import failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
    Ok(took)
}

fn report(imported: Vec<f64>, copied: Vec<f64>, events: usize) -> Report {
    let imported = Values::new("colloquy import, from start to end", "events/s", imported);
    let copied = Values::new("binary COPY, 1 connection", "events/s", copied);
    let lines = vec![Line::ratio("import of a file, events/s ÷ binary COPY", &imported, &copied, Target::AtLeast(0.6))];
    let notes = vec![format!(
        "Each run has {} events of four weeks, in order of time, of 1,000 stores by their traffic: an NDJSON file for the \
         import; other events of the same kind for COPY, {} rows a transaction.",
        count(events),
        count(copy::TRANSACTION_ROWS)
    )];
    Report { lines, sides: vec![imported, copied], notes, texts: Vec::new() }
}

#[allow(clippy::cast_precision_loss)] // millions
fn per_second(events: u64, seconds: f64) -> f64 {
    events as f64 / seconds
}
