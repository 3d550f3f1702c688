//! Live metrics: every way in which events come reaches every listener in time, and costs one query.

use std::time::{Duration, Instant};

use chrono::Utc;
use colloquy::database::{self, Notifications};
use colloquy::events::store::{Frozen, prepare, store};
use colloquy::events::validate::{Origin, validate};
use serde_json::json;
use serde_json::value::to_raw_value;
use tokio::time::timeout;
use uuid::Uuid;

use super::live::{QUIET, Shop, WITHIN, total};
use crate::support::database::server_url;
use crate::support::server::Server;
use crate::support::sse::{EventStream, Got};

/// Has the database tell of each query of live metrics: they are the only ones that read this view.
async fn queries(shop: &Shop) -> Notifications {
    let sql = "create or replace view tenant.stores with (security_barrier) as
               select * from analytics.stores
               where store_id = nullif(current_setting('colloquy.store_id', true), '')::uuid
                 and pg_notify('live_queries', '') is not null";
    shop.client.batch_execute(sql).await.unwrap();
    Notifications::open(shop.database.url(), "listen live_queries").await.unwrap()
}

/// When each query was made, until none comes for a while.
async fn times(queries: &mut Notifications, quiet: Duration) -> Vec<Instant> {
    let mut times = Vec::new();
    while let Ok(Some(_)) = timeout(quiet, queries.next()).await {
        times.push(Instant::now());
    }
    times
}

async fn assert_all_get(streams: &mut [EventStream], count: i64) {
    let deadline = Instant::now() + WITHIN;
    for stream in streams {
        let data = stream.event(deadline.saturating_duration_since(Instant::now())).await;
        assert_eq!(total(&data), count);
    }
}

#[tokio::test]
async fn a_hundred_listeners_cost_one_query() {
    let shop = Shop::new("Asia/Kathmandu").await;
    let mut queries = queries(&shop).await;
    let mut streams = Vec::new();
    for _ in 0..100 {
        streams.push(shop.listen().await);
    }
    assert_all_get(&mut streams, 0).await;
    times(&mut queries, QUIET).await;

    shop.talk(&shop.server, 1).await;
    assert_all_get(&mut streams, 1).await;
    let of_http = times(&mut queries, QUIET).await.len();
    shop.client.query("select track_conversation_started($1, $2)", &[&Uuid::new_v4(), &shop.store_id]).await.unwrap();
    assert_all_get(&mut streams, 2).await;
    let of_sql = times(&mut queries, QUIET).await.len();
    assert_eq!((of_http, of_sql), (1, 1), "queries for an ingest with 100 listeners");

    drop(streams);
    tokio::time::sleep(Duration::from_secs(2)).await;
    shop.talk(&shop.server, 1).await;
    assert_eq!(times(&mut queries, QUIET).await.len(), 0, "queries without listeners");
    let sql = "select count(*) from pg_stat_activity
               where datname = current_database() and query = 'listen colloquy_ingest'";
    assert_eq!(shop.client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 0, "still listens to the database");
}

#[tokio::test]
async fn a_store_is_asked_about_once_a_second_at_most() {
    let shop = Shop::new("UTC").await;
    let mut queries = queries(&shop).await;
    let mut stream = shop.listen().await;
    stream.event(WITHIN).await;
    let counting = tokio::spawn(async move { times(&mut queries, QUIET).await });
    let began = Instant::now();
    let mut ingested = 0;
    while began.elapsed() < Duration::from_secs(5) {
        shop.talk(&shop.server, 1).await;
        let _late = shop.listen().await;
        shop.client
            .query("select track_conversation_started($1, $2)", &[&Uuid::new_v4(), &shop.store_id])
            .await
            .unwrap();
        ingested += 2;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let ended = Instant::now();
    let mut events = 0;
    loop {
        events += 1;
        if total(&stream.event(WITHIN).await) == ingested {
            break;
        }
    }
    assert!(ended.elapsed() < WITHIN, "{:?}", ended.elapsed());
    let times = counting.await.unwrap();
    // The notifications themselves may be late on a busy machine.
    let least = times.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
    assert!(least > Duration::from_millis(400), "{least:?}");
    assert!((4..=9).contains(&times.len()) && events <= times.len(), "{events} events, {} queries", times.len());
}

#[tokio::test]
async fn every_way_of_ingest_reaches_every_server() {
    let shop = Shop::new("UTC").await;
    let other = Server::start(&shop.database, &[]).await;
    let there = other.request("GET", "/analytics/live", &shop.key, "", "").await;
    let mut streams = [shop.listen().await, EventStream::of(there).await];
    assert_all_get(&mut streams, 0).await;
    tokio::time::sleep(QUIET).await;

    shop.talk(&shop.server, 1).await;
    assert_all_get(&mut streams, 1).await;
    shop.talk(&other, 1).await;
    assert_all_get(&mut streams, 2).await;

    let event = json!({"store_id": shop.store_id, "conversation_id": Uuid::new_v4(), "event_type": "message_received"});
    shop.client.query("select ingest_events($1)", &[&event]).await.unwrap();
    assert_all_get(&mut streams, 3).await;

    let mut event = event;
    event["conversation_id"] = json!(Uuid::new_v4());
    event["timestamp"] = json!(Utc::now());
    let event = validate(&to_raw_value(&event).unwrap(), Origin::File, Utc::now(), 0).unwrap();
    let statement = prepare(&shop.client).await.unwrap();
    store(&shop.client, &statement, &[&event], Frozen::Replace).await.unwrap();
    assert_all_get(&mut streams, 4).await;

    shop.client.execute("update stores set abandon_after = '1 minute'", &[]).await.unwrap();
    let silent = "select track_event($1, $2, 'message_received', '{}', now() - interval '2 minutes')";
    shop.client.query(silent, &[&Uuid::new_v4(), &shop.store_id]).await.unwrap();
    assert_all_get(&mut streams, 5).await;
    shop.client.batch_execute("call abandon_conversations()").await.unwrap();
    for stream in &mut streams {
        assert_eq!(stream.event(WITHIN).await["metrics"]["abandoned_conversations"], 1);
    }
}

#[tokio::test]
async fn listeners_outlive_a_restart_of_the_database() {
    let shop = Shop::new("UTC").await;
    let mut stream = shop.listen().await;
    stream.event(WITHIN).await;
    tokio::time::sleep(QUIET).await;
    let maintenance = database::connect(&server_url()).await.unwrap();
    let kill = "select count(pg_terminate_backend(a.pid)) from pg_stat_activity a
                where a.datname = split_part($1::text, '/', 4) and a.application_name = 'colloquy'";
    let name = shop.database.url().split('?').next().unwrap().to_owned();
    for round in 1..=2 {
        let killed: i64 = maintenance.query_one(kill, &[&name]).await.unwrap().get(0);
        assert!(killed >= 2, "{killed}");
        // Requests are refused with 503 while their connections are found to be dead.
        tokio::time::sleep(Duration::from_millis(500)).await;
        if round == 1 {
            shop.talk(&shop.server, 1).await;
        } else {
            // The server hears of this one only if it listens again.
            let client = shop.database.client().await;
            tokio::time::sleep(QUIET).await;
            client
                .query("select track_conversation_started($1, $2)", &[&Uuid::new_v4(), &shop.store_id])
                .await
                .unwrap();
        }
        let data = stream.event(WITHIN * 2).await;
        assert_eq!(total(&data), round);
    }
    assert_eq!(stream.next(Duration::from_millis(10)).await, Got::Nothing);
}
