//! Timestamps as they can be written, by each door of events: HTTP, SQL and import agree on the instant or on the code.

use std::fmt::Write;

use chrono::{DateTime, Duration, Utc};
use colloquy::events::validate::{Fault, Origin, validate};
use colloquy::http::reply::rfc3339;
use serde_json::json;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use crate::commands::database::Database;
use crate::commands::files::{Folder, import, options};
use crate::support::reliability::Figures;

/// Where import begins: timezones are multiples of 15 minutes since then only.
const OLDEST: &str = "1972-01-08T00:00:00Z";
const INVALID: &str = "";

/// As sent, and the instant that it is.
const TIMESTAMPS: [(&str, &str); 63] = [
    ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
    ("2024-02-29t12:00:00z", "2024-02-29T12:00:00Z"),
    ("2024-02-29 12:00:00Z", "2024-02-29T12:00:00Z"),
    ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
    ("2023-02-29T12:00:00Z", INVALID),
    ("1900-02-29T12:00:00Z", INVALID),
    ("2024-02-30T12:00:00Z", INVALID),
    ("2024-04-31T12:00:00Z", INVALID),
    ("2024-00-01T12:00:00Z", INVALID),
    ("2024-13-01T12:00:00Z", INVALID),
    ("2024-01-00T12:00:00Z", INVALID),
    // Years.
    ("-0001-01-01T00:00:00Z", INVALID),
    ("-001-01-01T00:00:00Z", INVALID),
    ("0000-12-31T23:59:59Z", INVALID),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("0001-01-01T00:00:00+14:00", "0000-12-31T10:00:00Z"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ("1972-01-07T23:59:59.999999Z", "1972-01-07T23:59:59.999999Z"),
    ("1972-01-08T00:00:00Z", OLDEST),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ("9999-12-31T23:59:59-14:00", "+10000-01-01T13:59:59Z"),
    ("10000-01-01T00:00:00Z", INVALID),
    ("+10000-01-01T00:00:00Z", INVALID),
    ("24-02-29T12:00:00Z", INVALID),
    // Second 60 is the first one of the next minute.
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500Z"),
    ("2016-12-31T23:59:60.999999999Z", "2017-01-01T00:00:00.999999Z"),
    ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00Z"),
    ("2024-05-05T12:34:60Z", "2024-05-05T12:35:00Z"),
    ("9999-12-31T23:59:60Z", "+10000-01-01T00:00:00Z"),
    ("2016-12-31T23:59:61Z", INVALID),
    ("2016-12-31T23:60:00Z", INVALID),
    ("2016-12-31T24:00:00Z", INVALID),
    ("2016-12-31T25:00:00Z", INVALID),
    // Offsets.
    ("2024-03-10T12:00:00+14:00", "2024-03-09T22:00:00Z"),
    ("2024-03-10T12:00:00-14:00", "2024-03-11T02:00:00Z"),
    ("2024-03-10T12:00:00+05:45", "2024-03-10T06:15:00Z"),
    ("2024-03-10T12:00:00-00:00", "2024-03-10T12:00:00Z"),
    ("2024-03-10T12:00:00+15:59", "2024-03-09T20:01:00Z"),
    ("2024-03-10T12:00:00+16:00", INVALID),
    ("2024-03-10T12:00:00+24:00", INVALID),
    ("2024-03-10T12:00:00-24:00", INVALID),
    ("2024-03-10T12:00:00+01:60", INVALID),
    ("2024-03-10T12:00:00+0100", INVALID),
    ("2024-03-10T12:00:00+01", INVALID),
    ("2024-03-10T12:00:00\u{2212}01:00", INVALID),
    ("2024-03-10T12:00:00", INVALID),
    ("2024-03-10T12:00:00 Z", INVALID),
    ("2024-03-10T12:00:00 Europe/Berlin", INVALID),
    // Fractions, cut to microseconds.
    ("2024-03-10T12:00:00.1Z", "2024-03-10T12:00:00.100Z"),
    ("2024-03-10T12:00:00.12Z", "2024-03-10T12:00:00.120Z"),
    ("2024-03-10T12:00:00.123456Z", "2024-03-10T12:00:00.123456Z"),
    ("2024-03-10T12:00:00.1234567Z", "2024-03-10T12:00:00.123456Z"),
    ("2024-03-10T12:00:00.9999999Z", "2024-03-10T12:00:00.999999Z"),
    ("2024-03-10T12:00:00.999999999Z", "2024-03-10T12:00:00.999999Z"),
    ("2024-03-10T12:00:00.9999999999Z", "2024-03-10T12:00:00.999999Z"),
    ("2024-03-10T12:00:00.123456789012Z", "2024-03-10T12:00:00.123456Z"),
    ("2024-03-10T12:00:00.Z", INVALID),
    ("2024-03-10T12:00:00,5Z", INVALID),
    ("2024-03-10T12:00Z", INVALID),
    ("now", INVALID),
    ("infinity", INVALID),
];

/// The instant, and the server's clock at it.
fn expected(text: &str) -> Option<DateTime<Utc>> {
    (text != INVALID).then(|| text.parse().unwrap())
}

fn event(store_id: Uuid, timestamp: &str) -> serde_json::Value {
    json!({
        "event_id": Uuid::new_v4(), "conversation_id": Uuid::new_v4(), "store_id": store_id,
        "event_type": "message_received", "timestamp": timestamp
    })
}

fn by_http(sent: &str, origin: Origin, now: DateTime<Utc>) -> Result<DateTime<Utc>, &'static str> {
    let json = to_raw_value(&event(Uuid::nil(), sent)).unwrap();
    validate(&json, origin, now, 0).map(|event| event.created_at).map_err(|Fault { code, .. }| code)
}

