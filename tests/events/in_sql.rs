//! The same ingest as SQL functions: the same codes, the same conversations as over HTTP.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use colloquy::events::validate::{Origin, validate};
use colloquy::http::auth::Scope;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio_postgres::Client;
use uuid::Uuid;

use super::cases::{cases, event};
use crate::support::database::TestDatabase;
use crate::support::http::{answer, request};
use crate::support::oracle::Event;
use crate::support::streams::{Options, generate};

/// Accepted, duplicates, rejected, and the errors.
async fn ingest(client: &Client, events: &str) -> (i64, i64, i64, Value) {
    let sql = "select accepted, duplicates, rejected, errors from ingest_events($1::text::jsonb)";
    let row = client.query_one(sql, &[&events]).await.unwrap();
    (row.get(0), row.get(1), row.get(2), row.get(3))
}

async fn stored(client: &Client) -> i64 {
    client.query_one("select count(*) from conversation_events", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn each_fault_has_the_code_and_field_of_http() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let store_id = database.create_store("UTC").await;
    let cases = cases(store_id);
    let mut good = 0;
    for case in &cases {
        let sent: String = case.event.chars().take(400).collect();
        let json = RawValue::from_string(case.event.clone()).unwrap();
        let in_rust = validate(&json, Origin::Store(store_id), Utc::now(), 0).err();
        assert_eq!(in_rust.as_ref().map(|fault| (fault.code, fault.field.clone())), case.fault, "{sent}");
        // An array of one, because ingest_events takes an array for several events.
        let (accepted, duplicates, rejected, errors) = ingest(&client, &format!("[{}]", case.event)).await;
        let code =
            errors[0]["code"].as_str().map(|code| (code.to_owned(), errors[0]["field"].as_str().map(str::to_owned)));
        assert_eq!(code, case.fault.clone().map(|(code, field)| (code.to_owned(), field)), "{sent}");
        let expected = if case.fault.is_none() { (1, 0, 0) } else { (0, 0, 1) };
        assert_eq!((accepted, duplicates, rejected), expected, "{sent}");
        good += accepted;
    }
    assert_eq!(stored(&client).await, good);

    let texts: Vec<_> = cases.iter().map(|case| case.event.as_str()).collect();
    let (accepted, duplicates, rejected, errors) = ingest(&client, &format!("[{}]", texts.join(","))).await;
    let faulty: Vec<_> = (0..cases.len()).filter(|index| cases[*index].fault.is_some()).collect();
    let told: Vec<_> =
        errors.as_array().unwrap().iter().map(|e| usize::try_from(e["index"].as_u64().unwrap()).unwrap()).collect();
    assert_eq!((accepted + duplicates, usize::try_from(rejected).unwrap(), told), (good, faulty.len(), faulty));
}

#[tokio::test]
async fn one_event_several_or_none() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let store_id = database.create_store("UTC").await;
    let archived = database.create_store("UTC").await;
    client.execute("update stores set archived_at = now() where store_id = $1", &[&archived]).await.unwrap();
    let one = event(store_id, &[]);
    assert_eq!(ingest(&client, &one).await, (1, 0, 0, serde_json::json!([])));
    assert_eq!(ingest(&client, "[]").await, (0, 0, 0, serde_json::json!([])));
    let mixed =
        [event(archived, &[]), "7".to_owned(), event(Uuid::new_v4(), &[]), event(store_id, &[]), "[]".to_owned()];
    let (accepted, duplicates, rejected, errors) = ingest(&client, &format!("[{}]", mixed.join(","))).await;
    assert_eq!((accepted, duplicates, rejected), (1, 0, 4));
    let told: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["index"].as_u64().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(0, "archived_store"), (1, "invalid_event"), (2, "unknown_store"), (4, "invalid_event")]);
    let many = format!("[{}]", vec!["7"; 10_001].join(","));
    let error = client.query("select ingest_events($1::text::jsonb)", &[&many]).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().code().code(), "54000");
    assert_eq!(stored(&client).await, 2);
}

#[tokio::test]
async fn only_read_committed_transactions_may_store() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let store_id = database.create_store("UTC").await;
    for level in ["repeatable read", "serializable"] {
        client.batch_execute(&format!("begin isolation level {level}")).await.unwrap();
        let one = event(store_id, &[]);
        let error = client.query("select ingest_events($1::text::jsonb)", &[&one]).await.unwrap_err();
        client.batch_execute("rollback").await.unwrap();
        let error = error.as_db_error().unwrap();
        assert_eq!(
            (error.code().code(), error.message()),
            ("25000", "events can only be stored in a read committed transaction")
        );
        assert_eq!(error.detail(), Some(format!("The isolation level is {level}.").as_str()));
        assert_eq!(error.hint(), Some("Use \"begin isolation level read committed\"."));
    }
    assert_eq!(stored(&client).await, 0);
}

