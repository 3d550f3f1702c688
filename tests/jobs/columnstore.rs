//! `compress_raw_events`: what lies in the columnstore still takes late events and knows its duplicates.

use chrono::{Duration, DurationRound, TimeDelta, Utc};
use colloquy::events::store::Status;
use colloquy::schema::Edition;

use super::assert_rows;
use crate::support::oracle::Event;
use crate::support::streams::{Options, generate};
use crate::support::world::World;

const COMPRESSED: &str = "select count(*) from timescaledb_information.chunks
    where hypertable_name = 'conversation_events' and is_compressed";

#[tokio::test]
async fn late_events_reach_compressed_chunks() {
    let mut world = World::new(&[chrono_tz::UTC, chrono_tz::Asia::Kathmandu]).await;
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
    let compressed: i64 = world.client.query_one(COMPRESSED, &[]).await.unwrap().get(0);
    let is_community = Edition::detect(&world.client).await.unwrap() == Edition::Community;
    assert_eq!(compressed > 0, is_community, "{compressed} compressed chunks");
    assert_rows(&mut world, "compressed").await;

    let repeated = world.import(&first).await;
    let duplicates = repeated.iter().filter(|exception| exception.status == Status::Duplicate).count();
    assert_eq!(duplicates, first.len());
    assert_rows(&mut world, "sent again").await;
    world.import(&late).await;
    assert_rows(&mut world, "late events").await;
    world.call("compress_raw_events()").await;
    assert_rows(&mut world, "compressed again").await;
}
