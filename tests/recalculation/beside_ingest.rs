//! Nobody waits for a recalculation: single events and dashboards, while everything is made anew again and again.

use std::time::{Duration as StdDuration, Instant};

use chrono::{Duration, Utc};
use uuid::Uuid;

use super::{ask, assert_right, ended, lived_in, range, worker};
use crate::support::http::send;
use crate::support::oracle::Event;

const RUN: StdDuration = StdDuration::from_secs(5);
const LONGEST: StdDuration = StdDuration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_waits_longer_than_a_second() {
    let mut world = lived_in(9, 800, 50, 1).await;
    let admin = world.database.create_admin_key().await;
    let known: Vec<(Uuid, Uuid)> = world.events.iter().map(|event| (event.store_id, event.conversation_id)).collect();
    let server = worker(&world);
    let everything = range(Utc::now() - Duration::days(60), Utc::now());
    let mut path = ask(&world, &admin, &everything).await;
    let (mut slowest, mut requests, mut rounds) = ((StdDuration::ZERO, "none"), 0, 0);
    let started = Instant::now();
    while started.elapsed() < RUN {
        // Of a conversation that is being rebuilt, and of its own time.
        let (store_id, conversation_id) = known[requests * 37 % known.len()];
        let at = Utc::now() - Duration::hours(1 + i64::try_from(requests).unwrap() * 7 % 1_000);
        let event = Event::new(store_id, conversation_id, "message_received", at, serde_json::json!({}));
        let sent = Instant::now();
        world.post(&world.shop(store_id).key, std::slice::from_ref(&event)).await;
        slowest = slowest.max((sent.elapsed(), "event"));
        world.events.push(event);
        let sent = Instant::now();
        assert_eq!(send(&world.app, "GET", "/api/v1/analytics/dashboard", &world.shops[0].key).await.status(), 200);
        slowest = slowest.max((sent.elapsed(), "dashboard"));
        requests += 1;
        if !send(&world.app, "GET", &path, &admin).await.json["finished_at"].is_null() {
            rounds += 1;
            path = ask(&world, &admin, &everything).await;
        }
    }
    ended(&world, &admin, &path).await;
    println!("slowest of {requests} events and dashboards: {slowest:?}; {rounds} recalculations");
    assert!(requests > 20, "{requests}");
    assert!(slowest.0 < LONGEST, "{slowest:?}");
    assert_right(&mut world, "after recalculations beside ingest").await;
    server.abort();
}
