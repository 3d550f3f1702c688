//! GET /api/v1/analytics/live: what listeners get, how many there may be, and when streams end.

use std::time::{Duration, Instant};

use chrono::Utc;
use colloquy::analytics::live::MAX_LISTENERS;
use colloquy::http::auth::Scope;
use colloquy::http::routes::routes;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{request, send, send_json};
use crate::support::server::Server;
use crate::support::sse::{EventStream, Got};

pub const WITHIN: Duration = Duration::from_secs(2);
/// Longer than anything that still could come without a signal, shorter than the safety timer.
pub const QUIET: Duration = Duration::from_millis(3500);

/// A shop with a server of its own.
pub struct Shop {
    pub server: Server,
    pub client: Client,
    pub store_id: Uuid,
    pub key: String,
    pub database: TestDatabase,
}

impl Shop {
    pub async fn new(timezone: &str) -> Self {
        let database = TestDatabase::new().await;
        let store_id = database.create_store(timezone).await;
        let key = database.create_key(store_id, &[Scope::Read, Scope::Ingest]).await;
        let server = Server::start(&database, &[]).await;
        Self { server, client: database.client().await, store_id, key, database }
    }

    pub async fn listen(&self) -> EventStream {
        EventStream::of(self.server.request("GET", "/analytics/live", &self.key, "", "").await).await
    }

    /// Starts conversations over HTTP.
    pub async fn talk(&self, server: &Server, count: usize) {
        let events: Vec<Value> = (0..count)
            .map(|_| {
                json!({"store_id": self.store_id, "conversation_id": Uuid::new_v4(), "event_type": "message_received"})
            })
            .collect();
        let body = serde_json::to_string(&events).unwrap();
        let json = "content-type: application/json\r\n";
        let mut connection = server.request("POST", "/events", &self.key, json, &body).await;
        let mut text = String::new();
        connection.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    }
}

pub fn total(data: &Value) -> i64 {
    data["metrics"]["total_conversations"].as_i64().unwrap()
}

#[tokio::test]
async fn listeners_get_the_metrics_of_the_local_day() {
    for timezone in ["Asia/Kathmandu", "Pacific/Honolulu"] {
        let shop = Shop::new(timezone).await;
        shop.talk(&shop.server, 3).await;
        let mut stream = shop.listen().await;
        assert_eq!(stream.head[0], "HTTP/1.1 200 OK");
        for header in ["content-type: text/event-stream", "cache-control: private, no-store", "x-accel-buffering: no"] {
            assert!(stream.head.iter().any(|line| line == header), "{header}: {:?}", stream.head);
        }
        let first = stream.event(WITHIN).await;
        assert_eq!(total(&first), 3);
        shop.talk(&shop.server, 2).await;
        let second = stream.event(WITHIN).await;
        assert_eq!(total(&second), 5);

        let today = Utc::now().with_timezone(&timezone.parse::<chrono_tz::Tz>().unwrap()).date_naive();
        assert_eq!((&second["date"], &second["timezone"]), (&json!(today), &json!(timezone)));
        let path = format!("/api/v1/analytics/metrics?start_date={today}&end_date={today}");
        let asked = send(&shop.database.app(), "GET", &path, &shop.key).await;
        assert_eq!(asked.json["metrics"], second["metrics"]);
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&second), ["date", "metrics", "range", "timezone"]);
        let row = shop
            .client
            .query_one(
                "select to_char(local_day_start($1::date, $2) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                        to_char(local_day_start($1::date + 1, $2) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                &[&today, &timezone],
            )
            .await
            .unwrap();
        assert_eq!(second["range"], json!({"from": row.get::<_, String>(0), "to": row.get::<_, String>(1)}));
    }
}

#[tokio::test]
async fn metrics_that_stay_the_same_are_not_sent_again() {
    let shop = Shop::new("UTC").await;
    let mut stream = shop.listen().await;
    assert_eq!(total(&stream.event(WITHIN).await), 0);
    // Of another day, which changes nothing today.
    let track = "select track_event($1, $2, 'message_received', '{}', now() - interval '3 days')";
    shop.client.query(track, &[&Uuid::new_v4(), &shop.store_id]).await.unwrap();
    assert_eq!(stream.next(QUIET).await, Got::Nothing);
    // Who comes late gets them all the same.
    let mut late = shop.listen().await;
    assert_eq!(total(&late.event(WITHIN).await), 0);
    assert_eq!(stream.next(QUIET).await, Got::Nothing);
}

