//! Clients of a server whose database is in trouble: producers with a ledger, readers, and those who ask how it is. A
//! refusal must be a 503 that says when to come back; anything else fails the test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::client::{Reply, request};
use super::ledger::{Ledger, conversations};
use super::oracle::Event;

/// Far above every limit that is tested: a request that takes longer hangs.
const HANGS: Duration = Duration::from_mins(2);
const DASHBOARD: &str = "/api/v1/analytics/dashboard?period=day";

/// What clients of one kind saw.
#[derive(Debug, Default)]
pub struct Seen {
    pub answers: usize,
    /// Refusals by their code.
    pub refused: BTreeMap<String, usize>,
    pub slowest: Duration,
}

/// Where requests go.
#[derive(Clone)]
pub struct Target {
    pub address: String,
    pub key: String,
    pub store_id: Uuid,
}

#[derive(Default)]
struct Control {
    is_over: AtomicBool,
    acknowledged: AtomicUsize,
    read: AtomicUsize,
}

/// Clients that go on until they are stopped.
pub struct Clients {
    control: Arc<Control>,
    producers: Vec<JoinHandle<(Ledger, Seen)>>,
    readers: Vec<JoinHandle<Seen>>,
    live: JoinHandle<Seen>,
    ready: JoinHandle<Seen>,
}

/// What all of them saw.
pub struct Report {
    pub ledger: Ledger,
    pub producers: Seen,
    pub readers: Seen,
    pub live: Seen,
    pub ready: Seen,
}

impl Seen {
    /// Whether an answer is the wanted one; if not, it is a refusal as it should be.
    fn is_answer(&mut self, reply: &Reply, begun_at: Instant) -> bool {
        self.slowest = self.slowest.max(begun_at.elapsed());
        if reply.status == 200 {
            self.answers += 1;
            return true;
        }
        assert_eq!(reply.status, 503, "{} {}", reply.head, reply.json);
        assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{}", reply.head);
        *self.refused.entry(reply.json["code"].as_str().unwrap().to_owned()).or_default() += 1;
        false
    }

    pub fn refusals(&self) -> usize {
        self.refused.values().sum()
    }

    fn sum(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::default(), |mut sum, one| {
            sum.answers += one.answers;
            sum.slowest = sum.slowest.max(one.slowest);
            for (code, count) in one.refused {
                *sum.refused.entry(code).or_default() += count;
            }
            sum
        })
    }
}

impl Target {
    async fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let reply = timeout(HANGS, request(&self.address, method, path, &self.key, body)).await;
        reply.unwrap_or_else(|_| panic!("{method} {path} is not answered")).unwrap()
    }

    /// Sends a request with events, once.
    pub async fn post(&self, events: &[Event]) -> Reply {
        let body = json!(events.iter().map(Event::to_json).collect::<Vec<_>>()).to_string();
        self.ask("POST", "/api/v1/events", &body).await
    }

    /// Sends events until they are acknowledged.
    async fn produce(self, control: Arc<Control>) -> (Ledger, Seen) {
        let (mut ledger, mut seen) = (Ledger::default(), Seen::default());
        while !control.is_over.load(Ordering::Relaxed) {
            let events = conversations(self.store_id, 3);
            loop {
                let begun_at = Instant::now();
                let reply = self.post(&events).await;
                if seen.is_answer(&reply, begun_at) {
                    let count = |name: &str| reply.json[name].as_u64().unwrap();
                    assert_eq!(count("accepted") + count("duplicates"), events.len() as u64, "{}", reply.json);
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
            ledger.acknowledged_at.push(Instant::now());
            control.acknowledged.fetch_add(1, Ordering::Relaxed);
            ledger.events.extend(events);
        }
        (ledger, seen)
    }

    /// Asks for the same again and again; `counts` what is answered.
    async fn poll(self, path: &'static str, pause: Duration, control: Arc<Control>, counts: bool) -> Seen {
        let mut seen = Seen::default();
        while !control.is_over.load(Ordering::Relaxed) {
            let begun_at = Instant::now();
            let reply = self.ask("GET", path, "").await;
            if seen.is_answer(&reply, begun_at) && counts {
                control.read.fetch_add(1, Ordering::Relaxed);
            }
            sleep(pause).await;
        }
        seen
    }
}

impl Clients {
    /// Three producers, some readers of the dashboard, and two who ask ten times a second how the server is.
    pub fn start(target: &Target, readers: usize) -> Self {
        let control = Arc::new(Control::default());
        let poll = |path, pause, counts| {
            let pause = Duration::from_millis(pause);
            tokio::spawn(target.clone().poll(path, pause, Arc::clone(&control), counts))
        };
        let produce = || tokio::spawn(target.clone().produce(Arc::clone(&control)));
        Self {
            producers: (0..3).map(|_| produce()).collect(),
            readers: (0..readers).map(|_| poll(DASHBOARD, 50, true)).collect(),
            live: poll("/health/live", 100, false),
            ready: poll("/health/ready", 100, false),
            control,
        }
    }

    /// Requests with events that were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.control.acknowledged.load(Ordering::Relaxed)
    }

    /// Waits until events are acknowledged and a dashboard is answered; says how long it took.
    pub async fn are_served(&self) -> Duration {
        let begun_at = Instant::now();
        let (acknowledged, read) = (self.acknowledged(), self.control.read.load(Ordering::Relaxed));
        while self.acknowledged() < acknowledged + 2 || self.control.read.load(Ordering::Relaxed) < read + 2 {
            assert!(begun_at.elapsed() < HANGS, "clients are not served");
            sleep(Duration::from_millis(10)).await;
        }
        begun_at.elapsed()
    }

    /// Ends them, once all that was sent has been acknowledged.
    pub async fn stop(self) -> Report {
        self.control.is_over.store(true, Ordering::Relaxed);
        let (mut ledgers, mut producers, mut readers) = (Vec::new(), Vec::new(), Vec::new());
        for producer in self.producers {
            let (ledger, seen) = producer.await.unwrap();
            ledgers.push(ledger);
            producers.push(seen);
        }
        for reader in self.readers {
            readers.push(reader.await.unwrap());
        }
        Report {
            ledger: Ledger::sum(ledgers),
            producers: Seen::sum(producers),
            readers: Seen::sum(readers),
            live: self.live.await.unwrap(),
            ready: self.ready.await.unwrap(),
        }
    }
}
