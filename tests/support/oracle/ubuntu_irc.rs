//! The oracle on real conversations.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use chrono::Duration;
use flate2::read::GzDecoder;
use rust_decimal::Decimal;
use serde_json::Value;

use super::conversation::{Outcome, conversations};
use super::event::Event;
use super::gaps::{GapOptions, gaps};
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

/// Topics whose surest retrieval is under one half, with how often each was retrieved: read from the lines of the file
/// alone, without the oracle's conversations.
pub fn unsure_topics(path: &Path) -> BTreeMap<String, i64> {
    let mut seen = HashSet::new();
    let mut topics: BTreeMap<String, (i64, Option<f64>)> = BTreeMap::new();
    for line in BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines() {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let is_first = seen.insert((event["conversation_id"].to_string(), event["event_id"].to_string()));
        let data = &event["event_data"];
        if let (true, "knowledge_retrieved", Some(topic)) =
            (is_first, event["event_type"].as_str().unwrap(), data["topic"].as_str())
        {
            let (frequency, best) = topics.entry(topic.chars().take(255).collect()).or_default();
            *frequency += 1;
            *best = data["confidence"].as_f64().into_iter().chain(*best).reduce(f64::max);
        }
    }
    let unsure = topics.into_iter().filter(|(_, (_, best))| best.is_some_and(|best| best < 0.5));
    unsure.map(|(topic, (frequency, _))| (topic, frequency)).collect()
}

#[test]
fn gaps_of_real_conversations_are_those_of_the_file() {
    let Some(path) = path() else {
        skipped("gaps_of_real_conversations_are_those_of_the_file: no ../shared/data/ubuntu-irc.ndjson.gz");
        return;
    };
    let expected = unsure_topics(&path);
    assert!(!expected.is_empty());
    let events = load(&path);
    let rows = conversations(&events, &|_| Duration::minutes(30), None);
    let options = GapOptions {
        store_id: events[0].store_id,
        tz: chrono_tz::UTC,
        confidence_threshold: Decimal::new(5, 1),
        assumptions: &[],
    };
    let found = gaps(&rows, &events, &[], &options).into_iter().map(|gap| (gap.topic, gap.frequency));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
    println!("{} gaps, {} retrievals", expected.len(), expected.values().sum::<i64>());
}
