//! What ingest rejects is kept for a week and found at once.

use std::time::{Duration, Instant};

use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::cases::event;
use super::producer::{EVENTS, Producer};
use crate::support::csv::assert_same_rows;
use crate::support::http::send;
use crate::support::server::Server;

const REJECTIONS: &str = "/api/v1/ingest/rejections";

/// Headers and body of a request, and the code of its fault.
type Refused<'a> = (&'a [(&'a str, &'a str)], String, &'a str);

/// Code, index and payload of each example, oldest first.
fn examples(json: &Value) -> Vec<(String, Option<u64>, String)> {
    let examples = json["examples"].as_array().unwrap().iter().rev();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    examples.map(|row| (text(&row["code"]), row["event_index"].as_u64(), text(&row["payload"]))).collect()
}

fn counts(json: &Value) -> Vec<(&str, i64)> {
    let counts = json["counts"].as_array().unwrap().iter();
    counts.map(|row| (row["code"].as_str().unwrap(), row["events"].as_i64().unwrap())).collect()
}

#[tokio::test]
async fn each_rejected_event_is_found_with_its_reason() {
    let producer = Producer::new().await;
    let bad_rating = producer.event(&[("event_data", "{\"rating\": 6}")]);
    let bad_type = producer.event(&[("event_type", "\"message_lost\"")]);
    let mut events = vec![producer.event(&[])];
    events.extend(std::iter::repeat_n(bad_rating.clone(), 25));
    events.push(bad_type.clone());
    assert_eq!(producer.post(format!("[{}]", events.join(","))).await.status(), 207);
    // One of a whole request, and with that a second row of that code.
    assert_eq!(producer.post(bad_type.clone()).await.status(), 422);

    let found = producer.get(&format!("{REJECTIONS}?limit=200")).await;
    assert_eq!(found.status(), 200, "{}", found.text());
    assert!(!found.header("x-data-complete-until").is_empty());
    assert_eq!(counts(&found.json), [("invalid_value", 25), ("unknown_event_type", 2)]);
    let mut expected: Vec<_> =
        (1..=20).map(|index| ("invalid_value".to_owned(), Some(index), bad_rating.clone())).collect();
    expected.push(("unknown_event_type".to_owned(), Some(26), bad_type.clone()));
    expected.push(("unknown_event_type".to_owned(), Some(0), bad_type));
    assert_eq!(examples(&found.json), expected);
    let last = &found.json["examples"][0];
    assert_eq!((&last["field"], last["detail"].as_str().unwrap().is_empty()), (&json!("event_type"), false));
    assert_eq!(found.json["counts"][1]["last_at"], last["rejected_at"]);
    let of_last = "select events::bigint from ingest_rejections where code = 'invalid_value' and event_index = 20";
    assert_eq!(producer.number(of_last).await, 6);

    let of_code = producer.get(&format!("{REJECTIONS}?code=invalid_value&limit=1")).await.json;
    assert_eq!((counts(&of_code), examples(&of_code).len()), (vec![("invalid_value", 25)], 1));
    assert_eq!(producer.get(&format!("{REJECTIONS}?code=x")).await.json, json!({"counts": [], "examples": []}));
    let faults = producer.get(&format!("{REJECTIONS}?code=A&limit=201&format=xml&since=1")).await;
    let names: Vec<_> = faults.faults().iter().map(|(field, _)| *field).collect();
    assert_eq!((faults.status(), names), (400, vec!["code", "limit", "format", "since"]));
}

#[tokio::test]
async fn json_and_csv_have_the_same_rows() {
    let producer = Producer::new().await;
    producer.post(format!("[7, {}, \"=1+1\", {{\"a\\u0000\": \"€,\\\"\"}}]", producer.event(&[]))).await;
    producer.post("{").await;
    let both = assert_same_rows(&producer.app, REJECTIONS, &producer.key).await;
    assert_eq!(both.csv.text(), producer.get(&format!("{REJECTIONS}?format=csv")).await.text());
    assert_eq!(both.table.parts(), ["counts", "examples"]);
    assert_eq!((both.table.records.len(), both.table.columns.len()), (7, 10));
}

