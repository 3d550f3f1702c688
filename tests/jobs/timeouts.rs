//! `abandon_conversations`: silence becomes an event like any other, once.

use chrono::{Duration, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{assert_rows, event};
use crate::support::oracle::{Event, Outcome};
use crate::support::world::World;

const SWEEP: &str = "abandon_conversations()";

async fn timeout_ids(world: &World) -> Vec<Uuid> {
    let find = "select event_id from conversation_events where event_data ->> 'reason' = 'timeout' order by created_at";
    world.client.query(find, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn post(world: &mut World, event: Event) {
    world.post(&world.shops[0].key, std::slice::from_ref(&event)).await;
    world.events.push(event);
}

#[tokio::test]
async fn a_silent_conversation_is_abandoned_once() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::hours(5));
    let first = event(&world, id, "message_received", start);
    let last = event(&world, id, "message_sent", start + Duration::minutes(7));
    let young = event(&world, Uuid::new_v4(), "message_received", Utc::now() - Duration::minutes(29));
    let (start, last_at) = (first.timestamp, last.timestamp);
    for event in [first, last, young] {
        post(&mut world, event).await;
    }
    let name = format!("timeout/{id}/{}/{}", start.timestamp_micros(), last_at.timestamp_micros());
    let expected = Uuid::new_v5(&world.shops[0].store_id, name.as_bytes());
    for run in ["swept once", "swept twice"] {
        world.call(SWEEP).await;
        assert_eq!(timeout_ids(&world).await, [expected], "{run}");
        assert_eq!(world.row_differences(&world.rows(Some(Utc::now()))).await, [""; 0], "{run}");
    }
    assert_rows(&mut world, "swept").await;
    let rows = world.rows(None);
    let row = rows.iter().find(|row| row.conversation_id == id).unwrap();
    assert_eq!((row.outcome, row.outcome_at), (Outcome::Abandoned, Some(last_at + Duration::minutes(30))));
    assert_eq!((row.last_event_at, row.event_count), (last_at, 2));
}

#[tokio::test]
async fn a_late_message_undoes_a_timeout_and_starts_the_silence_again() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::hours(5));
    let outcome = |world: &World| world.rows(None)[0].outcome;
    let first = event(&world, id, "message_received", start);
    post(&mut world, first).await;
    world.call(SWEEP).await;
    assert_rows(&mut world, "swept").await;
    assert_eq!(outcome(&world), Outcome::Abandoned);
    // Before the timeout's own time, and after it.
    for minutes in [10, 120] {
        let late = event(&world, id, "message_received", start + Duration::minutes(minutes));
        post(&mut world, late).await;
        assert_rows(&mut world, "a late message").await;
        assert_eq!(outcome(&world), Outcome::Open);
        world.call(SWEEP).await;
        assert_rows(&mut world, "swept again").await;
        assert_eq!(outcome(&world), Outcome::Abandoned);
    }
    assert_eq!(timeout_ids(&world).await.len(), 3);
}

#[tokio::test]
async fn another_abandon_after_rewrites_nothing() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    let (id, start) = (Uuid::new_v4(), Utc::now() - Duration::hours(5));
    let first = event(&world, id, "message_received", start);
    post(&mut world, first).await;
    world.call(SWEEP).await;
    assert_rows(&mut world, "swept").await;
    let timed_out = world.rows(None)[0].outcome_at;

    world.client.batch_execute("update stores set abandon_after = '2 hours'").await.unwrap();
    world.call(SWEEP).await;
    let mut earlier = event(&world, id, "message_sent", start - TimeDelta::seconds(1));
    earlier.event_data = json!({"rating": 2});
    post(&mut world, earlier).await;
    world.call(SWEEP).await;
    assert_rows(&mut world, "changed to two hours").await;
    assert_eq!(world.rows(None)[0].outcome_at, timed_out);
    assert_eq!(timeout_ids(&world).await.len(), 1);
}
