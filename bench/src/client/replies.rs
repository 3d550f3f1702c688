//! Loads whose answers are kept, so that they can be compared with the oracle once the time is over.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use hyper::StatusCode;
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
    time::sleep_until,
};

use super::{Connection, Latencies, Prepared, connection::Answer};
use crate::Result;

/// One answer.
pub struct Reply {
    /// Place of the request in the list it came from.
    pub request: usize,
    /// From when the request was sent, or planned, until its answer was there.
    pub took: Duration,
    /// The answer; nothing where a busy server has refused the request with 503.
    pub body: Option<Bytes>,
}

/// What a load came to.
pub struct Replies {
    /// The answers, in no particular order.
    pub all: Vec<Reply>,
    /// From the first request to the last answer.
    pub took: Duration,
}

impl Replies {
    /// Answers a second.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // thousands
    pub fn per_second(&self) -> f64 {
        self.all.len() as f64 / self.took.as_secs_f64()
    }

    /// What was answered, with the place of its request.
    pub fn answers(&self) -> impl Iterator<Item = (usize, &Bytes)> {
        self.all.iter().filter_map(|reply| Some((reply.request, reply.body.as_ref()?)))
    }

    /// How long the answers took.
    #[must_use]
    pub fn latencies(&self) -> Latencies {
        Latencies::of(self.all.iter().map(|reply| reply.took).collect())
    }
}

/// Closed loop: each connection sends the requests in turn, from a place of its own on, until the time is over.
///
/// # Errors
/// When a connection fails or an answer is not 200.
pub async fn repeat(address: &str, requests: &[Prepared], connections: usize, lasts: Duration) -> Result<Replies> {
    let requests: Arc<[Prepared]> = requests.into();
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let mut sending = JoinSet::new();
    for (place, connection) in opened.into_iter().enumerate() {
        sending.spawn(send_in_turn(connection, Arc::clone(&requests), place, began + lasts));
    }
    gather(sending, began).await
}

async fn send_in_turn(
    mut connection: Connection,
    requests: Arc<[Prepared]>,
    first: usize,
    until: Instant,
) -> Result<Vec<Reply>> {
    let mut replies = Vec::new();
    for request in (0..requests.len()).cycle().skip(first % requests.len()) {
        let sent_at = Instant::now();
        if sent_at >= until {
            break;
        }
        let body = Some(connection.demand(requests[request].clone()).await?);
        replies.push(Reply { request, took: sent_at.elapsed(), body });
    }
    Ok(replies)
}

/// Open loop: each request leaves so long after the start as planned, whether those before are answered or not, and its
/// time runs from the plan. One that finds no free connection waits for one, and that counts.
///
/// # Errors
/// When a connection fails or an answer is neither 200 nor 503.
pub async fn planned(address: &str, plan: Vec<(Duration, Prepared)>, connections: usize) -> Result<Replies> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut sending = JoinSet::new();
    for _ in 0..connections {
        sending.spawn(send_planned(Connection::open(address).await?, Arc::clone(&receiver)));
    }
    let began = Instant::now();
    for (place, (after, request)) in plan.into_iter().enumerate() {
        sleep_until((began + after).into()).await;
        // All connections have failed, as `gather` will say.
        if sender.send((place, began + after, request)).is_err() {
            break;
        }
    }
    drop(sender);
    gather(sending, began).await
}

type Waiting = Arc<Mutex<mpsc::UnboundedReceiver<(usize, Instant, Prepared)>>>;

async fn send_planned(mut connection: Connection, waiting: Waiting) -> Result<Vec<Reply>> {
    let mut replies = Vec::new();
    loop {
        let next = waiting.lock().await.recv().await;
        let Some((place, planned_at, prepared)) = next else { return Ok(replies) };
        let Answer { status, body } = connection.send(prepared).await?;
        let body = match status {
            StatusCode::OK => Some(body),
            StatusCode::SERVICE_UNAVAILABLE => None,
            _ => return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into()),
        };
        replies.push(Reply { request: place, took: planned_at.elapsed(), body });
    }
}

async fn gather(mut sending: JoinSet<Result<Vec<Reply>>>, began: Instant) -> Result<Replies> {
    let mut all = Vec::new();
    while let Some(done) = sending.join_next().await {
        all.append(&mut done??);
    }
    Ok(Replies { all, took: began.elapsed() })
}
