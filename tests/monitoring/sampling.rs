//! The job `sample_ingest`: what it counts is what came in.

use chrono::{Duration, Utc};
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::http::send_json;
use crate::support::oracle::Event;
use crate::support::world::World;

/// Stores events by a session whose statistics PostgreSQL has when this returns.
async fn store(client: &Client, events: &[Event]) {
    let events: Vec<_> = events
        .iter()
        .map(|event| {
            let mut json = event.to_json();
            json["store_id"] = json!(event.store_id);
            json
        })
        .collect();
    client.execute("select * from ingest_events($1)", &[&json!(events)]).await.unwrap();
    flush(client).await;
}

async fn flush(client: &Client) {
    client.batch_execute("select pg_stat_force_next_flush()").await.unwrap();
    client.batch_execute("select 1").await.unwrap();
}

async fn samples(client: &Client, code: &str) -> Vec<i64> {
    let sql = "select events from ingest_samples where code = $1 order by sampled_at";
    client.query(sql, &[&code]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn samples_are_the_events_of_producers() {
    let world = World::new(&[chrono_tz::UTC]).await;
    let client = world.database.client().await;
    let sample = async || {
        client.batch_execute("call sample_ingest()").await.unwrap();
    };
    let event = |hours: i64| {
        let at = Utc::now() - Duration::hours(hours) - Duration::seconds(30);
        Event::new(world.shops[0].store_id, Uuid::new_v4(), "message_received", at, json!({}))
    };
    store(&client, &[event(0)]).await;
    sample().await;
    // The first run has nothing to compare with.
    assert_eq!(samples(&client, "").await, Vec::<i64>::new());

    // Young and late ones, in chunks that are there and in new ones; a copy counts once.
    let some = [event(0), event(1), event(24 * 20), event(24 * 50)];
    store(&client, &some).await;
    store(&client, &some[..2]).await;
    sample().await;
    assert_eq!(samples(&client, "").await, [4]);

    // Five of them are silent, and get a timeout each: that is no ingest.
    client.batch_execute("call abandon_conversations(config => '{\"hours\": 2160}')").await.unwrap();
    flush(&client).await;
    let timeouts = "select count(*) from conversation_events where event_type = 'conversation_abandoned'";
    assert_eq!(client.query_one(timeouts, &[]).await.unwrap().get::<_, i64>(0), 3);
    sample().await;
    assert_eq!(samples(&client, "").await, [4, 0]);
    store(&client, &[event(0), event(0)]).await;
    sample().await;
    assert_eq!(samples(&client, "").await, [4, 0, 2]);

    // History of an import, with its timeouts: neither an event nor something that hides later ones.
    let old: Vec<_> = (0..7).map(|nth| event(24 * (70 + nth))).collect();
    let mut imported = world;
    imported.import(&old).await;
    client
        .batch_execute("call abandon_conversations(config => '{\"from\": \"2020-01-01\", \"to\": \"2100-01-01\"}')")
        .await
        .unwrap();
    flush(&client).await;
    let old_timeouts = "select count(*) from conversation_events
                        where event_type = 'conversation_abandoned' and created_at < now() - interval '60 days'";
    assert_eq!(client.query_one(old_timeouts, &[]).await.unwrap().get::<_, i64>(0), 7);
    sample().await;
    store(&client, &[event_of(&imported)]).await;
    sample().await;
    assert_eq!(samples(&client, "").await, [4, 0, 2, 0, 1]);
}

fn event_of(world: &World) -> Event {
    Event::new(world.shops[0].store_id, Uuid::new_v4(), "message_received", Utc::now(), json!({}))
}

#[tokio::test]
async fn rejections_are_sampled_by_code() {
    let world = World::new(&[chrono_tz::UTC]).await;
    world.client.batch_execute("call sample_ingest()").await.unwrap();
    let key = &world.shops[0].key;
    let bad: Vec<_> = (0..30).map(|_| json!({"event_type": "laughed", "conversation_id": Uuid::new_v4()})).collect();
    assert_eq!(send_json(&world.app, "POST", "/api/v1/events", key, &json!(bad)).await.status(), 422);
    // As if all of it had been a minute ago.
    let move_back = "update ingest_rejections set rejected_at = now() - interval '1 minute';
                     update ingest_counters set sampled_at = now() - interval '2 minutes';
                     call sample_ingest()";
    for statement in move_back.split(';') {
        world.client.batch_execute(statement).await.unwrap();
    }
    let code: String = world.client.query_one("select distinct code from ingest_rejections", &[]).await.unwrap().get(0);
    assert_eq!(samples(&world.client, &code).await, [30]);
    world.client.batch_execute("call sample_ingest()").await.unwrap();
    assert_eq!(samples(&world.client, &code).await, [30]);
}

#[tokio::test]
async fn counts_that_start_anew_and_long_pauses_are_no_events() {
    let world = World::new(&[chrono_tz::UTC]).await;
    let client = &world.client;
    client.batch_execute("call sample_ingest()").await.unwrap();
    store(client, &[event_of(&world), event_of(&world)]).await;
    // As after a crash: PostgreSQL has counted less than at the last run.
    let set = "update ingest_counters set chunk_rows =
               (select jsonb_object_agg(chunk_name, 1000) from timescaledb_information.chunks)";
    client.batch_execute(set).await.unwrap();
    client.batch_execute("call sample_ingest()").await.unwrap();
    assert_eq!(samples(client, "").await, [2]);
    client.batch_execute("update ingest_counters set sampled_at = now() - interval '2 hours'").await.unwrap();
    store(client, &[event_of(&world)]).await;
    client.batch_execute("call sample_ingest()").await.unwrap();
    assert_eq!(samples(client, "").await, [2]);
    // Old samples go.
    let old = "insert into ingest_samples values ('', now() - interval '9 days', now() - interval '9 days', 5)";
    client.batch_execute(old).await.unwrap();
    client.batch_execute("call sample_ingest()").await.unwrap();
    assert_eq!(samples(client, "").await, [2, 0]);
}
