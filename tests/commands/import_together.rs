//! `colloquy import` over several connections: the numbers of one, whatever the order of the files.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use chrono::{TimeZone, Utc};
use colloquy::import::{self, ImportError, Options, Progress, Stop, Summary};
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    database::Database,
    files::{Folder, import, ndjson, options},
    import::history,
    rows::{assert_same, conversations},
};
use crate::support::oracle::Event;

/// All numbers that come of conversations, as text.
const NUMBERS: [&str; 4] = [
    "select coalesce(jsonb_agg(to_jsonb(m) order by m.store_id, m.date), '[]')::text from daily_metrics m",
    "select coalesce(jsonb_agg(to_jsonb(d) order by d.store_id, d.from_at), '[]')::text from settled_days d
     where total_conversations > 0",
    "select coalesce(jsonb_agg(to_jsonb(r) order by r.store_id, r.bucket), '[]')::text from conversation_metrics_15m r",
    "select coalesce(jsonb_agg(jsonb_build_array(g.store_id, g.topic, g.frequency, g.best_confidence,
                                                 g.example_questions, g.status) order by g.store_id, g.topic), '[]')::text
     from content_gaps g",
];
/// Notes which connections store events.
const WATCH_WRITERS: &str = "
    create table writers (pid integer);
    create function note_writer() returns trigger language plpgsql security definer as
        'begin insert into analytics.writers values (pg_backend_pid()); return null; end';
    create trigger writers after insert on conversation_events for each statement execute function note_writer()";

/// In an order that has nothing to do with time, a fifth of them twice, and more than a window of several connections.
fn shuffled() -> Vec<Event> {
    let mut events = history(31, 5_000);
    let again: Vec<Event> = events.iter().step_by(5).cloned().collect();
    events.extend(again);
    let mut places: Vec<(u64, usize)> = (0..events.len()).map(|place| (mixed(place), place)).collect();
    places.sort_unstable();
    places.into_iter().map(|(_, place)| events[place].clone()).collect()
}

fn mixed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

async fn import_by(
    database: &Database,
    connections: usize,
    files: &[std::path::PathBuf],
    options: &Options,
    stop: &Stop,
) -> Result<Summary, ImportError> {
    let mut others = Vec::new();
    for _ in 1..connections {
        others.push(database.connect().await);
    }
    let client = database.connect().await;
    import::run(client, others, files, options, &Arc::new(Progress::silent()), stop).await
}