#[tokio::test]
async fn single_events_are_tracked_or_raise_their_fault() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let store_id = database.create_store("UTC").await;
    let conversation_id = Uuid::new_v4();
    let context = serde_json::json!({"customer_id": "c-1", "channel": "chat", "language": "de", "plan": "pro"});
    let sql = "select track_conversation_started($1, $2, $3)";
    client.query_one(sql, &[&conversation_id, &store_id, &context]).await.unwrap();
    let sql = "select track_event($1, $2, 'message_received')";
    client.query_one(sql, &[&conversation_id, &store_id]).await.unwrap();
    let at = Utc::now() + Duration::seconds(30);
    let sql = "select track_event($1, $2, $3, $4, $5)";
    let data = serde_json::json!({"response_time_ms": 1500});
    let id: Uuid =
        client.query_one(sql, &[&conversation_id, &store_id, &"message_sent", &data, &at]).await.unwrap().get(0);
    let sql = "select created_at from conversation_events where event_id = $1";
    let created_at: DateTime<Utc> = client.query_one(sql, &[&id]).await.unwrap().get(0);
    assert_eq!(created_at.timestamp_micros(), at.timestamp_micros());
    let sql = "select customer_id || '/' || channel || '/' || language || '/' || response_us || '/' || event_count from conversations";
    let row: String = client.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(row, "c-1/chat/de/1500000/3");

    let refused = "select track_event($1, $2, $3, $4)";
    for (kind, data, code, detail) in [
        ("message_lost", "{}", "unknown_event_type", "event_type: No such event type."),
        ("message_sent", "{\"rating\": 6}", "invalid_value", "event_data.rating: This is an integer from 1 to 5."),
        ("message_sent", "[]", "invalid_event_data", "event_data: event_data is a JSON object."),
    ] {
        let data: Value = serde_json::from_str(data).unwrap();
        let error = client.query(refused, &[&conversation_id, &store_id, &kind, &data]).await.unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!((error.message(), error.detail()), (format!("event refused: {code}").as_str(), Some(detail)));
        assert_eq!((error.code().code(), error.hint()), ("22023", Some("See docs/errors.md.")));
    }
    let unknown = client.query("select track_conversation_started($1, $1)", &[&Uuid::new_v4()]).await.unwrap_err();
    assert_eq!(unknown.as_db_error().unwrap().message(), "event refused: unknown_store");
    assert_eq!(stored(&client).await, 3);
}

#[tokio::test]
async fn conversations_are_those_of_http() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let app = database.app();
    let over_http = database.create_store("Asia/Kolkata").await;
    let in_sql = database.create_store("Asia/Kolkata").await;
    let key = database.create_key(over_http, &[Scope::Ingest]).await;
    let now = Utc::now();
    let options = Options {
        stores: vec![over_http],
        conversation_ids: 60,
        from: now - Duration::days(50),
        to: now - Duration::minutes(1),
        timezones: vec![chrono_tz::Asia::Kolkata],
        largest_batch: 80,
    };
    for batch in generate(7, &options) {
        let (accepted, duplicates, rejected, _) = ingest(&client, &text_of(&batch, in_sql)).await;
        let post = request("POST", "/api/v1/events", &key).body(text_of(&batch, over_http));
        let json = answer(&app, post).await.json;
        let counts = (json["accepted"].as_i64(), json["duplicates"].as_i64(), json["rejected"].as_i64());
        assert_eq!(counts, (Some(accepted), Some(duplicates), Some(rejected)));
    }
    let rows = conversations(&client, over_http).await;
    assert!(rows.len() >= 60, "{}", rows.len());
    assert_eq!(rows, conversations(&client, in_sql).await);
}

fn text_of(batch: &[Event], store_id: Uuid) -> String {
    let events: Vec<_> = batch.iter().map(|event| Event { store_id, ..event.clone() }.to_json()).collect();
    serde_json::to_string(&events).unwrap()
}

async fn conversations(client: &Client, store_id: Uuid) -> BTreeMap<String, String> {
    let sql = "select conversation_id || ' ' || started_at, (to_jsonb(c) - 'store_id')::text from conversations c where store_id = $1";
    client.query(sql, &[&store_id]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}
