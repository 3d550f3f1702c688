//! Importing into time whose raw events have been dropped.

use chrono::{DateTime, Duration, TimeZone, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    database::Database,
    files::{Folder, import, ndjson, options},
    rows::conversations,
};
use crate::support::oracle::Event;

fn event(n: u32, event_type: &str, timestamp: DateTime<Utc>) -> Event {
    Event {
        store_id: Uuid::from_u128(1),
        conversation_id: Uuid::from_u128(2),
        event_id: Uuid::from_u128(100 + u128::from(n)),
        event_type: event_type.to_owned(),
        customer_id: None,
        timestamp,
        event_data: json!({}),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_conversation_gives_way_only_to_at_least_as_many_of_its_events() {
    let database = Database::new().await;
    let folder = Folder::new();
    let start = Utc.with_ymd_and_hms(2021, 3, 3, 10, 0, 0).unwrap();
    let types =
        ["conversation_started", "message_received", "message_sent", "message_received", "conversation_resolved"];
    let all: Vec<Event> =
        (0..).zip(types).map(|(n, kind)| event(n, kind, start + Duration::minutes(n.into()))).collect();
    let import_events = async |name: &str, events: &[Event]| {
        let file = folder.file(name, &ndjson(events));
        import(&database, &[file], &options()).await.unwrap()
    };

    assert_eq!(import_events("all", &all).await.frozen, 0);
    database.drop_raw_events().await;

    // Two of five events, and one that is too late for the row: only the late one makes a row of its own.
    let late = event(9, "message_received", start + Duration::hours(720));
    let summary = import_events("some", &[all[1].clone(), all[4].clone(), late.clone()]).await;
    assert_eq!((summary.accepted, summary.frozen), (3, 1));
    let rows = conversations(&database.client).await;
    let seen: Vec<_> = rows.iter().map(|row| (row.started_at, row.event_count)).collect();
    assert_eq!(seen, [(start, 5), (late.timestamp, 1)]);

    // All five and one more: the row is made anew.
    let extra = event(5, "message_received", start + Duration::minutes(9));
    let summary = import_events("more", &[&all[..], &[extra]].concat()).await;
    assert_eq!((summary.accepted, summary.duplicates, summary.frozen), (4, 2, 0));
    let rows = conversations(&database.client).await;
    let seen: Vec<_> = rows.iter().map(|row| (row.started_at, row.event_count)).collect();
    assert_eq!(seen, [(start, 6), (late.timestamp, 1)]);
    assert!(rows[0].reopened_at.is_some());

    // Dropping what came back changes nothing, however often.
    database.drop_raw_events().await;
    assert_eq!(conversations(&database.client).await, rows);
}
