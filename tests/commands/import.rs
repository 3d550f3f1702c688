//! `colloquy import`: what it takes, creates, moves and leaves alone.

use chrono::{DateTime, Duration, SubsecRound, TimeZone, Utc};
use colloquy::{
    events::store::{self, Frozen},
    import::Options,
};
use uuid::Uuid;

use super::{
    database::Database,
    files::{Folder, fixture, gzip, import, ndjson, options},
    rows::{assert_same, conversations},
};
use crate::support::{oracle::Event, streams};

pub fn history(seed: u64, conversation_ids: usize) -> Vec<Event> {
    let stores = (1..=3).map(|n| Uuid::from_u128(seed.into()).as_u128() << 8 | n).map(Uuid::from_u128).collect();
    let options = streams::Options {
        stores,
        conversation_ids,
        from: Utc.with_ymd_and_hms(2021, 2, 1, 0, 0, 0).unwrap(),
        to: Utc.with_ymd_and_hms(2021, 7, 1, 0, 0, 0).unwrap(),
        timezones: vec![chrono_tz::Asia::Kolkata, chrono_tz::America::St_Johns],
        largest_batch: 500,
    };
    streams::generate(seed, &options).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_rejected_are_named_and_the_others_are_stored() {
    let database = Database::new().await;
    let sql = "insert into stores (store_id, name) values ('11111111-1111-4111-8111-111111111111', 'Known')";
    database.client.batch_execute(sql).await.unwrap();
    let options = Options { create_stores: false, ..options() };
    let mixed = [fixture("mixed.ndjson")];
    let expected = [
        (3, "invalid_json", None),
        (6, "invalid_event", None),
        (7, "invalid_value", Some("event_data.agent")),
        (9, "missing_field", Some("timestamp")),
        (10, "unknown_store", Some("store_id")),
    ];

    for (dry_run, accepted, duplicates) in [(true, 3, 1), (false, 3, 1), (true, 0, 4), (false, 0, 4)] {
        let summary = import(&database, &mixed, &Options { dry_run, ..options.clone() }).await.unwrap();
        assert_eq!((summary.accepted, summary.duplicates), (accepted, duplicates), "dry run: {dry_run}");
        let named: Vec<_> = summary.rejections.first.iter().map(|r| (r.line, r.code, r.field.as_deref())).collect();
        assert_eq!(named, expected);
    }
    assert_eq!(database.count("select count(*) from stores").await, 1);
    assert_eq!(conversations(&database.client).await[0].event_count, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing() {
    let database = Database::new().await;
    let dry = Options { dry_run: true, ..options() };
    let summary = import(&database, &[fixture("mixed.ndjson")], &dry).await.unwrap();
    assert_eq!((summary.accepted, summary.duplicates, summary.stores_created), (4, 1, 2));
    let sql = "select (select count(*) from stores) + (select count(*) from conversation_events)";
    assert_eq!(database.count(sql).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_and_gzip_files_of_several_stores_are_told_apart_by_their_content() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events = history(7, 400);
    let (some, others) = events.split_at(events.len() / 2);
    // Two gzip members in a file whose name says nothing, and plain text whose name lies.
    let (left, right) = some.split_at(some.len() / 3);
    let members = [gzip(&ndjson(left)), gzip(&ndjson(right))].concat();
    let files = [folder.file("history", &members), folder.file("plain.gz", &ndjson(others))];

    let summary = import(&database, &files, &Options { timezone: "Asia/Kathmandu".into(), ..options() }).await.unwrap();
    assert_eq!(summary.accepted + summary.duplicates, events.len() as u64);
    assert_eq!(summary.rejections.first, []);
    assert_eq!(summary.stores_created, 3);
    assert_same(&database.client, &events, "after the import").await;
    let sql = "select count(*) from stores where timezone = 'Asia/Kathmandu' and name ~ '^Imported [0-9a-f]{8}$'";
    assert_eq!(database.count(sql).await, 3);
    let sql =
        "select (select sum(total_conversations) from daily_metrics)::bigint - (select count(*) from conversations)";
    assert_eq!(database.count(sql).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_moved_before_is_moved_as_far_again() {
    let database = Database::new().await;
    let folder = Folder::new();
    let last = (Utc::now() - Duration::days(15)).trunc_subsecs(6);
    let moved_by = |events: &[Event], by: Duration| -> Vec<Event> {
        events.iter().cloned().map(|event| Event { timestamp: event.timestamp + by, ..event }).collect()
    };
    let all = history(3, 20);
    let newest = all.iter().map(|event| event.timestamp).max().unwrap();
    let all = moved_by(&all, last - newest);
    // As an import a week ago left it: every event a week later, not two as a fresh import would now.
    let expected = moved_by(&all, Duration::weeks(1));
    let earlier = folder.file("earlier", &ndjson(&expected));
    import(&database, &[earlier], &options()).await.unwrap();

    let file = folder.file("file", &ndjson(&all));
    let summary = import(&database, &[file], &Options { shift_to_now: true, ..options() }).await.unwrap();
    assert_eq!((summary.shifted_weeks, summary.accepted), (1, 0));
    assert_same(&database.client, &expected, "after the second import").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_moved_by_whole_weeks_into_the_last_seven_days() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events: Vec<Event> = history(8, 60);
    let file = folder.file("history.ndjson", &ndjson(&events));
    let began = Utc::now();
    let summary = import(&database, &[file], &Options { shift_to_now: true, ..options() }).await.unwrap();

    let by = Duration::weeks(summary.shifted_weeks);
    let last = events.iter().map(|event| event.timestamp).max().unwrap() + by;
    assert!(last <= began && last > began - Duration::weeks(1), "{last} is not within a week of {began}");
    let moved: Vec<Event> = events.iter().map(|event| moved(event, by)).collect();
    assert_same(&database.client, &moved, "after the import").await;
}

fn moved(event: &Event, by: Duration) -> Event {
    let mut event = event.clone();
    event.timestamp += by;
    if event.is_timeout() {
        let after: DateTime<Utc> = event.after().unwrap() + by;
        event.event_data["after"] = after.to_rfc3339().into();
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn live_events_of_the_same_conversations_are_not_lost_meanwhile() {
    let database = Database::new().await;
    let folder = Folder::new();
    let events = history(9, 1_500);
    let (live, archived): (Vec<_>, Vec<_>) = events.iter().cloned().enumerate().partition(|(n, _)| n % 7 == 0);
    let [live, archived] = [live, archived].map(|part| part.into_iter().map(|(_, event)| event).collect::<Vec<_>>());
    let file = [folder.file("history.ndjson", &ndjson(&archived))];
    // The stores have to be there before the first live event.
    let ids: std::collections::BTreeSet<Uuid> = events.iter().map(|event| event.store_id).collect();
    for id in ids {
        database.client.execute("insert into stores (store_id, name) values ($1, 'Live')", &[&id]).await.unwrap();
    }

    let writer = database.connect().await;
    let write_live = async {
        let statement = store::prepare(&writer).await.unwrap();
        for part in live.chunks(20) {
            let checked: Vec<_> = part.iter().map(checked).collect();
            let checked: Vec<_> = checked.iter().collect();
            store::store(&writer, &statement, &checked, Frozen::Keep).await.unwrap();
        }
    };
    let options = options();
    let (imported, ()) = tokio::join!(import(&database, &file, &options), write_live);
    imported.unwrap();
    // Whatever came in live after the sweep of the import.
    import(&database, &file, &options).await.unwrap();
    assert_same(&database.client, &[archived, live].concat(), "after both").await;
}

fn checked(event: &Event) -> colloquy::events::Event {
    use colloquy::events::validate::{Origin, validate};
    let json = serde_json::value::to_raw_value(&event.to_json()).unwrap();
    validate(&json, Origin::File, Utc::now(), 0).unwrap()
}
