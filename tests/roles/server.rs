//! A real server that has no more rights than `colloquy_writer`.

use std::time::Duration;

use chrono::Utc;
use colloquy::http::auth::Scope;
use colloquy::schema::Edition;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::roles::url_of;
use crate::support::server::{Server, command};
use crate::support::sse::EventStream;

const WITHIN: Duration = Duration::from_secs(10);

async fn text(server: &Server, method: &str, path: &str, key: &str, body: &str) -> String {
    let mut connection = server.request(method, path, key, "", body).await;
    let mut text = String::new();
    connection.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 20"), "{method} {path}: {text}");
    body.to_owned()
}

async fn json(server: &Server, method: &str, path: &str, key: &str, body: &str) -> Value {
    serde_json::from_str(&text(server, method, path, key, body).await).unwrap()
}

fn event(store_id: Uuid, event_type: &str) -> Value {
    json!({"store_id": store_id, "conversation_id": "0192d1c5-1111-7000-8000-000000000001", "event_type": event_type,
           "timestamp": Utc::now(), "event_data": {}})
}

#[tokio::test]
async fn the_writer_serves_everything() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("Europe/Berlin").await;
    let key = database.create_key(store_id, &[Scope::Ingest, Scope::Read, Scope::Manage]).await;
    let admin_key = database.create_admin_key().await;
    // Without --no-migrate: what there is to migrate has been migrated by somebody else.
    let writer = url_of(&database, "colloquy_writer").await;
    let owner = url_of(&database, "colloquy_owner").await;
    let server = Server::start_on(&writer, &["--jobs-database-url", &owner]).await;

    let live = server.request("GET", "/analytics/live", &key, "", "").await;
    let mut live = EventStream::of(live).await;
    live.event(WITHIN).await;
    let events =
        json!([event(store_id, "message_received"), event(store_id, "conversation_resolved"), {"store_id": store_id}]);
    let answer = json(&server, "POST", "/events", &key, &events.to_string()).await;
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!(1)), "{answer}");
    assert!(live.event(WITHIN).await.to_string().contains("\"total_conversations\":1"));

    let dashboard = json(&server, "GET", "/analytics/dashboard?period=day&explain=true", &key, "").await;
    assert_eq!(dashboard["metrics"]["resolved_conversations"], 1);
    let today = Utc::now().with_timezone(&chrono_tz::Europe::Berlin).date_naive();
    let range = format!("start_date={today}&end_date={today}");
    for (path, expected) in [
        ("/analytics/export?dataset=events&format=csv&", "conversation_resolved"),
        ("/analytics/export?dataset=conversations&format=ndjson&", "\"outcome\":\"resolved\""),
        ("/analytics/export?dataset=daily_metrics&", "date,total_conversations"),
        ("/analytics/metrics?", "\"total_conversations\":1"),
        ("/analytics/conversations/trends?", "\"total_conversations\":1"),
        ("/analytics/breakdown?by=channel&", "\"total_conversations\":1"),
        ("/analytics/performance?", "\"direction\":\"too_few\""),
        ("/analytics/quality?", "score"),
        ("/conversations?", "0192d1c5-1111"),
    ] {
        let text = text(&server, "GET", &format!("{path}{range}"), &key, "").await;
        assert!(text.contains(expected), "{path}: {text}");
    }
    for path in [
        "/analytics/roi",
        "/content-gaps",
        "/ingest/rejections",
        "/ingest/status",
        "/store",
        "/store/roi-assumptions",
        "/conversations/0192d1c5-1111-7000-8000-000000000001",
    ] {
        json(&server, "GET", path, &key, "").await;
    }
    let score = json!({"conversation_id": "0192d1c5-1111-7000-8000-000000000001", "overall_score": 0.5});
    json(&server, "POST", "/quality-scores", &key, &score.to_string()).await;
    let gap = json(&server, "POST", "/content-gaps", &key, r#"{"topic": "returns"}"#).await;
    let path = format!("/content-gaps/{}", gap["gap_id"].as_str().unwrap());
    json(&server, "PATCH", &path, &key, r#"{"status": "resolved"}"#).await;
    json(&server, "PATCH", "/store", &key, r#"{"timezone": "Asia/Kathmandu"}"#).await;
    let assumptions = r#"{"valid_from": "2026-01-01", "avg_human_agent_cost_per_hour": 30,
                          "avg_conversation_time_minutes": 5, "ai_cost_per_conversation": 0.1}"#;
    json(&server, "POST", "/store/roi-assumptions", &key, assumptions).await;
    let another = json(&server, "POST", "/stores", &admin_key, r#"{"name": "Another"}"#).await;
    let path = format!("/stores/{}/keys", another["store_id"].as_str().unwrap());
    let made = json(&server, "POST", &path, &admin_key, r#"{"name": "k", "scopes": ["read"]}"#).await;
    text(&server, "DELETE", &format!("{path}/{}", made["key_id"].as_str().unwrap()), &admin_key, "").await;

    // On the Apache-2 Edition this server runs the jobs, by the rights of the owner.
    let admin = database.client().await;
    if Edition::detect(&admin).await.unwrap() == Edition::Apache2 {
        let sql = "select coalesce(bool_and(refreshed_at is not null), false) from rollup_progress";
        let deadline = std::time::Instant::now() + WITHIN;
        while !admin.query_one(sql, &[]).await.unwrap().get::<_, bool>(0) {
            assert!(std::time::Instant::now() < deadline, "no job ran");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn the_writer_does_not_serve_the_schema_of_another_version() {
    let database = TestDatabase::new().await;
    let change = "update applied_sql set sha256 = '' where path = 'functions/store_events.sql'";
    database.client().await.batch_execute(change).await.unwrap();
    let writer = url_of(&database, "colloquy_writer").await;
    let output = command(&writer, &[]).output().await.unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("run `colloquy migrate` as colloquy_owner"), "{told}");
}

#[tokio::test]
async fn doctor_says_who_is_connected() {
    let database = TestDatabase::new().await;
    let writer = url_of(&database, "colloquy_writer").await;
    for (url, expected) in
        [(database.url(), "warning  connected as: "), (&writer, "ok       connected as: colloquy_writer")]
    {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_colloquy"))
            .arg("doctor")
            .env("DATABASE_URL", url)
            .output()
            .await
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && told.contains(expected), "{told}");
        assert!(told.contains("roles: colloquy_owner"), "{told}");
    }
}
