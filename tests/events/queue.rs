//! The ingest queue: who has waited for too long is refused untried, and while it is full nothing is looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::Utc;
use colloquy::database;
use colloquy::events::Event;
use colloquy::events::validate::{Origin, validate};
use colloquy::events::writer::{Patience, WriteError, Writer};
use colloquy::http::App;
use colloquy::http::auth::Scope;
use futures_util::future::join_all;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::http::{answer, request};

/// More than these are never in one transaction.
const FULL_BATCH: usize = 10_000;
const REQUESTS: usize = 10;

fn message(store_id: Uuid) -> Value {
    json!({"store_id": store_id, "event_id": Uuid::new_v4(), "conversation_id": Uuid::new_v4(),
           "event_type": "message_received", "timestamp": Utc::now()})
}

fn checked(message: &Value) -> Event {
    validate(&to_raw_value(message).unwrap(), Origin::AnyStore, Utc::now(), 0).unwrap()
}

/// A database that takes connections and says nothing, and how many it has taken.
async fn silent_database() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://nobody@{}/none", listener.local_addr().unwrap());
    let taken = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            open.push(listener.accept().await.unwrap());
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_have_waited_for_too_long_are_refused_untried() {
    let (url, tries) = silent_database().await;
    let pool = database::pool(&url, 1, Duration::from_secs(30)).unwrap();
    let patience = Patience { in_all: Duration::from_millis(600), at_least: Duration::from_millis(200) };
    let (writer, _workers) = Writer::start_with(patience, &pool, REQUESTS * FULL_BATCH, 1);
    let events = vec![checked(&message(Uuid::new_v4())); FULL_BATCH];
    let answers = join_all((0..REQUESTS).map(|_| writer.write(events.clone(), bytes::Bytes::new()))).await;
    assert!(answers.iter().all(|answer| *answer == Err(WriteError::Unavailable)), "{answers:?}");
    let tries = tries.load(Ordering::SeqCst);
    // The first for as long as it may, and the next, which came a moment later, for the time that it gets at least.
    assert!((1..=4).contains(&tries), "{tries} of {REQUESTS} requests were tried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_before_a_key_and_a_body_are_looked_at() {
    let database = TestDatabase::new().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Ingest]).await;
    let writers = database::pool(database.url(), 1, Duration::from_secs(30)).unwrap();
    // So that a slow machine does not end the wait.
    let patience = Patience { in_all: Duration::from_mins(2), ..Patience::default() };
    let (writer, _workers) = Writer::start_with(patience, &writers, 10, 1);
    let app = App::new(database.pool().clone(), writer, 1 << 20);
    let send = async |key: &str, body: String| answer(&app, request("POST", "/api/v1/events", key).body(body)).await;
    let messages = |count: usize| json!((0..count).map(|_| message(store_id)).collect::<Vec<_>>()).to_string();

    // Nothing is stored meanwhile.
    let blocker = database.client().await;
    blocker.batch_execute("begin; lock table conversation_weeks").await.unwrap();
    let waiting = async {
        let eight = send(&key, messages(8)).await;
        assert_eq!(eight.status(), 200, "{}", eight.text());
    };
    let refused = async {
        while app.writer.room() > 2 {
            sleep(Duration::from_millis(10)).await;
        }
        assert!(!app.writer.is_full(), "nobody was refused yet");
        // This one is read, for it might have fitted.
        assert_eq!(send(&key, messages(3)).await.problem(), (503, "queue_full"));
        for (key, body) in [("", messages(1)), ("clq_i_wrong", messages(1)), (&key, "[{".to_owned())] {
            let refused = send(key, body).await;
            assert_eq!((refused.problem(), refused.header("retry-after")), ((503, "queue_full"), "1"));
        }
        blocker.batch_execute("rollback").await.unwrap();
    };
    tokio::join!(waiting, refused);
    assert_eq!(send("", messages(1)).await.problem(), (401, "missing_key"));
    assert_eq!(send(&key, "[{".to_owned()).await.problem(), (422, "invalid_json"));
    assert_eq!(send(&key, messages(3)).await.status(), 200);
}
