//! GET /conversations/{id}: rows, score and timeline.

use chrono::{Duration, TimeZone, Utc};
use colloquy::http::auth::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::csv::assert_same_rows;
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::world::World;

const CONVERSATION: Uuid = Uuid::from_u128(7);

/// A conversation with a second row after 720 hours and an event that was sent twice, in the first of two shops.
async fn told() -> World {
    let mut world = World::new(&[chrono_tz::UTC, chrono_tz::UTC]).await;
    let first = Event {
        store_id: world.shops[0].store_id,
        conversation_id: CONVERSATION,
        event_id: Uuid::from_u128(1),
        event_type: "message_received".into(),
        customer_id: Some("=cmd()".into()),
        timestamp: Utc.with_ymd_and_hms(2026, 2, 1, 12, 0, 0).unwrap(),
        event_data: json!({"subject": "Hello", "text": "a, \"b\""}),
    };
    let answer = Event {
        event_id: Uuid::from_u128(2),
        event_type: "message_sent".into(),
        customer_id: None,
        timestamp: first.timestamp + Duration::seconds(5),
        event_data: json!({}),
        ..first.clone()
    };
    let again = Event { timestamp: answer.timestamp + Duration::hours(1), ..answer.clone() };
    let later =
        Event { event_id: Uuid::from_u128(3), timestamp: first.timestamp + Duration::hours(720), ..first.clone() };
    world.import(&[first, answer, again, later]).await;
    world
}

fn path(parameters: &str) -> String {
    format!("/api/v1/conversations/{CONVERSATION}{parameters}")
}

#[tokio::test]
async fn a_conversation_has_its_rows_and_its_timeline() {
    let world = told().await;
    let answer = send(&world.app, "GET", &path(""), &world.shops[0].key).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let answer_json = &answer.json;
    assert_eq!(answer_json["conversation_id"], json!(CONVERSATION));
    let starts: Vec<&str> =
        answer_json["rows"].as_array().unwrap().iter().map(|row| row["started_at"].as_str().unwrap()).collect();
    assert_eq!(starts, ["2026-02-01T12:00:00Z", "2026-03-03T12:00:00Z"]);
    assert_eq!(answer_json["rows"][0]["event_count"], 2);
    assert_eq!(answer_json["rows"][0]["first_response_time_ms"], 5000.0);
    assert_eq!(answer_json["rows"][0]["is_frozen"], false);
    let timeline = answer_json["timeline"].as_array().unwrap();
    let events: Vec<(&str, bool)> = timeline
        .iter()
        .map(|event| (event["timestamp"].as_str().unwrap(), event["is_duplicate"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        events,
        [
            ("2026-02-01T12:00:00Z", false),
            ("2026-02-01T12:00:05Z", false),
            ("2026-02-01T13:00:05Z", true),
            ("2026-03-03T12:00:00Z", false)
        ]
    );
    assert_eq!(timeline[0]["event_data"]["text"], "a, \"b\"");
    assert_eq!(answer_json["score"], Value::Null);
    assert!(answer.header("x-data-complete-until").ends_with('Z'));
}

#[tokio::test]
async fn its_score_stands_beside_it() {
    let world = told().await;
    let score = "insert into conversation_quality_scores (conversation_id, store_id, overall_score)
        values ($1, $2, 0.50), ($1, $3, 0.90)";
    let (shop, other) = (&world.shops[0], &world.shops[1]);
    world.client.execute(score, &[&CONVERSATION, &shop.store_id, &other.store_id]).await.unwrap();
    let answer = send(&world.app, "GET", &path(""), &shop.key).await;
    assert!(answer.text().contains("\"overall_score\":0.50,\"helpfulness_score\":null"), "{}", answer.text());
}

#[tokio::test]
async fn csv_has_the_timeline_of_json() {
    let world = told().await;
    let both = assert_same_rows(&world.app, &path(""), &world.shops[0].key).await;
    assert_eq!(both.table.records.len(), both.json.json["timeline"].as_array().unwrap().len());
}

#[tokio::test]
async fn nobody_else_finds_it() {
    let world = told().await;
    let unknown = (404, "unknown_conversation");
    assert_eq!(send(&world.app, "GET", &path(""), &world.shops[1].key).await.problem(), unknown);
    let nowhere = format!("/api/v1/conversations/{}", Uuid::from_u128(8));
    assert_eq!(send(&world.app, "GET", &nowhere, &world.shops[0].key).await.problem(), unknown);
    let no_id = "/api/v1/conversations/seven";
    assert_eq!(send(&world.app, "GET", no_id, &world.shops[0].key).await.problem(), (404, "not_found"));
    let ingest = world.database.create_key(world.shops[0].store_id, &[Scope::Ingest]).await;
    assert_eq!(send(&world.app, "GET", &path(""), &ingest).await.problem(), (403, "missing_scope"));
    let bad = send(&world.app, "GET", &path("?format=ndjson&x=1"), &world.shops[0].key).await;
    assert_eq!(bad.faults(), [("format", "invalid_parameter"), ("x", "unknown_parameter")]);
}

#[tokio::test]
async fn a_frozen_row_outlives_its_events() {
    let mut world = told().await;
    world.call("drop_raw_events()").await;
    world.learn_timeouts().await;
    let answer = send(&world.app, "GET", &path(""), &world.shops[0].key).await;
    assert_eq!(answer.json["rows"].as_array().unwrap().len(), 2);
    assert_eq!(answer.json["rows"][0]["is_frozen"], true);
    assert_eq!(answer.json["timeline"], json!([]));
}
