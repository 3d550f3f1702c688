//! `compress_raw_events`: what lies in the columnstore still takes late events and knows its duplicates.

use chrono::{Duration, DurationRound, TimeDelta, Utc};
use colloquy::events::store::Status;
use colloquy::schema::{self, Edition};

use super::assert_rows;
use crate::support::oracle::Event;
use crate::support::skipped;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

const COMPRESSED: &str = "select count(*) from timescaledb_information.chunks
    where hypertable_name = 'conversation_events' and is_compressed";
/// Chunks in the columnstore with rows beside it.
const PARTIAL: &str = "select count(*) from timescaledb_information.chunks
    where hypertable_name = 'conversation_events' and is_compressed
      and 'PARTIAL' = any (_timescaledb_functions.chunk_status_text(format('%I.%I', chunk_schema, chunk_name)::regclass))";
const SETTINGS: &str = "select concat_ws('; ', nullif(segmentby, ''), orderby)
    from timescaledb_information.hypertable_columnstore_settings where hypertable::text ~ 'conversation_events'";

#[tokio::test]
async fn late_events_reach_compressed_chunks() {
    let mut world = World::new(&[chrono_tz::UTC, chrono_tz::Asia::Kathmandu]).await;
    let is_community = Edition::detect(&world.client).await.unwrap() == Edition::Community;
    let to = Utc::now().duration_trunc(TimeDelta::microseconds(1)).unwrap() - Duration::days(65);
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 60,
        from: to - Duration::days(20),
        to,
        timezones: vec![],
        largest_batch: 200,
    };
    let events = generate(7, &options).concat();
    let (first, late): (Vec<(usize, Event)>, Vec<_>) =
        events.into_iter().enumerate().partition(|(nth, _)| nth % 4 != 0);
    let [first, late]: [Vec<Event>; 2] = [first, late].map(|part| part.into_iter().map(|(_, event)| event).collect());
    world.import(&first).await;
    world.call("compress_raw_events()").await;
    let compressed = count(&world, COMPRESSED).await;
    assert_eq!(compressed > 0, is_community, "{compressed} compressed chunks");
    assert_rows(&mut world, "compressed").await;

    if is_community {
        // Far less than any batch has: a statement that unpacks rows to store events would fail.
        let few = "set timescaledb.max_tuples_decompressed_per_dml_transaction = 10";
        world.client.batch_execute(few).await.unwrap();
    }
    let repeated = world.import(&first).await;
    let duplicates = repeated.iter().filter(|exception| exception.status == Status::Duplicate).count();
    assert_eq!(duplicates, first.len());
    assert_rows(&mut world, "sent again").await;
    world.import(&late).await;
    assert_rows(&mut world, "late events").await;
    if is_community {
        assert!(count(&world, PARTIAL).await > 0);
    }
    world.call("compress_raw_events()").await;
    if is_community {
        assert_eq!((count(&world, PARTIAL).await, count(&world, COMPRESSED).await), (0, compressed));
    }
    assert_rows(&mut world, "compressed again").await;
    let repeated = world.import(&late).await;
    assert!(repeated.len() >= late.len(), "{} of {} late events are known", repeated.len(), late.len());
    assert_rows(&mut world, "late events again").await;
}

#[tokio::test]
async fn settings_of_earlier_versions_are_replaced_and_those_of_others_stay() {
    let mut world = World::new(&[chrono_tz::UTC]).await;
    if Edition::detect(&world.client).await.unwrap() != Edition::Community {
        skipped("settings_of_earlier_versions_are_replaced_and_those_of_others_stay: this is the Apache-2 Edition");
        return;
    }
    let ours = "conversation_id,created_at";
    assert_eq!(settings(&world).await, ours);
    let old = super::event(&world, uuid::Uuid::new_v4(), "message_received", Utc::now() - Duration::days(70));
    world.import(std::slice::from_ref(&old)).await;
    let earlier = "segmentby = 'store_id', timescaledb.orderby = 'conversation_id, created_at'";
    let others = "segmentby = 'store_id', timescaledb.orderby = 'created_at'";
    for (set, expected) in [(earlier, ours), (others, "store_id; created_at")] {
        let alter = format!("alter table conversation_events set (timescaledb.{set})");
        world.client.batch_execute(&alter).await.unwrap();
        world.call("compress_raw_events()").await;
        schema::migrate(&mut world.database.client().await).await.unwrap();
        assert_eq!(settings(&world).await, expected);
        assert_rows(&mut world, set).await;
        assert_eq!(world.import(std::slice::from_ref(&old)).await.len(), 1);
        world.events.pop();
    }
}

async fn count(world: &World, sql: &str) -> i64 {
    world.client.query_one(sql, &[]).await.unwrap().get(0)
}

async fn settings(world: &World) -> String {
    world.client.query_one(SETTINGS, &[]).await.unwrap().get(0)
}
