//! GET /metrics: counters are what was sent, every route has its template, nothing has a label of one store.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use colloquy::events::writer::Writer;
use colloquy::http::App;
use colloquy::http::auth::Scope;
use colloquy::http::openapi::openapi;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::support::connection::Connection;
use crate::support::database::TestDatabase;
use crate::support::http::{answer, request, send, send_json};
use crate::support::scrape::Scrape;
use crate::support::server::Server;

fn message(store_id: Uuid, conversation_id: Uuid) -> Value {
    json!({"store_id": store_id, "event_id": Uuid::new_v4(), "conversation_id": conversation_id,
           "event_type": "message_received", "timestamp": chrono::Utc::now()})
}

fn is(value: f64, expected: u32) -> bool {
    (value - f64::from(expected)).abs() < 1e-9
}

#[tokio::test]
async fn counters_are_what_was_sent() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Ingest]).await;
    let app = database.app();
    let before = Scrape::of(&app).await;
    assert!(is(before.one("colloquy_ingest_events_total", &[("result", "accepted")]), 0));

    let conversation = Uuid::new_v4();
    let first: Vec<Value> = (0..5).map(|_| message(store_id, conversation)).collect();
    let mut wrong_type = message(store_id, conversation);
    wrong_type["event_type"] = "laughed".into();
    let mut no_conversation = message(store_id, conversation);
    no_conversation.as_object_mut().unwrap().remove("conversation_id");
    let second =
        [first.clone(), vec![message(store_id, conversation), wrong_type.clone(), wrong_type.clone(), no_conversation]];
    let post = async |body: &Value| send_json(&app, "POST", "/api/v1/events", &key, body).await;
    assert_eq!(post(&json!(first)).await.status(), 200);
    let answered = post(&json!(second.concat())).await;
    assert_eq!(answered.status(), 207, "{}", answered.text());
    assert_eq!(post(&json!([wrong_type])).await.status(), 422);
    let codes: BTreeSet<&str> =
        answered.json["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
    // Neither asks for anything to be stored.
    let dry = send_json(&app, "POST", "/api/v1/events?dry_run=true", &key, &json!([wrong_type])).await;
    assert_eq!(dry.status(), 422);
    let broken = request("POST", "/api/v1/events", &key).header("content-type", "application/json").body("[{");
    assert_eq!(answer(&app, broken).await.problem(), (422, "invalid_json"));

    let after = Scrape::of(&app).await;
    let events = |result| after.one("colloquy_ingest_events_total", &[("result", result)]);
    assert!(is(events("accepted"), 6) && is(events("duplicate"), 5));
    let rejected: BTreeSet<&str> =
        after.all("colloquy_ingest_rejected_events_total", &[]).iter().map(|s| s.labels["code"].as_str()).collect();
    assert_eq!(rejected, codes);
    assert_eq!(codes.len(), 2);
    let of_type = answered.json["errors"].as_array().unwrap().iter().find(|e| e["index"] == 6).unwrap();
    let code = of_type["code"].as_str().unwrap();
    assert!(is(after.one("colloquy_ingest_rejected_events_total", &[("code", code)]), 3));
    assert!(is(after.sum("colloquy_ingest_rejected_events_total", &[]), 4));
    assert!(is(after.one("colloquy_ingest_refused_requests_total", &[("code", "invalid_json")]), 1));
    assert!(is(after.sum("colloquy_ingest_refused_requests_total", &[]), 1));

    // Two requests had something to store.
    for histogram in ["colloquy_ingest_batch_events", "colloquy_ingest_commit_seconds"] {
        assert!(is(after.one(&format!("{histogram}_count"), &[]), 2), "{histogram}");
    }
    assert!(is(after.one("colloquy_ingest_batch_events_sum", &[]), 11));
    for (up_to, count) in [("3", 0), ("10", 2)] {
        let buckets = after.all("colloquy_ingest_batch_events_bucket", &[]);
        let bucket = buckets.iter().find(|bucket| bucket.labels["le"].trim_end_matches(".0") == up_to).unwrap();
        assert!(is(bucket.value, count), "{bucket:?}");
    }
    assert!(after.one("colloquy_ingest_commit_seconds_sum", &[]) > 0.0);
    let posts = [("method", "POST"), ("route", "/api/v1/events")];
    let of_status = |status| {
        let labels = [posts.as_slice(), &[("status", status)]].concat();
        after.sum("colloquy_http_request_duration_seconds_count", &labels)
    };
    assert!(is(of_status("2xx"), 2) && is(of_status("4xx"), 3) && is(of_status("5xx"), 0));
    assert_eq!(after.faults_of_histograms(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_and_waiting_tasks_are_seen() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Ingest]).await;
    let writers = colloquy::database::pool(database.url(), 1, Duration::from_secs(30)).unwrap();
    let (writer, _workers) = Writer::start(&writers, 10, 1);
    let app = App::new(database.pool().clone(), writer, 1 << 20);

    // A session that keeps the writer waiting.
    let blocker = database.client().await;
    blocker.batch_execute("begin; lock table stores in access exclusive mode").await.unwrap();
    // Whoever asks for a key waits for the same lock, so the writer is asked directly.
    let queue = app.writer.clone();
    let event = || {
        colloquy::events::validate::validate(
            &serde_json::value::to_raw_value(&message(store_id, Uuid::new_v4())).unwrap(),
            colloquy::events::validate::Origin::Store(store_id),
            chrono::Utc::now(),
            0,
        )
        .unwrap()
    };
    let events: Vec<_> = (0..8).map(|_| event()).collect();
    let waiting = tokio::spawn(async move { queue.write(events, bytes::Bytes::new()).await });
    for _ in 0..100 {
        if app.writer.room() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let scrape = Scrape::of(&app).await;
    assert!(is(scrape.one("colloquy_ingest_queue_events", &[]), 8));
    assert!(is(scrape.one("colloquy_ingest_queue_capacity_events", &[]), 10));
    assert!(is(scrape.one("colloquy_pool_connections_in_use", &[("pool", "write")]), 1));
    assert!(is(scrape.one("colloquy_pool_connections_max", &[("pool", "write")]), 1));
    assert!(is(scrape.one("colloquy_pool_connections_max", &[("pool", "read")]), 8));
    blocker.batch_execute("rollback").await.unwrap();
    assert!(waiting.await.unwrap().unwrap().is_empty());

    let many: Vec<Value> = (0..11).map(|_| message(store_id, Uuid::new_v4())).collect();
    assert_eq!(send_json(&app, "POST", "/api/v1/events", &key, &json!(many)).await.status(), 503);
    let held = writers.get().await.unwrap();
    let other = writers.clone();
    let next = tokio::spawn(async move { other.get().await.map(drop) });
    for _ in 0..100 {
        if writers.status().waiting > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let scrape = Scrape::of(&app).await;
    assert!(is(scrape.one("colloquy_ingest_queue_events", &[]), 0));
    assert!(is(scrape.one("colloquy_ingest_refused_requests_total", &[("code", "queue_full")]), 1));
    assert!(is(scrape.one("colloquy_pool_waiting", &[("pool", "write")]), 1));
    assert!(is(scrape.one("colloquy_ingest_events_total", &[("result", "accepted")]), 8));
    drop(held);
    next.await.unwrap().unwrap();
    let scrape = Scrape::of(&app).await;
    assert!(is(scrape.one("colloquy_pool_connections_in_use", &[("pool", "write")]), 0));
}

#[tokio::test]
async fn every_route_is_counted_by_its_template() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let app = database.app();
    let document = serde_json::to_value(openapi()).unwrap();
    let mut expected = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let mut asked = path.clone();
            while let Some((before, after)) = asked.clone().split_once('{') {
                asked = format!("{before}{}{}", Uuid::new_v4(), after.split_once('}').unwrap().1);
            }
            // Live metrics of a store that does not exist end at once.
            send(&app, &method, &format!("{asked}?store_id={}", Uuid::new_v4()), &admin).await;
            expected.insert((method, path.clone()));
        }
    }
    for nth in 0..20 {
        send(&app, "GET", &format!("/api/v1/{nth}/{}", Uuid::new_v4()), "").await;
        answer(&app, request(&format!("BREW{nth}"), "/api/v1/stores", "")).await;
    }
    let scrape = Scrape::of(&app).await;
    let mut counted = BTreeSet::new();
    for sample in scrape.all("colloquy_http_request_duration_seconds_count", &[]) {
        let labels = &sample.labels;
        assert_eq!(labels.keys().collect::<Vec<_>>(), ["method", "route", "status"]);
        counted.insert((labels["method"].clone(), labels["route"].clone()));
    }
    expected.insert(("GET".into(), "unmatched".into()));
    expected.insert(("other".into(), "/api/v1/stores".into()));
    assert_eq!(counted, expected);
    let count = "colloquy_http_request_duration_seconds_count";
    assert!(is(scrape.sum(count, &[("route", "unmatched")]), 20) && is(scrape.sum(count, &[("method", "other")]), 20));
    assert!(is(scrape.sum(count, &[]), u32::try_from(expected.len()).unwrap() - 2 + 40));
    // The scrape itself is under way.
    assert!(is(scrape.one("colloquy_http_requests_in_flight", &[]), 1));
}

