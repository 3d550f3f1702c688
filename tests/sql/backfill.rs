//! What a migration fills in for rows of older versions is what rows of this version have.

use chrono::{TimeZone, Utc};

use crate::support::streams::{Options, generate};
use crate::support::world::World;

const DETAILS: &str = include_str!("../../migrations/V5__conversation_details.sql");
const READ: &str = "select store_id::text, conversation_id::text, started_at::text, human_messages_sent::text,
        contact_windows::text, topics::text
    from conversations
    order by 1, 2, 3";

async fn details(world: &World) -> Vec<[String; 6]> {
    let rows = world.client.query(READ, &[]).await.unwrap();
    rows.iter().map(|row| std::array::from_fn(|index| row.get(index))).collect()
}

#[tokio::test]
async fn older_rows_get_the_details_of_their_events() {
    let mut world = World::new(&[chrono_tz::Asia::Kathmandu, chrono_tz::America::St_Johns]).await;
    let options = Options {
        stores: world.store_ids(),
        conversation_ids: 300,
        from: Utc.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).unwrap(),
        to: Utc.with_ymd_and_hms(2025, 5, 1, 0, 0, 0).unwrap(),
        timezones: Vec::new(),
        largest_batch: 2000,
    };
    for batch in generate(11, &options) {
        world.import(&batch).await;
    }
    let expected = details(&world).await;
    for (column, default) in [(3, "0"), (4, "{}"), (5, "{}")] {
        let filled = expected.iter().filter(|row| row[column] != default).count();
        assert!(filled > 20, "only {filled} rows have a column {column}");
    }

    let reset = "update conversations set human_messages_sent = 0, contact_windows = '{}', topics = '{}'";
    world.client.batch_execute(reset).await.unwrap();
    let (_, backfill) = DETAILS.split_once("-- Rows that older versions have written").unwrap();
    let (_, backfill) = backfill.split_once('\n').unwrap();
    world.client.batch_execute(backfill).await.unwrap();
    let found = details(&world).await;
    let wrong: Vec<_> = expected.iter().zip(&found).filter(|(want, got)| want != got).collect();
    assert!(wrong.is_empty(), "{} of {} rows differ, such as {:?}", wrong.len(), found.len(), wrong[0]);
}
