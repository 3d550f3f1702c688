//! Closed loop: each connection sends its next request once the one before is answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{Connection, Latencies, Prepared};
use crate::Result;

/// What a load came to.
#[derive(Debug)]
pub struct Answered {
    /// Requests that were answered with 200.
    pub requests: usize,
    /// From the first request to the last answer.
    pub took: Duration,
    /// Of each request.
    pub latencies: Latencies,
}

impl Answered {
    /// Requests a second.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // millions
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.took.as_secs_f64()
    }
}

/// Sends requests by as many connections as there are lists, each its list in order, until all are answered or the time
/// is over. Every answer must be 200.
///
/// # Errors
/// When a connection fails or an answer is something else.
pub async fn closed(address: &str, lists: Vec<Arc<[Prepared]>>, at_most: Duration) -> Result<Answered> {
    let mut connections = Vec::new();
    for list in lists {
        connections.push((Connection::open(address).await?, list));
    }
    let began = Instant::now();
    let mut sending = JoinSet::new();
    for (connection, list) in connections {
        sending.spawn(send(connection, list, began + at_most));
    }
    let mut times = Vec::new();
    while let Some(done) = sending.join_next().await {
        times.append(&mut done??);
    }
    Ok(Answered { requests: times.len(), took: began.elapsed(), latencies: Latencies::of(times) })
}

async fn send(mut connection: Connection, list: Arc<[Prepared]>, until: Instant) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(list.len());
    for request in &*list {
        let sent_at = Instant::now();
        if sent_at >= until {
            break;
        }
        connection.demand(request.clone()).await?;
        times.push(sent_at.elapsed());
    }
    Ok(times)
}