#[test]
fn a_timestamp_is_one_instant_or_invalid() {
    for (sent, expected_text) in TIMESTAMPS {
        let expected = expected(expected_text);
        let now = expected.unwrap_or_else(Utc::now);
        let taken = expected.ok_or("invalid_timestamp");
        assert_eq!(by_http(sent, Origin::AnyStore, now), taken, "{sent}");
        // Written again it is the same, and no second is the 61st.
        if let Some(at) = expected {
            assert_eq!(rfc3339(by_http(sent, Origin::AnyStore, now).unwrap()), rfc3339(at), "{sent}");
            let minutes = Duration::minutes(5);
            let second = Duration::seconds(1);
            assert_eq!(by_http(sent, Origin::AnyStore, at - minutes), taken, "{sent}");
            assert_eq!(by_http(sent, Origin::AnyStore, at - minutes - second), Err("timestamp_in_future"), "{sent}");
            let days = Duration::days(55);
            assert_eq!(by_http(sent, Origin::AnyStore, at + days), taken, "{sent}");
            assert_eq!(by_http(sent, Origin::AnyStore, at + days + second), Err("timestamp_too_old"), "{sent}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_takes_the_same_instants() {
    let database = Database::new().await;
    let store_id = Uuid::new_v4();
    let insert = "insert into stores (store_id, name) values ($1, 'A store of all times')";
    database.client.execute(insert, &[&store_id]).await.unwrap();
    let (mut wrong, mut lines, mut taken) = (Vec::new(), String::new(), Vec::new());
    for (sent, text) in TIMESTAMPS {
        let (expected, event) = (expected(text), event(store_id, sent));
        let now = expected.unwrap_or_else(Utc::now);
        let sql = "select (select code from event_fault($1, $2)), event_time($1)";
        let row = database.client.query_one(sql, &[&event, &now]).await.unwrap();
        let found: (Option<String>, Option<DateTime<Utc>>) = (row.get(0), row.get(1));
        let code = expected.is_none().then(|| "invalid_timestamp".to_owned());
        if found != (code, expected) {
            wrong.push(format!("{sent} is {found:?} in SQL, not {expected:?}"));
        }
        writeln!(lines, "{event}").unwrap();
        let is_importable = expected.filter(|at| (OLDEST.parse().unwrap()..Utc::now()).contains(at));
        taken.extend(is_importable.map(|at| (event["event_id"].as_str().unwrap().to_owned(), at)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    imported(&database, &lines, taken).await;
    Figures::of(15, "clock", "timestamps by HTTP, SQL and import")
        .count(TIMESTAMPS.len(), TIMESTAMPS.len(), "timestamps")
        .record(&database.client)
        .await;
}

async fn imported(database: &Database, lines: &str, mut taken: Vec<(String, DateTime<Utc>)>) {
    let folder = Folder::new();
    let file = folder.file("times.ndjson", lines.as_bytes());
    let summary = import(database, &[file], &options()).await.unwrap();
    assert_eq!(summary.accepted, taken.len() as u64);
    let allowed = ["invalid_timestamp", "timestamp_too_old", "timestamp_in_future"];
    assert!(summary.rejections.first.iter().all(|one| allowed.contains(&one.code)), "{:?}", summary.rejections.first);
    let sql = "select event_id::text, created_at from conversation_events where event_type = 'message_received'";
    let mut stored: Vec<_> =
        database.client.query(sql, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    stored.sort();
    taken.sort();
    assert_eq!(stored, taken);
}
