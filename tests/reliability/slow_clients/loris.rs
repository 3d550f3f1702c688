//! A thousand sockets that send the head of a request byte by byte.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Site, slack};
use crate::support::load::percentile;
use crate::support::probe::{Probe, Probed};
use crate::support::reliability::{Figures, is_full, planned, seconds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_come_byte_by_byte_are_ended_and_others_hardly_notice() {
    let site = Site::new(&[]).await;
    let sockets = planned(100, 1_000);
    let promised = Site::patience().min(Duration::from_secs(10));

    // So that neither measures the start of connections to the database.
    probe(&site, planned(Duration::from_millis(300), Duration::from_secs(3))).await;
    let before = probe(&site, planned(Duration::from_millis(500), Duration::from_secs(20))).await;
    let lives = tokio::spawn(attack(site.server.address().to_owned(), sockets, planned(1, 3)));
    let during = probe(&site, planned(Duration::from_secs(2), Duration::from_secs(25))).await;
    let mut lives = lives.await.unwrap();
    lives.sort();
    let (longest, shortest) = (*lives.last().unwrap(), lives[0]);
    println!("{} sockets lived {shortest:?} to {longest:?}", lives.len());
    assert!(longest < promised + slack(), "{longest:?}");
    assert!(shortest + Duration::from_millis(500) >= promised, "ended before its time: {shortest:?}");
    assert_eq!((before.failures, during.failures), (0, 0));
    let [before, during] = [before, during].map(|probed| percentile(&probed.latencies, 99));
    if is_full() {
        assert!(during <= 2 * before + Duration::from_millis(2), "{before:?} before, {during:?} during");
    }
    Figures::of(12, "slow_clients", "slow-loris sockets")
        .count(3 * 1_000, lives.len(), "sockets, 1,000 at a time")
        .measured(format!("each ended within {}", seconds(longest)))
        .measured(format!(
            "99 % of dashboards of others within {} before, {} meanwhile",
            seconds(before),
            seconds(during)
        ))
        .record(&site.database.client().await)
        .await;
}

async fn probe(site: &Site, time: Duration) -> Probed {
    let path = "/api/v1/analytics/dashboard?period=month";
    let probe = Probe::start(site.server.address(), path, &site.key, Duration::from_millis(10));
    sleep(time).await;
    probe.stop().await
}

/// So many sockets at a time, each as often as it is ended; how long each lived.
async fn attack(address: String, sockets: usize, rounds: usize) -> Vec<Duration> {
    let mut all = JoinSet::new();
    for nth in 0..sockets {
        let address = address.clone();
        all.spawn(async move {
            sleep(Duration::from_millis(nth as u64 % 500)).await;
            let mut lives = Vec::new();
            for _ in 0..rounds {
                lives.push(live(&address).await);
            }
            lives
        });
    }
    all.join_all().await.into_iter().flatten().collect()
}

/// Sends a byte now and then until the server has had enough.
async fn live(address: &str) -> Duration {
    let begun_at = Instant::now();
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let mut byte = [0];
    loop {
        tokio::select! {
            read = socket.read(&mut byte) => match read {
                Ok(1) => {}
                _ => return begun_at.elapsed(),
            },
            () = sleep_until(begun_at + Site::patience() + slack()) => return begun_at.elapsed(),
            () = sleep(Duration::from_millis(500)) => {
                let _ = socket.write_all(b"x").await;
            }
        }
    }
}