#[tokio::test]
async fn what_is_kept_of_an_event_is_short_and_can_be_stored() {
    let producer = Producer::new().await;
    let long = producer.event(&[("event_type", &format!("\"{}\"", "€".repeat(3000)))]);
    let odd = "{\"a\\u0000b\": 1}";
    assert_eq!(producer.post(format!("[{long}, {odd}]")).await.problem(), (422, "no_valid_event"));
    assert_eq!(producer.post(b"\0\xff{".as_slice()).await.problem(), (422, "invalid_json"));
    let found = producer.get(REJECTIONS).await.json;
    let kept = examples(&found);
    assert!(long.starts_with(&kept[0].2) && (2046..=2048).contains(&kept[0].2.len()), "{}", kept[0].2.len());
    assert_eq!((kept[1].2.as_str(), &found["examples"][1]["field"]), (odd, &json!("a\u{fffd}b")));
    assert_eq!(kept[2], ("invalid_json".to_owned(), None, "\u{fffd}\u{fffd}{".to_owned()));
}

#[tokio::test]
async fn a_request_that_was_refused_as_a_whole_is_one_row() {
    let mut producer = Producer::new().await;
    producer.app = producer.database.app_with_body_limit(100_000);
    let too_many = vec!["7"; 10_001].join("\n");
    let admin = producer.database.create_admin_key().await;
    let ndjson = ("content-type", "application/x-ndjson");
    let requests: [Refused; 7] = [
        (&[], "{".into(), "invalid_json"),
        (&[], "[]".into(), "no_events"),
        (&[], "{\"events\": 7}".into(), "invalid_field"),
        (&[ndjson], too_many, "too_many_events"),
        (&[("content-type", "text/plain")], "x".into(), "unsupported_media_type"),
        (&[], " ".repeat(100_001), "body_too_large"),
        (&[("content-encoding", "br")], "x".into(), "unsupported_content_encoding"),
    ];
    for (headers, body, code) in &requests {
        assert_eq!(producer.post_with(EVENTS, headers, body.clone()).await.code(), *code);
        let of_admin = producer.post_as(&admin, EVENTS, headers, body.clone()).await;
        assert_eq!(of_admin.code(), *code);
    }
    let found = producer.get(REJECTIONS).await.json;
    let codes: Vec<_> = examples(&found).into_iter().map(|(code, index, _)| (code, index)).collect();
    assert_eq!(codes, requests.map(|(_, _, code)| (code.to_owned(), None)));
    assert!(counts(&found).iter().all(|(_, events)| *events == 1));
    // Faults that are not of the body leave nothing.
    producer.post_with("/api/v1/events?x=1", &[], "{").await;
    producer.post_as("", EVENTS, &[], "{").await;
    assert_eq!(producer.recorded().await, 7);
}

