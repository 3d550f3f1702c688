//! Three times the load that the server can take: it takes as much as before, refuses the rest at once, and recovers.

use std::time::Duration;

use colloquy::http::auth::Scope;
use deadpool_postgres::Pool;
use tokio::time::{Instant, sleep};

use crate::support::connection::Connection;
use crate::support::database::TestDatabase;
use crate::support::load::{Load, percentile};
use crate::support::probe::Probe;
use crate::support::reliability::{Figures, is_full, planned, seconds};
use crate::support::server::Server;

/// As many as keep both workers busy with batches of some size.
const CONNECTIONS: usize = 32;
/// Queue and bodies may take this, with all that they are turned into.
const MOST_RESIDENT_KIB: u64 = 600 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_times_the_peak_is_refused_in_part_and_stored_as_fast_as_before() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let store_id = database.create_store("UTC").await;
    let key = database.create_key(store_id, &[Scope::Ingest]).await;
    let queue = planned("10000", "50000");
    let mut server =
        Server::start(&database, &["--log-level", "warn,colloquy::commands=info", "--ingest-queue-events", queue])
            .await;
    server.log_to_the_end();
    let load = Load::new(server.address(), &key, &[store_id]);

    let warm_up =
        load.as_fast_as_answered(CONNECTIONS, planned(Duration::from_millis(200), Duration::from_secs(5))).await;
    let time = planned(Duration::from_secs(1), Duration::from_secs(15));
    let begun_at = Instant::now();
    let before = load.as_fast_as_answered(CONNECTIONS, time).await;
    let peak = before.goodput(begun_at, begun_at + time);

    // In the short form enough to fill the queue while nothing is stored, on any machine.
    let jam = (!is_full()).then(|| (database.pool().clone(), server.address().to_owned()));
    let jam = jam.map(|(pool, address)| tokio::spawn(async move { jam_until_refused(&pool, &address).await }));
    let rate = planned((3.0 * peak).max(15_000.0), 3.0 * peak);
    let time = planned(Duration::from_secs(2), Duration::from_mins(1));
    let probe = Probe::start(server.address(), "/health/live", "none", Duration::from_millis(100));
    let begun_at = Instant::now();
    let during = load.at_rate(rate, time).await;
    let goodput = during.goodput(begun_at, begun_at + time);
    let health = probe.stop().await;
    if let Some(jam) = jam {
        jam.await.unwrap();
    }
    let resident = server.status("VmHWM");

    let after = load.as_fast_as_answered(1, Duration::from_millis(500)).await;
    let (refused, refused_after) = (during.refused.len(), percentile(&during.refused_after, 99));
    let latency = percentile(&during.latencies, 99);
    let offered = during.acknowledged.len() + refused + during.open.len();
    println!(
        "peak {peak:.0}, offered {rate:.0}, stored {goodput:.0} events/s; {refused} of {offered} requests refused"
    );
    assert!(refused > 0, "nothing was refused: the load was too small to tell anything");
    assert_eq!((after.refused.len(), after.open.len()), (0, 0), "it goes on refusing after the load");
    assert!(!after.acknowledged.is_empty());
    assert!(resident < MOST_RESIDENT_KIB, "{resident} KiB");
    let all = warm_up.and(before).and(during).and(after);
    assert!(all.faults.is_empty(), "{} of {offered}: {:?}", all.faults.len(), &all.faults[..all.faults.len().min(5)]);
    all.assert_stored(&client).await;
    if is_full() {
        assert!(goodput >= 0.9 * peak, "{goodput:.0} events/s under load, {peak:.0} before");
        assert!(health.slowest < Duration::from_secs(1), "{:?}", health.slowest);
    }
    assert_eq!(health.failures, 0);
    Figures::of(6, "overload", "three times the peak load")
        .count(format!("{} s", time.as_secs()), format!("{offered} requests"), "of load")
        .ledger(all.acknowledged_events())
        .measured(format!("peak {peak:.0} events/s, offered {rate:.0}, acknowledged {goodput:.0}"))
        .measured(format!("{refused} requests refused, 99 % within {}", seconds(refused_after)))
        .measured(format!("99 % acknowledged within {}", seconds(latency)))
        .measured(format!("health within {}, {} MiB at most", seconds(health.slowest), resident / 1024))
        .record(&client)
        .await;
}

/// Keeps everything from being stored until a request is refused.
async fn jam_until_refused(pool: &Pool, address: &str) {
    let client = pool.get().await.unwrap();
    client.batch_execute("begin; lock table conversation_weeks").await.unwrap();
    let begun_at = Instant::now();
    loop {
        let mut connection = Connection::open(address).await.unwrap();
        let metrics =
            connection.exchange(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        if metrics.body.contains("code=\"queue_full\"") {
            break;
        }
        assert!(begun_at.elapsed() < Duration::from_secs(15), "nothing is refused though nothing is stored");
        sleep(Duration::from_millis(50)).await;
    }
    client.batch_execute("rollback").await.unwrap();
}