async fn numbers(database: &Database) -> Vec<String> {
    let mut numbers = Vec::new();
    for sql in NUMBERS {
        numbers.push(database.client.query_one(sql, &[]).await.unwrap().get(0));
    }
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn several_connections_make_the_numbers_of_one() {
    let (one, two) = (Database::new().await, Database::new().await);
    let folder = Folder::new();
    let events = shuffled();
    assert!(events.len() > 52_000, "one window: {} events", events.len());
    let mut text = ndjson(&events);
    text.extend(b"no event\n");
    let files = [folder.file("history.ndjson", &text)];
    two.client.batch_execute(WATCH_WRITERS).await.unwrap();

    // One keeps the events that it has checked, the other reads the file again.
    let again = Options { keep_bytes: 0, ..options() };
    let (kept, never) = (options(), Stop::never());
    let (by_one, by_two) = tokio::join!(import(&one, &files, &kept), import_by(&two, 2, &files, &again, &never));
    let [by_one, by_two] = [by_one.unwrap(), by_two.unwrap()];
    let counts = |s: &Summary| {
        (
            s.accepted,
            s.duplicates,
            s.rejections.count,
            s.rejections.first.clone(),
            s.timeouts,
            s.frozen,
            s.stores_created,
        )
    };
    assert_eq!(counts(&by_one), counts(&by_two));
    let distinct: HashSet<_> =
        events.iter().map(|event| (event.store_id, event.timestamp, event.event_id, event.conversation_id)).collect();
    assert_eq!(by_two.accepted, distinct.len() as u64);
    assert_eq!(by_two.accepted + by_two.duplicates, events.len() as u64);
    assert_eq!(two.count("select count(distinct pid) from writers").await, 2);

    assert_same(&two.client, &events, "after two connections").await;
    assert_eq!(conversations(&one.client).await, conversations(&two.client).await);
    assert_eq!(numbers(&one).await, numbers(&two).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_with_several_connections_it_says_what_all_have_stored_and_goes_on_when_run_again() {
    let database = Database::new().await;
    let folder = Folder::new();
    let mut seen = HashSet::new();
    let mut events = history(32, 4_000);
    events.retain(|event| seen.insert((event.store_id, event.timestamp, event.event_id, event.conversation_id)));
    let files = [folder.file("history.ndjson", &ndjson(&events))];
    let (ask, asked) = watch::channel(false);
    let (options, stop) = (options(), Stop::when(asked));
    let ask_soon = async {
        while database.count("select count(*) from conversation_events").await == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        ask.send(true).unwrap();
    };
    let (result, ()) = tokio::join!(import_by(&database, 2, &files, &options, &stop), ask_soon);

    let Err(ImportError::Stopped { events: count }) = result else { panic!("it went on: {result:?}") };
    let stored = database.count("select count(*) from conversation_events").await;
    assert_eq!(i64::try_from(count).unwrap(), stored);
    assert!(stored > 0 && count < events.len() as u64, "{count} of {}", events.len());

    let summary = import_by(&database, 2, &files, &options, &Stop::never()).await.unwrap();
    assert_eq!((summary.accepted, summary.duplicates), (events.len() as u64 - count, count));
    assert_same(&database.client, &events, "after a stop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_ends_all_and_run_again_the_rest_is_loaded() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events = history(33, 4_000);
    let files = [folder.file("history.ndjson", &ndjson(&events))];
    let other = database.connect().await;
    let pid: i32 = other.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    let (client, options, progress, stop) =
        (database.connect().await, options(), Arc::new(Progress::silent()), Stop::never());
    let cut_soon = async {
        while database.count("select count(*) from conversation_events").await == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        database.client.execute("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
    };
    let (result, ()) = tokio::join!(import::run(client, vec![other], &files, &options, &progress, &stop), cut_soon);

    assert!(matches!(result, Err(ImportError::Database { doing: "storing events", .. })), "{result:?}");
    let stored = database.count("select count(*) from conversation_events").await;
    assert!(stored > 0 && stored < i64::try_from(events.len()).unwrap(), "{stored} of {}", events.len());

    let summary = import_by(&database, 2, &files, &options, &stop).await.unwrap();
    assert_eq!(summary.accepted + summary.duplicates, events.len() as u64);
    assert_same(&database.client, &events, "after a cut").await;
}

/// More stores than are settled by one statement, and days of two months.
#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_many_stores_are_settled() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events: Vec<Event> = (1..=120_u128)
        .flat_map(|n| [(n, 3_u32, 30), (n, 4, 2)])
        .map(|(n, month, day)| {
            let at = Utc.with_ymd_and_hms(2021, month, day, 10, 0, 0).unwrap();
            let id = Uuid::from_u128(n << 8 | u128::from(month));
            Event::new(Uuid::from_u128(n), id, "message_received", at, json!({}))
        })
        .collect();
    import(&database, &[folder.file("history", &ndjson(&events))], &options()).await.unwrap();

    let settled = "select count(*) from settled_days where total_conversations = 1";
    assert_eq!(database.count(settled).await, 240);
    let stores = "select count(distinct store_id) from settled_days where has_sets";
    assert_eq!(database.count(stores).await, 120);
    let wrong = "select count(*) from settled_day_differences(null, '2021-01-01', '2022-01-01')";
    assert_eq!(database.count(wrong).await, 0);
}
