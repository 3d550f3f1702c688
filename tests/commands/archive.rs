//! `colloquy archive`: files that hold every raw event, and give it back.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{TimeZone, Utc};
use colloquy::archive::{self, Archive, ArchiveError, Options, Summary};
use colloquy::import::Summary as Imported;
use colloquy::schema::Edition;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::database::Database;
use super::files::{Folder, import, ndjson, options, unpacked};
use super::import::history;
use super::rows::{assert_same, conversations};
use crate::support::oracle::Event;

/// Archives all that is older than 90 days, which is everything in these tests.
pub async fn archive(database: &Database, folder: &Folder) -> Result<Summary, ArchiveError> {
    archive_within(database, folder, Duration::from_secs(3)).await
}

/// The same, but waits only so long for others.
pub async fn archive_within(database: &Database, folder: &Folder, patience: Duration) -> Result<Summary, ArchiveError> {
    let options = Options { older_than: "90 days".to_owned(), to: folder.path().to_owned(), patience };
    archive::run(&database.client, &options, |_| ()).await
}

/// Every raw event, as text, without the time at which it was stored.
pub async fn raw_events(database: &Database) -> Vec<String> {
    let sql = "select (to_jsonb(e) - 'received_at')::text from conversation_events e order by 1";
    database.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Asserts that views and rows say what they said before.
#[track_caller]
fn assert_numbers(before: &[String], now: &[String], when: &str) {
    let differences = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter().filter(|row| !others.contains(row)).cloned().collect()
    };
    let (gone, new) = (differences(before, now), differences(now, before));
    assert!(before == now, "{when}\n  gone: {}\n  new: {}", gone.join("\n    "), new.join("\n    "));
}

