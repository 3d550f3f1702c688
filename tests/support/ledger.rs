//! What producers sent and what was acknowledged, compared with the tables; and producers that send until each of their
//! events is acknowledged, over whichever server answers.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use uuid::Uuid;

use super::client::exchange;
use super::oracle::Event;

/// Everything that was acknowledged, and what became of the requests.
#[derive(Default)]
pub struct Ledger {
    /// Acknowledged: each must be stored once.
    pub events: Vec<Event>,
    /// Requests that were never answered, or by a 503 that leaves it open: each is stored whole or not at all.
    pub unanswered: Vec<Vec<Event>>,
    /// What answers said, of all requests.
    pub accepted: u64,
    pub duplicates: u64,
    pub failed_requests: usize,
    /// Of those, the ones whose connection was accepted and then ended without an answer.
    pub cut_requests: usize,
    pub acknowledged_at: Vec<Instant>,
}

/// Something that goes on until it is told to stop.
pub struct Running<T> {
    control: Arc<Control>,
    tasks: Vec<JoinHandle<T>>,
}

#[derive(Default)]
struct Control {
    is_over: AtomicBool,
    /// How often something was done.
    done: AtomicUsize,
}

impl Control {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl<T> Running<T> {
    /// Waits until something has been done so many times more.
    pub async fn more(&self, count: usize) {
        let enough = self.control.done.load(Ordering::Relaxed) + count;
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.control.done.load(Ordering::Relaxed) < enough {
            assert!(Instant::now() < deadline, "too little is done");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn stop(self) -> Vec<T> {
        self.control.is_over.store(true, Ordering::Relaxed);
        let mut results = Vec::new();
        for task in self.tasks {
            results.push(task.await.unwrap());
        }
        results
    }
}

/// Starts `count` producers of a store that take turns among servers.
pub fn produce(count: usize, addresses: &[String], key: &str, store_id: Uuid) -> Running<Ledger> {
    produce_some(count, addresses, key, move || conversations(store_id, 3))
}

/// As `produce`, with the events of each request from a function.
pub fn produce_some(
    count: usize,
    addresses: &[String],
    key: &str,
    some: impl Fn() -> Vec<Event> + Clone + Send + 'static,
) -> Running<Ledger> {
    run(count, |nth, control| {
        let some = some.clone();
        let (addresses, key) = (addresses.to_vec(), key.to_owned());
        async move {
            let mut ledger = Ledger::default();
            let mut turn = nth;
            while control.goes_on() {
                let events = some();
                let body = body_of(&events);
                let deadline = Instant::now() + Duration::from_secs(40);
                loop {
                    assert!(Instant::now() < deadline, "no server takes the events");
                    turn += 1;
                    let address = &addresses[turn % addresses.len()];
                    match exchange(address, "POST", "/events", &key, &body).await {
                        Ok(reply) if reply.status == 200 => {
                            let count = |name: &str| reply.json[name].as_u64().unwrap();
                            ledger.accepted += count("accepted");
                            ledger.duplicates += count("duplicates");
                            break;
                        }
                        Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.json),
                        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                        Err(_) => ledger.cut_requests += 1,
                    }
                    ledger.failed_requests += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                ledger.acknowledged_at.push(Instant::now());
                control.count();
                ledger.events.extend(events);
                // Now and then the last ones once more, as after an answer that was lost, and rarely many.
                let again = if turn % 50 == 0 { 2_000 } else { 9 };
                if turn % 5 == 0 {
                    let again = ledger.events.len().saturating_sub(again);
                    let address = &addresses[(turn + 1) % addresses.len()];
                    assert_known(address, &key, &ledger.events[again..]).await;
                }
            }
            ledger
        }
    })
}

/// Starts `count` readers of the dashboard that go to the next server when one is gone; each returns how many answers it
/// got and how many 503.
pub fn read_dashboards(count: usize, addresses: &[String], key: &str) -> Running<(usize, usize)> {
    run(count, |nth, control| {
        let (addresses, key) = (addresses.to_vec(), key.to_owned());
        async move {
            let (mut answers, mut refusals, mut turn) = (0, 0, nth);
            while control.goes_on() {
                turn += 1;
                let address = &addresses[turn % addresses.len()];
                match exchange(address, "GET", "/analytics/dashboard?period=day", &key, "").await {
                    Ok(reply) if reply.status == 200 => {
                        answers += 1;
                        control.count();
                    }
                    Ok(reply) => {
                        assert_eq!(reply.status, 503, "{}", reply.json);
                        refusals += 1;
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
            (answers, refusals)
        }
    })
}

fn run<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    count: usize,
    start: impl Fn(usize, Arc<Control>) -> F,
) -> Running<T> {
    let control = Arc::new(Control::default());
    let tasks = (0..count).map(|nth| tokio::spawn(start(nth, Arc::clone(&control)))).collect();
    Running { control, tasks }
}

/// Sends acknowledged events once more: whoever answers must know each of them.
async fn assert_known(address: &str, key: &str, events: &[Event]) {
    let Ok(reply) = exchange(address, "POST", "/events", key, &body_of(events)).await else { return };
    if reply.status == 200 {
        assert_eq!(reply.json["duplicates"], json!(events.len()), "acknowledged, then taken again: {}", reply.json);
    }
}

fn body_of(events: &[Event]) -> String {
    json!(events.iter().map(Event::to_json).collect::<Vec<_>>()).to_string()
}

/// Short conversations of the last hour, shuffled by their times: three events each.
pub fn conversations(store_id: Uuid, count: i64) -> Vec<Event> {
    conversations_from(Utc::now() - TimeDelta::minutes(20), store_id, count)
}

/// The same, the first of them at a given time.
pub fn conversations_from(start: DateTime<Utc>, store_id: Uuid, count: i64) -> Vec<Event> {
    (0..count)
        .flat_map(|nth| {
            let id = Uuid::new_v4();
            let event = |kind: &str, seconds: i64, data: Value| {
                Event::new(store_id, id, kind, start + TimeDelta::seconds(nth + seconds), data)
            };
            [
                event("message_sent", 5, json!({"agent": "ai", "response_time_ms": 700 + nth})),
                event("message_received", 0, json!({"channel": "web"})),
                event("conversation_resolved", 60, json!({})),
            ]
        })
        .collect()
}

impl Ledger {
    pub fn sum(ledgers: Vec<Self>) -> Self {
        ledgers.into_iter().fold(Self::default(), |mut sum, one| {
            sum.events.extend(one.events);
            sum.unanswered.extend(one.unanswered);
            sum.acknowledged_at.extend(one.acknowledged_at);
            sum.accepted += one.accepted;
            sum.duplicates += one.duplicates;
            sum.failed_requests += one.failed_requests;
            sum.cut_requests += one.cut_requests;
            sum
        })
    }

    /// The longest time in which nothing was acknowledged.
    pub fn longest_silence(&self) -> Duration {
        let mut times = self.acknowledged_at.clone();
        times.sort();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// Demands that the table holds what was acknowledged, each event once, of each request without an answer all or
    /// nothing, and nothing else. Unanswered requests that turn out to be stored become part of `events`.
    pub async fn assert_stored(&mut self, client: &Client) {
        let sql = "select store_id, conversation_id, event_id, created_at from conversation_events
                   where event_data ->> 'reason' is distinct from 'timeout'";
        let rows = client.query(sql, &[]).await.unwrap();
        let stored: HashSet<Key> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
        assert_eq!(rows.len(), stored.len(), "something is stored twice");
        let mut halves = 0;
        for request in std::mem::take(&mut self.unanswered) {
            match request.iter().filter(|event| stored.contains(&key(event))).count() {
                0 => self.unanswered.push(request),
                count if count == request.len() => self.events.extend(request),
                _ => halves += 1,
            }
        }
        let sent: HashSet<Key> = self.events.iter().map(key).collect();
        assert_eq!(sent.len(), self.events.len(), "something was sent twice");
        let lost = sent.difference(&stored).count();
        let unknown = stored.difference(&sent).count();
        assert_eq!((lost, unknown, halves), (0, 0, 0), "lost events, unknown events, half requests of {}", sent.len());
    }
}

type Key = (Uuid, Uuid, Uuid, DateTime<Utc>);

fn key(event: &Event) -> Key {
    (event.store_id, event.conversation_id, event.event_id, event.timestamp)
}
