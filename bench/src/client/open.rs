//! Open loop: requests leave when planned, whether those before are answered or not, and their time runs from the plan.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
    time::sleep_until,
};

use super::{Answered, Connection, Latencies, Prepared};
use crate::Result;

type Planned = (Instant, Prepared);

/// Sends so many requests a second by some connections, in order, and waits for all answers. Every answer must be 200.
///
/// A request that finds no free connection waits for one, and that counts as its time: nothing is omitted.
///
/// # Errors
/// When a connection fails or an answer is something else.
pub async fn open(address: &str, requests: Vec<Prepared>, per_second: f64, connections: usize) -> Result<Answered> {
    let (sender, receiver) = mpsc::unbounded_channel::<Planned>();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut sending = JoinSet::new();
    for _ in 0..connections {
        sending.spawn(send(Connection::open(address).await?, Arc::clone(&receiver)));
    }
    let began = Instant::now();
    plan(began, requests, per_second, &sender).await?;
    drop(sender);
    let mut times = Vec::new();
    while let Some(done) = sending.join_next().await {
        times.append(&mut done??);
    }
    Ok(Answered { requests: times.len(), took: began.elapsed(), latencies: Latencies::of(times) })
}

/// The timer ticks every millisecond, so what is due by then leaves together, each with its own time.
async fn plan(
    began: Instant,
    requests: Vec<Prepared>,
    per_second: f64,
    sender: &mpsc::UnboundedSender<Planned>,
) -> Result<()> {
    let mut planned_at = began;
    for request in requests {
        if planned_at > Instant::now() {
            sleep_until(planned_at.into()).await;
        }
        // All connections have failed, as whoever waits for them will say.
        if sender.send((planned_at, request)).is_err() {
            break;
        }
        planned_at += Duration::from_secs_f64(1.0 / per_second);
    }
    Ok(())
}

async fn send(
    mut connection: Connection,
    planned: Arc<Mutex<mpsc::UnboundedReceiver<Planned>>>,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    loop {
        let next = planned.lock().await.recv().await;
        let Some((planned_at, request)) = next else { return Ok(times) };
        connection.demand(request).await?;
        times.push(planned_at.elapsed());
    }
}