#[tokio::test]
async fn a_body_that_broke_off_is_found_too() {
    let producer = Producer::new().await;
    let server = Server::start(&producer.database, &[]).await;
    let mut connection = server.connect().await;
    let head = format!(
        "POST {EVENTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n\r\n{{",
        producer.key
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(connection);
    let deadline = Instant::now() + Duration::from_secs(10);
    while producer.recorded().await == 0 {
        assert!(Instant::now() < deadline, "not recorded");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let found = examples(&producer.get(REJECTIONS).await.json);
    assert_eq!(found, [("incomplete_body".to_owned(), None, String::new())]);
}

#[tokio::test]
async fn rejections_belong_to_the_store_of_the_key_or_the_one_an_admin_names() {
    let producer = Producer::new().await;
    let other = producer.database.create_store("UTC").await;
    let archived = producer.database.create_store("UTC").await;
    let archive = "update stores set archived_at = now() where store_id = $1";
    producer.client.execute(archive, &[&archived]).await.unwrap();
    let unknown = Uuid::new_v4();
    let bad = |store_id| event(store_id, &[("event_type", "\"x\"")]);
    let foreign = event(other, &[]);
    producer.post(format!("[{foreign}, {}]", bad(unknown))).await;
    let of_admin = [bad(other), bad(unknown), event(unknown, &[]), event(archived, &[]), "7".to_owned()];
    let admin = producer.database.create_admin_key().await;
    producer.post_as(&admin, EVENTS, &[], format!("[{}]", of_admin.join(","))).await;

    let codes = async |store_id: Uuid| {
        let key = producer.database.create_key(store_id, &[Scope::Read]).await;
        let found = send(&producer.app, "GET", REJECTIONS, &key).await;
        let same = send(&producer.app, "GET", &format!("{REJECTIONS}?store_id={store_id}"), &admin).await;
        assert_eq!(found.json, same.json);
        examples(&found.json).into_iter().map(|(code, index, _)| (code, index.unwrap())).collect::<Vec<_>>()
    };
    let own = [("foreign_store".to_owned(), 0), ("unknown_event_type".to_owned(), 1)];
    assert_eq!(codes(producer.store_id).await, own);
    assert_eq!(codes(other).await, [("unknown_event_type".to_owned(), 0)]);
    assert_eq!(codes(archived).await, [("archived_store".to_owned(), 3)]);
    assert_eq!(producer.recorded().await, 4);
    let ingest_only = producer.database.create_key(other, &[Scope::Ingest]).await;
    assert_eq!(send(&producer.app, "GET", REJECTIONS, &ingest_only).await.problem(), (403, "missing_scope"));
}

#[tokio::test]
async fn a_log_that_fails_or_waits_does_not_stop_ingest() {
    let producer = Producer::new().await;
    let mixed = || format!("[7, {}]", producer.event(&[]));
    producer.client.batch_execute("begin; lock table ingest_rejections").await.unwrap();
    let before = Instant::now();
    assert_eq!(producer.post(mixed()).await.status(), 207);
    assert!((1..4).contains(&before.elapsed().as_secs()), "{:?}", before.elapsed());
    producer.client.batch_execute("rollback; alter table ingest_rejections rename to away").await.unwrap();
    let before = Instant::now();
    assert_eq!(producer.post(mixed()).await.status(), 207);
    assert_eq!(producer.post("{").await.problem(), (422, "invalid_json"));
    assert!(before.elapsed() < Duration::from_secs(2), "{:?}", before.elapsed());
    producer.client.batch_execute("alter table away rename to ingest_rejections").await.unwrap();
    assert_eq!(producer.post(mixed()).await.status(), 207);
    assert_eq!(producer.stored().await, 3);
    let index = "select event_index::bigint from ingest_rejections order by rejection_id desc limit 1";
    assert_eq!(producer.number(index).await, 0);
}

#[tokio::test]
async fn ingest_in_sql_records_too() {
    let producer = Producer::new().await;
    let client = &producer.client;
    let wide = producer.event(&[("event_type", &format!("\"{}\"", "😀".repeat(1000)))]);
    let unknown = event(Uuid::new_v4(), &[]);
    let mut events = vec!["7".to_owned(), producer.event(&[]), wide, unknown];
    events.extend((0..22).map(|_| producer.event(&[("customer_id", "\"\"")])));
    let sql = "select rejected from ingest_events($1::text::jsonb)";
    let rejected: i64 = client.query_one(sql, &[&format!("[{}]", events.join(","))]).await.unwrap().get(0);
    assert_eq!(rejected, 25);
    let found = producer.get(REJECTIONS).await.json;
    assert_eq!(counts(&found), [("invalid_customer_id", 22), ("unknown_event_type", 1)]);
    let kept = examples(&found);
    let places: Vec<_> = kept.iter().map(|(_, index, _)| index.unwrap()).collect();
    assert_eq!(places, [2].into_iter().chain(4..24).collect::<Vec<_>>());
    assert!(kept[0].2.len() > 2044 && kept[0].2.len() <= 2048, "{}", kept[0].2.len());

    // What it raises undoes the transaction, and with it the record.
    let sql = "select track_event(gen_random_uuid(), $1, 'message_lost')";
    assert!(client.query(sql, &[&producer.store_id]).await.is_err());
    assert_eq!(producer.recorded().await, 21);
}

#[tokio::test]
async fn a_text_is_cut_between_characters() {
    let producer = Producer::new().await;
    for character in ["x", "ü", "€", "😀"] {
        for length in 0..40_usize {
            let text = format!("-{}", character.repeat(length));
            let cut: String = producer.client.query_one("select cut_text($1, 21)", &[&text]).await.unwrap().get(0);
            assert_eq!(cut, text[..text.floor_char_boundary(21)], "{text}");
        }
    }
}

#[tokio::test]
async fn rejections_go_after_a_week() {
    let producer = Producer::new().await;
    for hours in [167, 169] {
        producer.post("7").await;
        let shift = format!(
            "update ingest_rejections set rejected_at = now() - interval '{hours} hours' where rejected_at > now() - interval '1 hour'"
        );
        producer.client.batch_execute(&shift).await.unwrap();
    }
    producer.post("{").await;
    assert_eq!(counts(&producer.get(REJECTIONS).await.json), [("invalid_event", 1), ("invalid_json", 1)]);
    for _ in 0..2 {
        producer.client.batch_execute("call drop_ingest_rejections()").await.unwrap();
        assert_eq!(producer.recorded().await, 2);
    }
}
