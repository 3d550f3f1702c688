//! No request waits for the jobs: single events and dashboards, while all procedures have work to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration as StdDuration, Instant};

use chrono::{Days, Duration, Utc};
use tokio::task::JoinSet;
use tokio_postgres::Client;
use uuid::Uuid;

use super::event;
use crate::support::http::{send, send_json};
use crate::support::oracle::Event;
use crate::support::world::{World, call};

const RUN: StdDuration = StdDuration::from_secs(8);
const LONGEST: StdDuration = StdDuration::from_secs(1);
/// Backends of this database that wait for a lock of another one, and for which.
const LOCK_WAITS: &str = "select w.query || ' <- ' || b.query || ' (' || w.wait_event || ')'
    from pg_stat_activity w
    cross join lateral unnest(pg_blocking_pids(w.pid)) as blocking (pid)
    join pg_stat_activity b on b.pid = blocking.pid
    where w.datname = current_database() and w.wait_event_type = 'Lock'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_waits_longer_than_a_second_for_the_jobs() {
    let mut world = World::new(&[chrono_tz::Asia::Kolkata]).await;
    // Declared last, to end before the database does.
    let mut jobs = JoinSet::new();
    let today = Utc::now().date_naive();
    world.add_days(today - Days::new(500), today).await;
    // A year with something in each week.
    let conversation = |world: &World, hours: i64| {
        event(world, Uuid::new_v4(), "message_received", Utc::now() - Duration::hours(hours))
    };
    let year: Vec<Event> = (1..1_500).map(|nth| conversation(&world, nth * 6)).collect();
    world.import(&year).await;

    let rounds = Arc::new(AtomicUsize::new(0));
    for procedure in [
        "refresh_rollups()",
        "abandon_conversations()",
        "abandon_conversations(config => '{\"hours\": 2160}')",
        "extend_store_days()",
    ] {
        let client = world.database.client().await;
        jobs.spawn(async move {
            loop {
                call(&client, procedure).await;
                tokio::time::sleep(StdDuration::from_millis(200)).await;
            }
        });
    }
    let (dropping, counted) = (world.database.client().await, Arc::clone(&rounds));
    jobs.spawn(async move {
        loop {
            make_work(&dropping).await;
            call(&dropping, "drop_raw_events()").await;
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let watching = world.database.client().await;
    let waits = tokio::spawn(async move {
        let mut waits: Vec<String> = Vec::new();
        let until = Instant::now() + RUN;
        while Instant::now() < until {
            waits.extend(watching.query(LOCK_WAITS, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
            tokio::time::sleep(StdDuration::from_millis(50)).await;
        }
        waits
    });

    let mut slowest = (StdDuration::ZERO, "none");
    let mut requests: i64 = 0;
    let started = Instant::now();
    while started.elapsed() < RUN {
        let single = conversation(&world, 1 + requests % 72).to_json();
        let key = &world.shops[0].key;
        let sent = Instant::now();
        assert_eq!(send_json(&world.app, "POST", "/api/v1/events", key, &single).await.status(), 200);
        slowest = slowest.max((sent.elapsed(), "event"));
        let sent = Instant::now();
        let path = "/api/v1/analytics/dashboard";
        assert_eq!(send(&world.app, "GET", path, key).await.status(), 200);
        slowest = slowest.max((sent.elapsed(), "dashboard"));
        requests += 1;
        if let Some(ended) = jobs.try_join_next() {
            ended.unwrap();
        }
    }
    let waits = waits.await.unwrap();
    let drops = rounds.load(Ordering::Relaxed);
    println!(
        "slowest of {requests} events and dashboards: {slowest:?}; {drops} retention runs; {} lock waits",
        waits.len()
    );
    assert!(drops > 3 && requests > 10, "{drops} retention runs and {requests} requests");
    assert!(slowest.0 < LONGEST, "{slowest:?} with these lock waits:\n  {}", waits.join("\n  "));
}

/// Old chunks to drop, and silent conversations to time out.
async fn make_work(client: &Client) {
    let events = "select * from store_events(
        (select array_agg(store_id) from stores, generate_series(1, 60)),
        (select array_agg(gen_random_uuid()) from generate_series(1, 60)),
        (select array_agg(gen_random_uuid()) from generate_series(1, 60)),
        (select array_agg('message_received'::text) from generate_series(1, 60)),
        (select array_agg(null::text) from generate_series(1, 60)),
        (select array_agg(null::bigint) from generate_series(1, 60)),
        (select array_agg('{}'::jsonb) from generate_series(1, 60)),
        (select array_agg(now() - n * case when n % 2 = 0 then interval '7 days' else interval '1 hour' end)
         from generate_series(1, 60) as s (n)), true)";
    client.query(events, &[]).await.unwrap();
}