#[tokio::test]
async fn a_heartbeat_comes_every_15_seconds() {
    let shop = Shop::new("UTC").await;
    let mut stream = shop.listen().await;
    stream.event(WITHIN).await;
    let before = Instant::now();
    assert_eq!(stream.next(Duration::from_secs(17)).await, Got::Heartbeat);
    assert!(before.elapsed() > Duration::from_secs(12), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_stream_ends_with_its_store() {
    let shop = Shop::new("UTC").await;
    let admin = shop.database.create_admin_key().await;
    let mut stream = shop.listen().await;
    stream.event(WITHIN).await;
    let path = format!("/stores/{}", shop.store_id);
    let json = "content-type: application/json\r\n";
    let mut changed = shop.server.request("PATCH", &path, &admin, json, "{\"archived\": true}").await;
    let mut text = String::new();
    changed.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert_eq!(stream.next(WITHIN).await, Got::End);
    // It can still be read, once.
    let mut late = shop.listen().await;
    assert_eq!(total(&late.event(WITHIN).await), 0);
    assert_eq!(late.next(WITHIN).await, Got::End);
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_listeners() {
    let shop = Shop::new("UTC").await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = shop.listen().await;
        stream.event(WITHIN).await;
        streams.push(stream);
    }
    let before = Instant::now();
    shop.server.signal("TERM").await;
    for stream in &mut streams {
        assert_eq!(stream.next(WITHIN).await, Got::End);
    }
    assert_eq!(shop.server.exit_code().await, Some(0));
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_server_has_so_many_listeners_and_no_more() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let mut keys = Vec::new();
    for _ in 0..2 {
        let store_id = database.create_store("UTC").await;
        keys.push(database.create_key(store_id, &[Scope::Read]).await);
    }
    let routes = routes(app.clone());
    let mut open = Vec::new();
    for nth in 0..MAX_LISTENERS {
        let asked = request("GET", "/api/v1/analytics/live", &keys[nth % 2]).filter(&routes).await.unwrap();
        let response = warp::reply::Reply::into_response(asked);
        assert_eq!(response.status(), 200);
        open.push(response);
    }
    let refused = send(&app, "GET", "/api/v1/analytics/live", &keys[0]).await;
    assert_eq!((refused.problem(), refused.header("retry-after")), ((503, "too_many_listeners"), "5"));
    open.pop();
    let asked = request("GET", "/api/v1/analytics/live", &keys[1]).filter(&routes).await.unwrap();
    assert_eq!(warp::reply::Reply::into_response(asked).status(), 200);
}

#[tokio::test]
async fn parameters_and_keys_are_checked_before_anything_is_sent() {
    let database = TestDatabase::new().await;
    let app = database.app();
    let store_id = database.create_store("UTC").await;
    let read = database.create_key(store_id, &[Scope::Read]).await;
    let ingest = database.create_key(store_id, &[Scope::Ingest]).await;
    let admin = database.create_admin_key().await;
    let path = "/api/v1/analytics/live";
    let unknown = send(&app, "GET", &format!("{path}?period=day&format=csv"), &read).await;
    assert_eq!(unknown.faults(), [("period", "unknown_parameter"), ("format", "unknown_parameter")]);
    assert_eq!(send(&app, "GET", path, "").await.problem(), (401, "missing_key"));
    assert_eq!(send(&app, "GET", path, &ingest).await.problem(), (403, "missing_scope"));
    assert_eq!(send(&app, "GET", path, &admin).await.problem(), (400, "missing_parameter"));
    let foreign = format!("{path}?store_id={}", Uuid::new_v4());
    assert_eq!(send(&app, "GET", &foreign, &read).await.problem(), (403, "foreign_store"));
    assert_eq!(send_json(&app, "POST", path, &read, &json!({})).await.problem(), (405, "method_not_allowed"));
}
