//! Load for a server of its own: requests of 100 events, as fast as they are answered or at planned times whether they
//! are answered or not, and a ledger that keeps only the numbers of the requests.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_postgres::Client;
use uuid::Uuid;

use super::connection::{Answer, Connection};
use super::load_body::{Body, EVENTS, RUN};

/// Connections that the clients open at most.
const CONNECTIONS: usize = 2_000;
/// A server closes a connection that is idle for 10 seconds, so these are still good.
const KEPT: Duration = Duration::from_secs(5);

/// One request of so many brings events of another week, which the rollup has taken in already.
const OLD: u32 = 10;

/// A producer with many connections, of some stores in turn.
#[derive(Clone)]
pub struct Load(Arc<Parts>);

struct Parts {
    address: String,
    key: String,
    store_ids: Vec<Uuid>,
    next: AtomicU32,
    bodies: Mutex<Bodies>,
    idle: Mutex<Vec<(Instant, Connection)>>,
    places: Arc<Semaphore>,
}

/// Of each store, one of recent events and one of old ones.
struct Bodies {
    made_at: Instant,
    of_stores: Vec<[Body; 2]>,
}

/// What became of one request.
struct Done {
    number: u32,
    answer: io::Result<Answer>,
    /// Since the time for which it was planned.
    took: Duration,
    at: Instant,
}

/// What became of all requests, by their numbers.
#[derive(Default)]
pub struct Sent {
    pub acknowledged: Vec<u32>,
    /// Refused before anything was taken.
    pub refused: Vec<u32>,
    /// Refused in a way that leaves open what was stored.
    pub open: Vec<u32>,
    /// Broken connections, other statuses, refusals without `Retry-After`.
    pub faults: Vec<String>,
    /// From the planned time to the acknowledgement, in order of size.
    pub latencies: Vec<Duration>,
    pub refused_after: Vec<Duration>,
    acknowledged_at: Vec<Instant>,
}

impl Load {
    pub fn new(address: &str, key: &str, store_ids: &[Uuid]) -> Self {
        Self(Arc::new(Parts {
            address: address.to_owned(),
            key: key.to_owned(),
            store_ids: store_ids.to_vec(),
            next: AtomicU32::new(0),
            bodies: Mutex::new(Bodies::new(store_ids)),
            idle: Mutex::default(),
            places: Arc::new(Semaphore::new(CONNECTIONS)),
        }))
    }

    /// Sends by some connections, each the next request once the one before is answered.
    pub async fn as_fast_as_answered(&self, connections: usize, time: Duration) -> Sent {
        let ends_at = Instant::now() + time;
        let mut producers = JoinSet::new();
        for _ in 0..connections {
            let load = self.clone();
            producers.spawn(async move {
                let mut done = Vec::new();
                while Instant::now() < ends_at {
                    done.push(load.request(Instant::now()).await);
                }
                done
            });
        }
        Sent::of(producers.join_all().await.into_iter().flatten())
    }

    /// Sends so many events a second for some time, however the server answers, and waits for all answers.
    pub async fn at_rate(&self, events_per_second: f64, time: Duration) -> Sent {
        #[allow(clippy::cast_precision_loss, reason = "a hundred")]
        let apart = Duration::from_secs_f64(EVENTS as f64 / events_per_second);
        let begun_at = Instant::now();
        let mut requests = JoinSet::new();
        let mut done = Vec::new();
        let mut planned_at = begun_at;
        while planned_at < begun_at + time {
            sleep_until(planned_at).await;
            let place = Arc::clone(&self.0.places).acquire_owned().await.unwrap();
            let load = self.clone();
            requests.spawn(async move { load.request_in(place, planned_at).await });
            planned_at += apart;
            while let Some(one) = requests.try_join_next() {
                done.push(one.unwrap());
            }
        }
        done.extend(requests.join_all().await);
        Sent::of(done.into_iter())
    }

    async fn request_in(&self, _place: OwnedSemaphorePermit, planned_at: Instant) -> Done {
        self.request(planned_at).await
    }

    async fn request(&self, planned_at: Instant) -> Done {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let answer = self.exchange(number).await;
        let at = Instant::now();
        Done { number, answer, took: at - planned_at, at }
    }

    async fn exchange(&self, number: u32) -> io::Result<Answer> {
        let body = self.body(number);
        let mut connection = match self.idle() {
            Some(connection) => connection,
            None => Connection::open(&self.0.address).await?,
        };
        let head = format!(
            "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
            self.0.key,
            body.len()
        );
        let answer = connection.exchange(&[head.as_bytes(), &body].concat()).await?;
        if !answer.is_last() {
            self.0.idle.lock().unwrap().push((Instant::now(), connection));
        }
        Ok(answer)
    }