/// What views and rows say, as text.
pub async fn numbers(database: &Database) -> Vec<String> {
    let sql = "select d::text from daily_metrics d
               union all select c::text from conversations c
               union all select w::text from conversation_weeks w
               order by 1";
    database.client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

pub async fn listed(database: &Database) -> Vec<Archive> {
    archive::list(&database.client).await.unwrap()
}

fn paths(archives: &[Archive]) -> Vec<PathBuf> {
    archives.iter().map(|archive| PathBuf::from(&archive.path)).collect()
}

async fn restore(database: &Database, paths: &[PathBuf]) -> Imported {
    let summary = import(database, paths, &options()).await.unwrap();
    assert_eq!(summary.rejections.first, []);
    summary
}

#[tokio::test(flavor = "multi_thread")]
async fn all_events_go_into_files_and_come_back_and_no_number_changes() {
    let (database, source, folder) = (Database::new().await, Folder::new(), Folder::new());
    let events = history(21, 250);
    import(&database, &[source.file("history", &ndjson(&events))], &options()).await.unwrap();
    assert_same(&database.client, &events, "imported").await;
    let (raw, before) = (raw_events(&database).await, numbers(&database).await);
    assert!(raw.iter().any(|event| event.contains(r#""reason": "timeout""#)), "no timeout to archive");

    let summary = archive(&database, &folder).await.unwrap();
    let archives = listed(&database).await;
    assert!(archives.len() > 15 && archives.len() == summary.archived.len(), "{}", archives.len());
    assert_eq!(archives.iter().map(|archive| archive.events).sum::<i64>(), i64::try_from(raw.len()).unwrap());
    for archive in &archives {
        let content = fs::read(&archive.path).unwrap();
        let digest: Vec<_> = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&archive.sha256, archive.bytes), (&digest.concat(), i64::try_from(content.len()).unwrap()));
        assert_eq!(fs::metadata(&archive.path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(archive.dropped_at.is_some());
    }
    assert_eq!(folder.names().len(), archives.len());
    assert_eq!(raw_events(&database).await.len(), 0);
    assert_eq!(numbers(&database).await, before);
    assert_eq!(archive(&database, &folder).await.unwrap().archived.len(), 0);

    let back = restore(&database, &paths(&archives)).await;
    assert_eq!((back.accepted, back.duplicates, back.frozen, back.timeouts), (raw.len() as u64, 0, 0, 0));
    assert!(back.to_string().contains("go again with the next run of retention"), "{back}");
    assert_eq!(raw_events(&database).await, raw);
    assert_eq!(numbers(&database).await, before);
    let again = restore(&database, &paths(&archives)).await;
    assert_eq!((again.accepted, again.duplicates), (0, raw.len() as u64));
    assert_eq!((raw_events(&database).await, numbers(&database).await), (raw.clone(), before.clone()));

    // The same events are the same files, and nothing is listed twice.
    archive(&database, &folder).await.unwrap();
    assert_eq!(paths(&listed(&database).await), paths(&archives));
    assert_eq!((raw_events(&database).await.len(), numbers(&database).await), (0, before));

    // A new installation gets the same rows and events.
    let other = Database::new().await;
    restore(&other, &paths(&archives)).await;
    assert_eq!(raw_events(&other).await, raw);
    assert_same(&other.client, &events, "in another database").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_that_come_back_one_by_one_leave_the_conversations_across_them_right() {
    let (database, source, folder) = (Database::new().await, Folder::new(), Folder::new());
    // An event that was sent again under another time is a conversation of its own as long as its first copy is away.
    let mut events = history(22, 60);
    let mut known = BTreeMap::new();
    events.retain(|event| {
        *known.entry((event.conversation_id, event.event_id)).or_insert(event.timestamp) == event.timestamp
    });
    import(&database, &[source.file("history", &ndjson(&events))], &options()).await.unwrap();
    let (raw, before) = (raw_events(&database).await, numbers(&database).await);
    let across = "select count(*) from (select from conversation_weeks group by store_id, conversation_id
                                        having count(*) > 1) w";
    assert!(database.count(across).await > 10);
    archive(&database, &folder).await.unwrap();
    let archives = listed(&database).await;

    // Every other one by itself, dropped again at once; then all, the youngest first.
    for archive in archives.iter().step_by(2) {
        restore(&database, &[PathBuf::from(&archive.path)]).await;
        // Of the events that others have sent just those of the archive. A timeout of the next one may be made anew.
        let sent = unpacked(&fs::read(&archive.path).unwrap())
            .lines()
            .map(Result::unwrap)
            .filter(|line| !is_timeout(line))
            .count();
        let there = raw_events(&database).await.into_iter().filter(|event| !is_timeout(event)).count();
        assert_eq!(there, sent);
        assert_numbers(&before, &numbers(&database).await, &archive.path);
        database.drop_raw_events().await;
        assert_numbers(&before, &numbers(&database).await, &format!("{} dropped", archive.path));
    }
    for path in paths(&archives).into_iter().rev() {
        restore(&database, &[path]).await;
        assert_numbers(&before, &numbers(&database).await, "the youngest first");
    }
    assert_eq!(raw_events(&database).await, raw);
    assert_same(&database.client, &events, "all of them").await;
}

fn is_timeout(event: &str) -> bool {
    let event: Value = serde_json::from_str(event).unwrap();
    event["event_type"] == "conversation_abandoned" && event["event_data"]["reason"] == "timeout"
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_chunks_and_odd_bodies_come_back_to_the_letter() {
    let (database, source, folder) = (Database::new().await, Folder::new(), Folder::new());
    let start = Utc.with_ymd_and_hms(2021, 3, 3, 10, 0, 0).unwrap() + chrono::Duration::microseconds(7);
    let many_zeros = (0..6_000).map(|_| "1e9").collect::<Vec<_>>().join(",");
    let bodies = [
        r#"{"customer_id": "inside", "response_time_ms": 0.0005, "z": 1.10, "a": [ 1, 2.50e3 ]}"#.to_owned(),
        r#"{"text": "a \"quote\", a \\ and { } : , 1000000000000000000000000 \u00e9 \n", "": null}"#.to_owned(),
        r#"{"small": 1e-16000, "large": -1.5e300, "zero": 0.00, "exact": 12345678901234567890123456789.5}"#.to_owned(),
        format!("{{\"many\": [{many_zeros}]}}"),
    ];
    let lines: Vec<String> = (0_u32..)
        .zip(&bodies)
        .map(|(n, body)| {
            let (id, at) =
                (Uuid::from_u128(900 + u128::from(n)), (start + chrono::Duration::seconds(n.into())).to_rfc3339());
            format!(
                "{{\"store_id\": \"{}\", \"conversation_id\": \"{id}\", \"event_id\": \"{id}\", \
                 \"event_type\": \"message_sent\", \"timestamp\": \"{at}\", \"event_data\": {body}}}\n",
                Uuid::from_u128(1)
            )
        })
        .collect();
    assert_eq!(restore(&database, &[source.file("odd", lines.concat().as_bytes())]).await.accepted, 4);
    let (raw, before) = (raw_events(&database).await, numbers(&database).await);
    database.client.batch_execute("call compress_raw_events()").await.unwrap();
    let compressed = "select count(*) from timescaledb_information.chunks where is_compressed";
    let is_community = Edition::detect(&database.client).await.unwrap() == Edition::Community;
    assert_eq!(database.count(compressed).await > 0, is_community);

    archive(&database, &folder).await.unwrap();
    assert_eq!(raw_events(&database).await.len(), 0);
    restore(&database, &paths(&listed(&database).await)).await;
    assert_eq!((raw_events(&database).await, numbers(&database).await), (raw, before));
}

#[test]
fn json_is_compact_and_long_numbers_are_short() {
    for (json, expected) in [
        (r#"{"a": [1, -2.50, 1000], "b c": " \" : "}"#, r#"{"a":[1,-2.50,1000],"b c":" \" : "}"#.to_owned()),
        ("[1000000000000000000000]", "[1e21]".to_owned()),
        ("[-0.0000000000000000001500]", "[-1500e-22]".to_owned()),
        ("[0.0000000000000000000000]", "[0e-22]".to_owned()),
        ("[123456789012345678901234]", "[123456789012345678901234]".to_owned()),
        (&format!("[{}0]", "100000,".repeat(6_000)), format!("[{}0]", "1e5,".repeat(6_000))),
    ] {
        assert_eq!(archive::compact(json), expected);
        assert!(serde_json::from_str::<Value>(json).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_after_the_copy_is_not_dropped() {
    let (database, source, folder) = (Database::new().await, Folder::new(), Folder::new());
    let start = Utc.with_ymd_and_hms(2021, 3, 3, 10, 0, 0).unwrap();
    let event = |kind: &str| Event::new(Uuid::from_u128(1), Uuid::from_u128(2), kind, start, json!({}));
    restore(&database, &[source.file("one", &ndjson(&[event("message_received")]))]).await; // and its timeout

    // Someone who knows of no lock.
    let writer = database.connect().await;
    let late = "begin; insert into conversation_events (store_id, conversation_id, event_id, event_type, created_at)
                select store_id, conversation_id, gen_random_uuid(), 'message_sent', created_at
                from conversation_events where event_type = 'message_received'";
    writer.batch_execute(late).await.unwrap();
    let error = archive(&database, &folder).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Busy { .. }), "{error}");
    writer.batch_execute("commit").await.unwrap();
    assert_eq!(raw_events(&database).await.len(), 3);
    let stale = "select drop_archived_events(from_at, to_at, events) from archives";
    assert_eq!(database.count(stale).await, 3);
    assert_eq!(raw_events(&database).await.len(), 3);

    archive(&database, &folder).await.unwrap();
    assert_eq!(raw_events(&database).await.len(), 0);
    let events: Vec<i64> = listed(&database).await.iter().map(|archive| archive.events).collect();
    assert_eq!(events, [2, 3]);
    restore(&database, &paths(&listed(&database).await)).await;
    assert_eq!(raw_events(&database).await.len(), 3);
    assert_eq!(conversations(&database.client).await[0].event_count, 2);
}
