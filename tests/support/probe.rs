//! A client that asks for one path again and again, by connections of its own, beside what else is done to a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;

const PATIENCE: Duration = Duration::from_secs(20);

pub struct Probe {
    is_over: Arc<AtomicBool>,
    task: JoinHandle<Probed>,
}

/// What the client saw.
#[derive(Default)]
pub struct Probed {
    /// In order of size.
    pub latencies: Vec<Duration>,
    pub slowest: Duration,
    /// Answers that were none, or not 200.
    pub failures: usize,
}

impl Probe {
    /// Asks with a key, and pauses between two requests.
    pub fn start(address: &str, path: &str, key: &str, pause: Duration) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n");
        let task = tokio::spawn(ask(address.to_owned(), request, pause, Arc::clone(&is_over)));
        Self { is_over, task }
    }

    pub async fn stop(self) -> Probed {
        self.is_over.store(true, Ordering::Relaxed);
        let mut probed = self.task.await.unwrap();
        probed.latencies.sort();
        probed.slowest = probed.latencies.last().copied().unwrap_or_default();
        probed
    }
}

async fn ask(address: String, request: String, pause: Duration, is_over: Arc<AtomicBool>) -> Probed {
    let mut probed = Probed::default();
    // Once at least.
    loop {
        let asked_at = Instant::now();
        let answer = timeout(PATIENCE, async { Connection::open(&address).await?.exchange(request.as_bytes()).await });
        let is_good = matches!(answer.await, Ok(Ok(answer)) if answer.status == 200);
        probed.latencies.push(asked_at.elapsed());
        probed.failures += usize::from(!is_good);
        if is_over.load(Ordering::Relaxed) {
            return probed;
        }
        sleep(pause).await;
    }
}