    fn idle(&self) -> Option<Connection> {
        let mut idle = self.0.idle.lock().unwrap();
        idle.retain(|(since, _)| since.elapsed() < KEPT);
        idle.pop().map(|(_, connection)| connection)
    }

    /// Made anew every minute, so that its events stay recent.
    fn body(&self, number: u32) -> Vec<u8> {
        let mut bodies = self.0.bodies.lock().unwrap();
        if bodies.made_at.elapsed() > Duration::from_mins(1) {
            *bodies = Bodies::new(&self.0.store_ids);
        }
        let [recent, old] = &bodies.of_stores[number as usize % self.0.store_ids.len()];
        if number.is_multiple_of(OLD) { old.numbered(number) } else { recent.numbered(number) }
    }
}

impl Bodies {
    fn new(store_ids: &[Uuid]) -> Self {
        let body = |age| move |store_id: &Uuid| Body::new(*store_id, age);
        let (recent, old) = (body(TimeDelta::minutes(1)), body(TimeDelta::days(7)));
        let of_stores = store_ids.iter().map(|store_id| [recent(store_id), old(store_id)]).collect();
        Self { made_at: Instant::now(), of_stores }
    }
}

impl Sent {
    fn of(done: impl Iterator<Item = Done>) -> Self {
        let mut sent = Self::default();
        for one in done {
            sent.add(one);
        }
        sent.latencies.sort();
        sent.refused_after.sort();
        sent
    }

    fn add(&mut self, Done { number, answer, took, at }: Done) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.open.push(number);
                return self.faults.push(format!("request {number} after {took:?}: {error}"));
            }
        };
        match answer.status {
            200 => {
                self.acknowledged.push(number);
                self.latencies.push(took);
                self.acknowledged_at.push(at);
            }
            429 | 503 => {
                let is_open = answer.code() == "database_unavailable";
                if is_open { &mut self.open } else { &mut self.refused }.push(number);
                self.refused_after.push(took);
                if answer.header("retry-after").is_none_or(|after| after.parse::<u32>().is_err()) {
                    self.faults.push(format!("request {number}: no Retry-After: {answer}"));
                }
            }
            _ => {
                self.open.push(number);
                self.faults.push(format!("request {number}: {answer}"));
            }
        }
    }

    /// What was sent in two runs.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        self.open.extend(other.open);
        self.faults.extend(other.faults);
        self.latencies.extend(other.latencies);
        self.latencies.sort();
        self
    }

    /// Events acknowledged a second, between two times.
    pub fn goodput(&self, from: Instant, to: Instant) -> f64 {
        let requests = self.acknowledged_at.iter().filter(|at| (from..to).contains(at)).count();
        #[allow(clippy::cast_precision_loss, reason = "millions")]
        let events = (requests * EVENTS) as f64;
        events / (to - from).as_secs_f64()
    }

    pub fn acknowledged_events(&self) -> usize {
        self.acknowledged.len() * EVENTS
    }

    /// Demands that each acknowledged request is stored whole, each refused one not at all, each open one whole or not at
    /// all, and nothing else.
    pub async fn assert_stored(&self, client: &Client) {
        let sql = "select ('x' || substr(replace(event_id::text, '-', ''), 9, 8))::bit(32)::bigint as number,
                          substr(event_id::text, 1, 8) = $1 as is_ours, count(*) as events,
                          count(distinct event_id) as ids
                   from conversation_events
                   where event_data ->> 'reason' is distinct from 'timeout'
                   group by number, is_ours";
        let rows = client.query(sql, &[&RUN]).await.unwrap();
        let mut stored = std::collections::HashMap::new();
        for row in rows {
            let number = u32::try_from(row.get::<_, i64>("number")).unwrap();
            assert!(row.get::<_, bool>("is_ours"), "something is stored that was never sent");
            assert_eq!(row.get::<_, i64>("events"), row.get::<_, i64>("ids"), "request {number} is stored twice");
            stored.insert(number, usize::try_from(row.get::<_, i64>("ids")).unwrap());
        }
        let mut wrong = Vec::new();
        let sets = [(&self.acknowledged, [EVENTS, EVENTS]), (&self.refused, [0, 0]), (&self.open, [0, EVENTS])];
        for (numbers, allowed) in sets {
            for number in numbers {
                let events = stored.remove(number).unwrap_or_default();
                if !allowed.contains(&events) {
                    wrong.push((*number, events, allowed[1]));
                }
            }
        }
        assert!(wrong.is_empty(), "request, events stored, events allowed: {:?}", &wrong[..wrong.len().min(20)]);
        assert!(stored.is_empty(), "{} requests are stored of which nobody knows", stored.len());
    }
}

/// A percentile of times in order of size.
pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
