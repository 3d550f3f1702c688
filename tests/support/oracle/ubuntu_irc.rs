//! The oracle on real conversations.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use chrono::Duration;
use flate2::read::GzDecoder;

use super::conversation::{Outcome, conversations};
use super::event::Event;
use crate::support::skipped;

/// Where the file of real conversations lies, if it is there.
pub fn path() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ubuntu-irc.ndjson.gz");
    path.exists().then_some(path)
}

/// All events of a gzip NDJSON file in the ingest format.
pub fn load(path: &Path) -> Vec<Event> {
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    lines.map(|line| Event::from_json(&line.unwrap())).collect()
}

#[test]
fn real_conversations_are_all_there() {
    let Some(path) = path() else {
        skipped("real_conversations_are_all_there: no ../shared/data/ubuntu-irc.ndjson.gz");
        return;
    };
    let events = load(&path);
    assert_eq!(events.len(), 75_797);
    let rows = conversations(&events, &|_| Duration::minutes(30), None);
    assert_eq!(rows.len(), 9_149);
    let event_count: i64 = rows.iter().map(|row| row.event_count).sum();
    assert_eq!(event_count, 75_797);
    let count = |outcome: Outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    println!(
        "{} open, {} resolved, {} escalated, {} abandoned",
        count(Outcome::Open),
        count(Outcome::Resolved),
        count(Outcome::Escalated),
        count(Outcome::Abandoned)
    );
}
