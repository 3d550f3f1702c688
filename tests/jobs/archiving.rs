//! `colloquy archive` beside a server at work: nobody waits for it, and no number moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration as StdDuration, Instant};

use chrono::{Days, Duration, Utc};
use colloquy::archive;
use uuid::Uuid;

use super::{assert_rows, event};
use crate::commands::files::Folder;
use crate::support::http::send;
use crate::support::oracle::Event;
use crate::support::world::World;

const LONGEST: StdDuration = StdDuration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_waits_for_it_and_no_event_is_lost() {
    let mut world = World::new(&[chrono_tz::Asia::Kolkata]).await;
    let folder = Folder::new();
    let today = Utc::now().date_naive();
    world.add_days(today - Days::new(500), today).await;
    let conversation = |world: &World, hours: i64| {
        event(world, Uuid::new_v4(), "message_received", Utc::now() - Duration::hours(hours))
    };
    // A year with something in each week.
    let year: Vec<Event> = (1..1_200).map(|nth| conversation(&world, nth * 7)).collect();
    world.import(&year).await;

    let options = archive::Options {
        older_than: "90 days".to_owned(),
        to: folder.path().to_owned(),
        patience: StdDuration::from_secs(30),
    };
    let (client, is_done) = (world.database.client().await, Arc::new(AtomicBool::new(false)));
    let done = Arc::clone(&is_done);
    let archiving = tokio::spawn(async move {
        let summary = archive::run(&client, &options, |_| ()).await;
        done.store(true, Ordering::Relaxed);
        summary
    });
    let mut slowest = (StdDuration::ZERO, "none");
    let mut requests = 0;
    while !is_done.load(Ordering::Relaxed) {
        // Up to 54 days old: some belong to weeks that are near those that go.
        let late = conversation(&world, 1 + requests * 37 % (54 * 24));
        let key = world.shops[0].key.clone();
        let sent = Instant::now();
        world.post(&key, std::slice::from_ref(&late)).await;
        slowest = slowest.max((sent.elapsed(), "event"));
        world.events.push(late);
        let sent = Instant::now();
        assert_eq!(send(&world.app, "GET", "/api/v1/analytics/dashboard", &key).await.status(), 200);
        slowest = slowest.max((sent.elapsed(), "dashboard"));
        requests += 1;
    }
    let archived = archiving.await.unwrap().unwrap().archived;
    println!("slowest of {requests} events and dashboards: {slowest:?}; {} chunks", archived.len());
    assert!(archived.len() > 30 && requests > 3, "{} chunks, {requests} requests", archived.len());
    assert!(slowest.0 < LONGEST, "{slowest:?}");
    assert_rows(&mut world, "archived").await;
    let count = "select count(*) from conversation_events";
    let left: i64 = world.client.query_one(count, &[]).await.unwrap().get(0);
    let gone: i64 = archived.iter().map(|archived| archived.events).sum();
    assert_eq!(left + gone, i64::try_from(world.events.len()).unwrap());
}