#[tokio::test]
async fn a_request_whose_client_went_is_counted_and_no_longer_in_flight() {
    let database = TestDatabase::new().await;
    let admin = database.create_admin_key().await;
    let app = database.app();
    let blocker = database.client().await;
    blocker.batch_execute("begin; lock table api_keys in access exclusive mode").await.unwrap();
    let slow = send(&app, "GET", "/api/v1/stores", &admin);
    assert!(tokio::time::timeout(Duration::from_millis(200), slow).await.is_err());
    blocker.batch_execute("rollback").await.unwrap();
    let scrape = Scrape::of(&app).await;
    let closed = [("route", "/api/v1/stores"), ("status", "closed")];
    assert!(is(scrape.one("colloquy_http_request_duration_seconds_count", &closed), 1));
    assert!(scrape.one("colloquy_http_request_duration_seconds_sum", &closed) > 0.19);
    assert!(is(scrape.one("colloquy_http_requests_in_flight", &[]), 1));
}

#[tokio::test]
async fn a_scrape_is_whole_and_tells_nothing_of_a_store() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let app = database.app();
    let listener = app.live.listen(store_id, chrono_tz::UTC).unwrap();
    let export = app.exports.clone().try_acquire_owned().unwrap();
    let scrape = Scrape::of(&app).await;
    for sample in &scrape.samples {
        let family = scrape.family(sample);
        let kind = scrape.types.get(family).unwrap_or_else(|| panic!("{family} has no type"));
        assert!(scrape.help.get(family).is_some_and(|help| help.len() > 10), "{family} has no help");
        assert_eq!(kind == "counter", family.ends_with("_total"), "{family}");
        assert!(family.starts_with("colloquy_") || family.starts_with("process_"), "{family}");
        for value in sample.labels.values() {
            assert!(Uuid::parse_str(value).is_err() && !value.contains(&store_id.to_string()), "{sample:?}");
        }
    }
    assert!(is(scrape.one("colloquy_live_listeners", &[]), 1));
    assert!(is(scrape.one("colloquy_live_listeners_max", &[]), 1000));
    assert!(is(scrape.one("colloquy_exports_running", &[]), 1) && is(scrape.one("colloquy_exports_max", &[]), 4));
    assert!(is(scrape.one("colloquy_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1));
    assert!(scrape.one("process_resident_memory_bytes", &[]) > 1e6);
    assert!(scrape.one("process_open_fds", &[]) > 3.0);
    let age = f64::from(u32::try_from(chrono::Utc::now().timestamp()).unwrap())
        - scrape.one("process_start_time_seconds", &[]);
    assert!((-1.0..7200.0).contains(&age), "{age}");
    drop((listener, export));
    let scrape = Scrape::of(&app).await;
    assert!(is(scrape.one("colloquy_exports_running", &[]), 0));
}

/// Waits until so many connections are counted, the one that asks included.
async fn are_open(asking: &mut Connection, expected: u32) {
    let begun_at = Instant::now();
    loop {
        let answer = asking.exchange(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let scrape = Scrape::parse(&answer.body);
        assert!(is(scrape.one("colloquy_http_connections_max", &[]), 5));
        let open = scrape.one("colloquy_http_connections", &[]);
        if is(open, expected) {
            return;
        }
        // Before they end by themselves.
        assert!(begun_at.elapsed() < Duration::from_secs(8), "{open} instead of {expected}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_clients_are_counted_while_they_are_open() {
    let database = TestDatabase::new().await;
    let mut server = Server::start(&database, &["--max-connections", "5"]).await;
    server.log_to_the_end();
    let mut asking = Connection::open(server.address()).await.unwrap();
    are_open(&mut asking, 1).await;
    // One that says nothing, and one in the middle of a head.
    let silent = Connection::open(server.address()).await.unwrap();
    let mut slow = Connection::open(server.address()).await.unwrap();
    slow.stream.write_all(b"GET /health/live HTTP/1.1\r\nhost").await.unwrap();
    are_open(&mut asking, 3).await;
    drop((silent, slow));
    are_open(&mut asking, 1).await;
}
