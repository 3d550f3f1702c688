//! `colloquy archive`: killed at each of its steps, and run again.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use super::archive::{listed, numbers, raw_events};
use super::database::Database;
use super::files::{Folder, import, ndjson, options, unpacked};
use super::import::history;
use crate::support::skipped;

const SIGABRT: i32 = 6;
const STEPS: [&str; 8] = ["Locked", "Frozen", "Begun", "Written", "Verified", "Named", "Recorded", "Dropped"];

pub fn run(database: &Database, folder: &Folder, abort_at: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_colloquy"))
        .args(["archive", "--older-than", "90d", "--to"])
        .arg(folder.path())
        .env("DATABASE_URL", &database.url)
        .env("COLLOQUY_TEST_ABORT_ARCHIVE_AT", abort_at)
        .output()
        .unwrap()
}

/// Identities of the events in the database, and in each file that has its name.
async fn everywhere(database: &Database, folder: &Folder) -> (Vec<String>, Vec<String>) {
    let sql = "select concat_ws(' ', store_id, conversation_id, event_id, extract(epoch from created_at) * 1000000)
               from conversation_events";
    let there = database.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let files = folder.names().into_iter().filter(|name| name.ends_with(".ndjson.gz"));
    let archived = files.flat_map(|name| identities(&unpacked(&fs::read(folder.path().join(name)).unwrap()))).collect();
    (there, archived)
}

fn identities(ndjson: &[u8]) -> Vec<String> {
    let lines = ndjson.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let event: serde_json::Value = serde_json::from_slice(line).unwrap();
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            let at = chrono::DateTime::parse_from_rfc3339(&text("timestamp")).unwrap().timestamp_micros();
            format!("{} {} {} {at}.000000", text("store_id"), text("conversation_id"), text("event_id"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step_it_neither_loses_nor_doubles_an_event() {
    if !cfg!(debug_assertions) {
        skipped("killed_at_each_step_it_neither_loses_nor_doubles_an_event: only debug builds can be killed at a step");
        return;
    }
    let (database, source, folder) = (Database::new().await, Folder::new(), Folder::new());
    let mut events = history(23, 40);
    // A few weeks are enough, and each run archives what the one before has left.
    let first = events.iter().map(|event| event.timestamp).min().unwrap();
    events.retain(|event| event.timestamp < first + chrono::Duration::weeks(5));
    import(&database, &[source.file("history", &ndjson(&events))], &options()).await.unwrap();
    let (raw, before) = (raw_events(&database).await, numbers(&database).await);
    let all: BTreeSet<String> = everywhere(&database, &folder).await.0.into_iter().collect();
    assert_eq!(all.len(), raw.len());

    for step in STEPS {
        let killed = run(&database, &folder, step);
        assert_eq!(killed.status.signal(), Some(SIGABRT), "{step}: {killed:?}");
        let (there, archived) = everywhere(&database, &folder).await;
        let both: BTreeSet<String> = there.iter().chain(&archived).cloned().collect();
        assert_eq!(both, all, "killed at {step}");
        assert_eq!(archived.iter().collect::<BTreeSet<_>>().len(), archived.len(), "killed at {step}: doubled");
        let is_dropped = there.len() < all.len();
        assert_eq!(is_dropped, step == "Dropped", "killed at {step}: {} of {} left", there.len(), all.len());
        assert_eq!(numbers(&database).await, before, "killed at {step}");
    }
    let done = run(&database, &folder, "never");
    assert!(done.status.success(), "{done:?}");
    let (there, mut archived) = everywhere(&database, &folder).await;
    archived.sort();
    assert_eq!((there.len(), archived), (0, all.into_iter().collect::<Vec<_>>()));
    let list = listed(&database).await;
    assert_eq!(folder.names().len(), list.len(), "{:?}", folder.names());
    assert!(list.len() >= 5 && list.iter().all(|archive| archive.dropped_at.is_some()));

    let files: Vec<_> = list.iter().map(|archive| archive.path.clone().into()).collect();
    import(&database, &files, &options()).await.unwrap();
    assert_eq!((raw_events(&database).await, numbers(&database).await), (raw, before));
}
