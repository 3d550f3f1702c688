//! Hours in small: seven tenths of the peak for twenty minutes, with dashboards read and jobs running beside. Nothing grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::load::{Load, percentile};
use crate::support::probe::Probe;
use crate::support::reliability::{Figures, is_full, planned, seconds};
use crate::support::server::Server;
use crate::support::world::call;

const STORES: usize = 10;
/// What may come and go beside what grows by a tenth.
const SLACK_KIB: u64 = 24 * 1024;
const OPEN: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'colloquy'
    and pid <> pg_backend_pid()";
const PENDING: &str = "select count(*) from rollup_pending";
const JOBS: [&str; 4] = ["refresh_rollups()", "abandon_conversations()", "detect_content_gaps()", "sample_ingest()"];

/// What was seen at one moment.
struct Sample {
    resident_kib: u64,
    connections: i64,
    pending_buckets: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_grows_at_seven_tenths_of_the_peak() {
    let database = TestDatabase::new().await;
    let client = database.client().await;
    let mut store_ids = Vec::new();
    for _ in 0..STORES {
        store_ids.push(database.create_store("Europe/Berlin").await);
    }
    let key = database.create_admin_key().await;
    let mut server = Server::start(&database, &["--log-level", "warn,colloquy::commands=info"]).await;
    server.log_to_the_end();
    let load = Load::new(server.address(), &key, &store_ids);
    let readers = readers(server.address(), &key, &store_ids);

    let warm_up = load.as_fast_as_answered(32, planned(Duration::from_millis(200), Duration::from_secs(5))).await;
    let time = planned(Duration::from_secs(1), Duration::from_secs(20));
    let begun_at = Instant::now();
    let before = load.as_fast_as_answered(32, time).await;
    let peak = before.goodput(begun_at, begun_at + time);

    let time = planned(Duration::from_secs(4), Duration::from_mins(20));
    let is_over = Arc::<AtomicBool>::default();
    let jobs = tokio::spawn(run_jobs(database.client().await, Arc::clone(&is_over)));
    let (during, samples) = tokio::join!(load.at_rate(0.7 * peak, time), watch(&server, database.client().await, time));
    is_over.store(true, Ordering::Relaxed);
    let (rounds, longest_round) = jobs.await.unwrap();
    let mut reads = Vec::new();
    let mut failures = 0;
    for reader in readers {
        let probed = reader.stop().await;
        failures += probed.failures;
        reads.extend(probed.latencies);
    }
    reads.sort();

    let (requests, latency) = (during.acknowledged.len(), percentile(&during.latencies, 99));
    let median = percentile(&during.latencies, 50);
    let refused = during.refused.len();
    let growth = Growth::of(&samples);
    println!("peak {peak:.0} events/s; {requests} requests, {refused} refused; {growth:?}; {rounds} rounds of jobs");
    let all = warm_up.and(before).and(during);
    assert!(all.faults.is_empty(), "{}: {:?}", all.faults.len(), &all.faults[..all.faults.len().min(5)]);
    assert_eq!(failures, 0, "dashboards that failed, of {}", reads.len());
    assert!(rounds > 0 && !reads.is_empty() && requests > 0);
    growth.assert_flat();
    // Every mark of the load is folded in by the next refresh.
    call(&client, "refresh_rollups()").await;
    assert_eq!(client.query_one(PENDING, &[]).await.unwrap().get::<_, i64>(0), 0);
    all.assert_stored(&client).await;
    // A disk that is shared can stand still for longer than the queue holds.
    assert!(!is_full() || refused * 100 <= requests, "{refused} of {requests} requests refused at 70 % of the peak");
    Figures::of(10, "soak", "70 % of the peak for 20 minutes")
        .count(format!("{} s", time.as_secs()), format!("{requests} requests"), "of load")
        .ledger(all.acknowledged_events())
        .measured(format!(
            "{:.0} events/s; {refused} requests refused; acknowledged: 50 % within {}, 99 % within {}",
            0.7 * peak,
            seconds(median),
            seconds(latency)
        ))
        .measured(format!("{} dashboards, 99 % within {}", reads.len(), seconds(percentile(&reads, 99))))
        .measured(growth.in_words())
        .measured(format!("{rounds} rounds of jobs, the longest {}", seconds(longest_round)))
        .record(&client)
        .await;
}

/// Two who look at dashboards once a second.
fn readers(address: &str, key: &str, store_ids: &[Uuid]) -> Vec<Probe> {
    let path = |store_id| format!("/api/v1/analytics/dashboard?period=month&store_id={store_id}");
    store_ids[..2].iter().map(|id| Probe::start(address, &path(id), key, Duration::from_secs(1))).collect()
}

/// Calls what runs by itself elsewhere; returns how often, and the longest time it took.
async fn run_jobs(client: Client, is_over: Arc<AtomicBool>) -> (usize, Duration) {
    let (mut rounds, mut longest) = (0, Duration::ZERO);
    let apart = planned(Duration::from_secs(1), Duration::from_secs(20));
    while !is_over.load(Ordering::Relaxed) {
        let begun_at = Instant::now();
        for procedure in JOBS {
            call(&client, procedure).await;
        }
        rounds += 1;
        longest = longest.max(begun_at.elapsed());
        let next_at = Instant::now() + apart;
        while Instant::now() < next_at && !is_over.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(100)).await;
        }
    }
    (rounds, longest)
}

async fn watch(server: &Server, client: Client, time: Duration) -> Vec<Sample> {
    let ends_at = Instant::now() + time;
    let mut samples = Vec::new();
    while Instant::now() < ends_at {
        samples.push(Sample {
            resident_kib: server.status("VmRSS"),
            connections: client.query_one(OPEN, &[]).await.unwrap().get(0),
            pending_buckets: client.query_one(PENDING, &[]).await.unwrap().get(0),
        });
        sleep(planned(Duration::from_millis(100), Duration::from_secs(1))).await;
    }
    samples
}

/// The most of each in the middle third of the time and in the last.
#[derive(Debug)]
struct Growth {
    resident_kib: [u64; 2],
    connections: [i64; 2],
    pending_buckets: [i64; 2],
}

impl Growth {
    fn of(samples: &[Sample]) -> Self {
        let third = samples.len() / 3;
        let thirds = [&samples[third..2 * third], &samples[2 * third..]];
        Self {
            resident_kib: thirds.map(|some| some.iter().map(|sample| sample.resident_kib).max().unwrap()),
            connections: thirds.map(|some| some.iter().map(|sample| sample.connections).max().unwrap()),
            pending_buckets: thirds.map(|some| some.iter().map(|sample| sample.pending_buckets).max().unwrap()),
        }
    }

    fn assert_flat(&self) {
        let [middle, last] = self.resident_kib;
        assert!(last <= middle + middle / 10 + SLACK_KIB, "memory grows: {self:?}");
        // Four readers, two writers, one for metrics, two for jobs and recalculations, one for live metrics; and the test's.
        let [_, last] = self.connections;
        assert!(last <= 14, "connections: {self:?}");
        let [middle, last] = self.pending_buckets;
        // A mark is a bucket and a request at most, so what waits depends on the time since the last refresh only.
        assert!(!is_full() || last <= 2 * middle + 1_000, "marks wait longer and longer: {self:?}");
    }

    fn in_words(&self) -> String {
        let Self { resident_kib: [middle, last], connections, pending_buckets } = self;
        format!(
            "memory {} MiB in the middle third, {} MiB in the last; connections {} and {}; pending marks {} and {}",
            middle / 1024,
            last / 1024,
            connections[0],
            connections[1],
            pending_buckets[0],
            pending_buckets[1]
        )
    }
}
